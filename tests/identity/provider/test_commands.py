"""`sala provider`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from joserfc.jwk import ECKey

from sala.identity.provider import clients
from sala.identity.provider.models import Client, LogoutNotice, SigningKey
from sala.kit import clock
from sala.kit.models import AuditEntry
from sala.web.cli import main
from tests.identity.provider.conftest import make_rp

pytestmark = pytest.mark.django_db
NAMES = ("--name-th", "ทะเบียนที่ดิน", "--name-en", "Land registry")
WHY = ("--purpose-th", "ก", "--purpose-en", "To find deeds", "--basis-th", "ข", "--basis-en", "Section 24")
BACK = ("--redirect-uri", "https://rp.example/back")


@pytest.fixture(autouse=True)
def _own_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://set/by-the-tests")


def sala(*arguments: str, **more: str) -> Result:
    return CliRunner().invoke(main, ["provider", *arguments], **more)  # type: ignore[arg-type]


def made(*more: str) -> Result:
    return sala("client", "add", *NAMES, "--company", "Example Co., Ltd.", *BACK, *more)


def id_in(result: Result) -> str:
    return result.output.split("client_id: ")[1].split()[0]


def test_a_relying_party_from_its_beginning_to_its_end() -> None:
    result = made()
    assert result.exit_code == 0, result.output
    client_id, secret = id_in(result), result.output.split("client_secret: ")[1].strip()
    assert sala("client", "allow", client_id, "pid", "name", *WHY).exit_code == 0
    assert (
        f"{client_id}  Land registry (Example Co., Ltd.)  client_secret_basic  pid name"
        in sala("client", "list").output
    )
    assert sala("client", "forbid", client_id, "pid").exit_code == 0
    party = clients.party(client_id)
    assert party
    assert list(party.scopes) == ["name"]
    fresh = sala("client", "secret", client_id).output
    assert "client_secret: " in fresh
    assert secret not in fresh
    assert sala("client", "close", client_id, input="n\n").exit_code == 1
    assert sala("client", "close", client_id, "--yes").exit_code == 0
    assert clients.party(client_id) is None
    actions = set(AuditEntry.objects.filter(subject=f"client:{client_id}").values_list("action", flat=True))
    assert actions == {
        f"provider.{what}"
        for what in ("client_registered", "scope_approved", "scope_withdrawn", "secret_replaced", "client_closed")
    }


def test_an_agencys_with_a_key(offices: dict[int, int], tmp_path: Path) -> None:
    path = tmp_path / "jwks.json"
    key = ECKey.generate_key("P-256", {"kid": "one"})
    path.write_text(json.dumps({"keys": [key.as_dict(private=False)]}))
    more = ("--method", "private_key_jwt", "--jwks", str(path))
    result = sala("client", "add", *NAMES, "--agency", "immigration-bureau", *BACK, *more)
    assert result.exit_code == 0, result.output
    assert "client_secret" not in result.output
    assert Client.objects.get(id=id_in(result)).kind == "government"


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (("--redirect-uri", "http://rp.example/"), "must begin with https://"),
        (("--redirect-uri", "https://another.example/"), "name the sector"),
        (("--method", "private_key_jwt"), "public keys only"),
        (("--agency", "immigration-bureau"), "either an agency or a company"),
    ],
)
def test_what_is_wrong_is_said(offices: dict[int, int], more: tuple[str, ...], words: str) -> None:
    result = made(*more)
    assert result.exit_code == 1
    assert words in result.output
    assert not Client.objects.exists()


def test_scopes_that_do_not_exist() -> None:
    result = sala("client", "allow", id_in(made()), "fingerprints", *WHY)
    assert result.exit_code == 1
    assert "There is no such scope" in result.output


def test_keys_rotate() -> None:
    assert "signs" in sala("keys").output
    too_soon = sala("rotate-keys")
    assert too_soon.exit_code == 1
    assert "less than an hour" in too_soon.output
    assert sala("rotate-keys", "--compromised").exit_code == 0
    assert SigningKey.objects.count() == 2


def test_a_program_written_for_thaid_until_a_day() -> None:
    client_id = id_in(made("--profile", "legacy_thaid", "--until", "2027-12-31"))
    assert "legacy_thaid" in sala("client", "list").output
    client = Client.objects.get(id=client_id)
    assert (client.profile, str(client.profile_until)) == ("legacy_thaid", "2027-12-31")
    assert sala("client", "profile", client_id, "strict").exit_code == 0
    client.refresh_from_db()
    assert (client.profile, client.profile_until) == ("strict", None)
    assert sala("client", "profile", client_id, "legacy_thaid").output == "Profile: legacy_thaid\n"
    assert AuditEntry.objects.filter(action="provider.client_amended", subject=f"client:{client_id}").count() == 2
    assert sala("client", "profile", "unknown", "strict").exit_code == 1


def test_signing_out_is_set_and_what_nobody_heard_is_listed() -> None:
    rp = make_rp()
    wrong = sala("client", "sign-out", rp.id, "--tell", "http://rp.example.go.th/logout")
    assert wrong.exit_code
    assert "backchannel_logout_uri" in wrong.output
    uris = ("--after", "https://rp.example.go.th/bye", "--tell", "https://rp.example.go.th/logout")
    assert sala("client", "sign-out", rp.id, *uris).exit_code == 0
    party = clients.party(rp.id, anew=True)
    assert party
    assert party.post_logout_uris == ("https://rp.example.go.th/bye",)
    assert party.backchannel_logout_uri == "https://rp.example.go.th/logout"
    LogoutNotice.objects.create(client_id=rp.id, subject="s", sid="x", made_at=clock.now(), fault="answered 500")
    told = sala("logouts").output
    assert rp.id in told
    assert "answered 500" in told


def test_a_page_without_a_server_has_no_secret() -> None:
    result = made("--method", "none")
    assert result.exit_code == 0, result.output
    assert "client_secret" not in result.output
    assert sala("client", "secret", id_in(result)).exit_code == 1
    assert made("--method", "none", "--grant", "client_credentials").exit_code == 1
