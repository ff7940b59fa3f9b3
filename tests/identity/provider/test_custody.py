"""Where private keys may lie: the same contract for the database, for files, and for a device (SoftHSM2 here)."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client as Browser
from joserfc import jwt
from joserfc.jwk import KeySet
from pytest_django import Settings

from sala.identity.provider import custody, keys
from sala.identity.provider.models import SigningKey
from sala.kit import clock
from sala.kit.errors import Conflict
from sala.kit.models import AuditEntry

pytestmark = pytest.mark.django_db
_MODULES = ("/usr/lib/softhsm/libsofthsm2.so", "/usr/lib64/pkcs11/libsofthsm2.so")
MODULE = next((path for path in _MODULES if Path(path).exists()), "")
needs_softhsm = pytest.mark.skipif(
    not (MODULE and shutil.which("softhsm2-util")), reason="install softhsm2 (Debian) for the keys in a device"
)
OnCommit = Callable[..., AbstractContextManager[Any]]
PIN = "0000-for-tests"


@pytest.fixture(scope="session")
def token(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A token of SoftHSM's own, as SALA_PROVIDER_KEYS names it. The library reads its settings once a process."""
    home = tmp_path_factory.mktemp("softhsm")
    (home / "tokens").mkdir()
    conf = home / "softhsm2.conf"
    conf.write_text(f"directories.tokendir = {home / 'tokens'}\nobjectstore.backend = file\nlog.level = ERROR\n")
    os.environ["SOFTHSM2_CONF"] = str(conf)
    made = ["softhsm2-util", "--init-token", "--free", "--label", "sala tests", "--pin", PIN, "--so-pin", "1234"]
    subprocess.run(made, check=True, capture_output=True)  # noqa: S603 - fixed words
    pin = home / "pin"
    pin.write_text(f"{PIN}\n")
    return f"pkcs11:token=sala%20tests?module-path={MODULE}&pin-source=file:{pin}"


@pytest.fixture(params=["database", "file", pytest.param("pkcs11", marks=needs_softhsm)])
def place(request: pytest.FixtureRequest, tmp_path: Path, settings: Settings) -> str:
    """One of the three, chosen."""
    chosen = {"database": lambda: "database", "file": lambda: f"file:{tmp_path / 'keys'}"}
    make: Callable[[], str] = chosen.get(request.param, lambda: str(request.getfixturevalue("token")))
    settings.PROVIDER_KEYS = make()
    return str(request.param)


@pytest.fixture(autouse=True)
def _clean() -> Iterator[None]:
    yield
    for row in SigningKey.objects.all():  # a device outlives the test
        made = custody.Made(row.kid, row.public, row.place, bytes(row.sealed))
        try:
            custody.of(made).destroy(made)
        except (OSError, ImproperlyConfigured):
            continue


def published() -> KeySet:
    keys.forget()
    return KeySet.import_key_set(Browser().get("/jwks/").json())


def kid_of(signed: str, known: KeySet) -> str:
    return str(jwt.decode(signed, known, algorithms=["ES256"]).header["kid"])


@pytest.mark.requirement("R-004.1")
def test_what_is_signed_is_believed_before_during_and_after_a_rotation(
    place: str, django_capture_on_commit_callbacks: OnCommit
) -> None:
    before = published()
    old = keys.sign({"name": "สมชาย"})
    assert kid_of(old, before)
    with clock.frozen(clock.now() + timedelta(hours=2)):
        following = keys.rotate(by="tests")
        assert kid_of(keys.sign({"a": 1}), before) == following, "known to whoever read the keys an hour ago"
        assert kid_of(old, published())
    with clock.frozen(clock.now() + timedelta(days=2)), django_capture_on_commit_callbacks(execute=True):
        keys.rotate(by="tests")
    entries = AuditEntry.objects.filter(action="provider.key_made")
    assert {entry.detail["place"] for entry in entries} == {place}
    assert entries.count() == 4


def test_a_key_that_is_gone_is_gone_from_its_place(place: str, django_capture_on_commit_callbacks: OnCommit) -> None:
    keys.sign({"a": 1})
    row = SigningKey.objects.exclude(signs_from=None).get()
    made = custody.Made(row.kid, row.public, row.place, bytes(row.sealed))
    custody.of(made).signer(made)(b"x")
    with django_capture_on_commit_callbacks(execute=True):
        keys.rotate(by="tests", compromised=True)
    if place != "database":  # there it went with its row
        with pytest.raises((OSError, custody.unreachable())):
            custody.of(made).signer(made)(b"x")
    assert kid_of(keys.sign({"a": 1}), published())


