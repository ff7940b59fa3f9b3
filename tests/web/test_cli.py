"""The command line: helpful, plain about faults, light until it works."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from sala.identity.accounts.models import Account, ApiToken
from sala.identity.directory.models import Post
from sala.kit.ids import hash_token
from sala.web.cli import main
from sala.web.preparing import SERVICES


@pytest.fixture(autouse=True)
def _own_database(monkeypatch: pytest.MonkeyPatch) -> None:
    """The commands find the test's database as an operator's: named already."""
    monkeypatch.setenv("DATABASE_URL", "postgres://set/by-the-tests")


def sala(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def _commands(group: click.Group, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    context, found = click.Context(group), [path]
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command
        found += _commands(command, (*path, name)) if isinstance(command, click.Group) else [(*path, name)]
    return found


@pytest.mark.parametrize("path", _commands(main), ids=" ".join)
def test_every_command_explains_itself(path: tuple[str, ...]) -> None:
    result = sala(*path, "--help")
    assert result.exit_code == 0
    assert len(result.output.split("\n\n")[1].strip()) > 20


def test_the_command_line_itself_loads_no_django() -> None:
    told = subprocess.run(
        [sys.executable, "-c", "import sys, sala.web.cli, sala.web.supervisor; print('django' in sys.modules)"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert told.stdout == "False\n"


def test_a_good_declaration_is_called_good() -> None:
    shipped = [str(path) for path in sorted(SERVICES.glob("**/*.yaml"))]
    result = sala("services", "check", *shipped)
    assert result.exit_code == 0, result.output
    assert result.output.count(": good\n") == len(shipped)


def test_a_bad_declaration_is_explained_with_line_and_cure(tmp_path: Path) -> None:
    file = tmp_path / "bad.yaml"
    file.write_text((SERVICES / "immigration" / "tm47.yaml").read_text().replace("type: passport", "type: passprot", 1))
    result = sala("services", "check", str(file), "--language", "th")
    assert result.exit_code == 1
    where, what, cure = result.output.splitlines()[:3]
    assert where.startswith(f"{file}:")
    assert "passprot" in what + cure
    assert cure.strip().startswith("→ ")


@pytest.mark.django_db
def test_an_operator_makes_an_account_once() -> None:
    given = ("user", "add", "jane@example.org", "--given-name", "Jane", "--surname", "Doe", "--phone", "+66812345678")
    first = sala(*given)
    assert first.exit_code == 0, first.output
    assert first.output.startswith("http")
    assert not Account.objects.get(email="jane@example.org").has_usable_password()
    assert sala(*given).exit_code == 0
    assert Account.objects.count() == 1
    assert sala("user", "password-link", "jane@example.org").output.startswith("http")


@pytest.mark.django_db
def test_faults_are_said_in_words_and_without_a_traceback() -> None:
    result = sala("user", "add", "nonsense", "--given-name", "Jane", "--surname", "Doe", "--phone", "x")
    assert result.exit_code == 1
    assert "email:" in result.output
    assert "phone:" in result.output
    assert "Traceback" not in result.output
    assert "No account has the address" in sala("token", "nobody@example.org", "--name", "x", "--scope", "y").output


@pytest.mark.django_db
def test_an_operator_appoints_and_gives_tokens(offices: dict[int, int]) -> None:
    sala("user", "add", "jane@example.org", "--given-name", "Jane", "--surname", "Doe", "--phone", "+66812345678")
    result = sala("user", "post", "jane@example.org", "--agency", "immigration-bureau", "--role", "officer",
                  "--office", "immigration-samut-sakhon", "--until", "2099-12-31")  # fmt: skip
    assert result.exit_code == 0, result.output
    assert Post.objects.get().office_id == offices[74]
    wrong = sala("user", "post", "jane@example.org", "--agency", "immigration-bureau", "--role", "king")
    assert wrong.exit_code == 1
    assert "role:" in wrong.output
    token = sala("token", "jane@example.org", "--name", "till", "--scope", "cases:read")
    assert token.exit_code == 0, token.output
    assert bytes(ApiToken.objects.get().token_hash) == hash_token(token.output.strip())


def test_a_database_that_is_not_there_is_said_so() -> None:
    told = subprocess.run(
        [sys.executable, "-m", "sala.web.cli", "migrate"], capture_output=True, text=True, check=False,
        env={"DATABASE_URL": "postgres://nobody@127.0.0.1:1/nothing", "SALA_SECRET_KEY": "x"},
    )  # fmt: skip
    assert told.returncode == 1
    assert told.stderr.startswith("Error: The database cannot be used: ")