def test_the_database_holds_no_private_key_of_another_place(place: str) -> None:
    keys.sign({"a": 1})
    for row in SigningKey.objects.all():
        assert bool(row.sealed) == (place == "database")
        assert PIN not in row.place


def test_an_installation_moves_by_rotating(place: str, settings: Settings, tmp_path: Path) -> None:
    known = published()
    first = keys.sign({"a": 1})
    settings.PROVIDER_KEYS = f"file:{tmp_path / 'elsewhere'}"
    keys.forget()
    assert kid_of(keys.sign({"a": 1}), known) == kid_of(first, known), "nothing moved yet"
    for hours in (2, 4):
        with clock.frozen(clock.now() + timedelta(hours=hours)):
            keys.rotate(by="tests")
            assert kid_of(keys.sign({"a": 1}), published())
            assert kid_of(first, published())
    assert SigningKey.objects.get(signs_until=None, signs_from__isnull=False).place.startswith("file:")


# --- Files ---------------------------------------------------------------------------------------------------


@pytest.fixture
def directory(settings: Settings, tmp_path: Path) -> Path:
    settings.PROVIDER_KEYS = f"file:{tmp_path / 'keys'}"
    keys.sign({"a": 1})
    return tmp_path / "keys"


def test_files_are_their_owners_alone(directory: Path) -> None:
    assert directory.stat().st_mode & 0o077 == 0
    assert [path.stat().st_mode & 0o777 for path in directory.iterdir()] == [0o600, 0o600]
    for path in directory.iterdir():
        path.chmod(0o640)
    keys.forget()
    with pytest.raises(PermissionError, match="chmod 600"):
        keys.sign({"a": 1})


@pytest.mark.parametrize("how", ["missing", "another", "readable", "no key"])
def test_a_next_key_that_cannot_sign_does_not_come_to_sign(directory: Path, how: str) -> None:
    following = directory / f"{SigningKey.objects.get(signs_from=None).kid}.pem"
    other = next(path for path in directory.iterdir() if path != following)
    if how == "missing":
        following.unlink()
    elif how == "another":
        following.write_bytes(other.read_bytes())
    elif how == "readable":
        following.chmod(0o644)
    else:
        following.write_text("nothing")
    with clock.frozen(clock.now() + timedelta(hours=2)):
        with pytest.raises(Conflict):
            keys.rotate(by="tests")
        assert kid_of(keys.sign({"a": 1}), published()), "the old one goes on"


@pytest.mark.parametrize("setting", ["file:relative/keys", "vault:x", "pkcs11:token=x", ""])
def test_a_place_that_is_none_is_told(settings: Settings, setting: str) -> None:
    settings.PROVIDER_KEYS = setting
    with pytest.raises(ImproperlyConfigured, match="SALA_PROVIDER_KEYS"):
        keys.sign({"a": 1})


# --- A device ------------------------------------------------------------------------------------------------


@needs_softhsm
def test_a_pin_does_not_stand_among_the_settings(settings: Settings, token: str) -> None:
    settings.PROVIDER_KEYS = f"{token}&pin-value={PIN}"
    with pytest.raises(ImproperlyConfigured, match="in a file"):
        keys.sign({"a": 1})


@needs_softhsm
def test_a_key_never_leaves_the_device(settings: Settings, token: str) -> None:
    import pkcs11

    from sala.identity.provider import hsm

    settings.PROVIDER_KEYS = token
    keys.sign({"a": 1})
    row = SigningKey.objects.exclude(signs_from=None).get()
    private = hsm.private_key(hsm.session(row.place), hsm.number_of(row.place))
    with pytest.raises(pkcs11.exceptions.PKCS11Error):
        private[pkcs11.Attribute.VALUE]


@needs_softhsm
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # the library's own, on the dead session
def test_a_device_that_was_away_is_found_again(settings: Settings, token: str) -> None:
    from sala.identity.provider import hsm

    settings.PROVIDER_KEYS = token
    known = published()
    keys.sign({"a": 1})
    hsm.session(token).close()
    assert kid_of(keys.sign({"a": 1}), known)


@needs_softhsm
def test_another_process_signs_with_a_key_made_here(settings: Settings, token: str) -> None:
    settings.PROVIDER_KEYS = token
    keys.sign({"a": 1})
    row = SigningKey.objects.exclude(signs_from=None).get()
    program = (
        "import sys, django; django.setup()\n"
        "from sala.identity.provider.custody import Made, of\n"
        "made = Made(sys.argv[1], {}, sys.argv[2])\n"
        "print(len(of(made).signer(made)(b'x')))\n"
    )
    command = [sys.executable, "-c", program, row.kid, row.place]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - our own words
    assert done.stdout.strip() == "64"
