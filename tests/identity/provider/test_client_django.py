"""mozilla-django-oidc, as published: a Django project of its own, in a process of its own."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from subprocess import run
from typing import Any

import pytest
from pytest_django.live_server_helper import LiveServer

from sala.identity.accounts import services as accounts
from sala.identity.accounts.models import Account
from sala.identity.accounts.requests import COOKIE
from tests.clients import free_port
from tests.identity.provider.conftest import make_rp
from tests.identity.provider.others import Person, running

pytest.importorskip("mozilla_django_oidc")
pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def home(live_server: LiveServer, settings: Any, tmp_path: Path) -> Iterator[str]:
    """The project's address: it is registered, and runs."""
    settings.PUBLIC_URL = live_server.url
    port = free_port()
    home = f"http://127.0.0.1:{port}"
    rp = make_rp(redirect_uris=[f"{home}/oidc/callback/"], post_logout_uris=[f"{home}/bye/"])
    environment = {
        "PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT),
        "DJANGO_SETTINGS_MODULE": "tests.identity.provider.rp_django.settings",
        "RP_ISSUER": live_server.url, "RP_HOME": home, "RP_DATABASE": str(tmp_path / "rp.sqlite"),
        "RP_CLIENT_ID": rp.id, "RP_CLIENT_SECRET": rp.secret,
    }  # fmt: skip
    django = [sys.executable, "-m", "django"]
    run([*django, "migrate", "-v0"], env=environment, cwd=tmp_path, check=True)  # noqa: S603 - our own
    serve = [*django, "runserver", "--noreload", f"127.0.0.1:{port}"]
    with running(serve, port=port, log=tmp_path / "log", env=environment, cwd=tmp_path):
        yield home


@pytest.fixture
def person(citizen: Account, live_server: LiveServer) -> Person:
    return Person(live_server.url, COOKIE, accounts.open_session(account_id=citizen.id))


def test_mozilla_django_oidc(home: str, person: Person) -> None:
    # Given somebody who signed in to the project
    page = person.go(f"{home}/")
    subject, name = page.text.split("\n")[0].split()
    assert name == "สมชาย"
    assert person.go(f"{home}/").text.startswith(subject)
    assert len(person.trail) == 1, "it remembers who it is"
    # When its session has run out
    person.go(f"{home}/later/")
    # Then it is renewed without a page
    assert person.go(f"{home}/").text.startswith(subject)
    assert any("prompt=none" in address for address in person.trail)
    # And signing out there ends the session here too
    left = person.go(f"{home}/oidc/logout/", csrfmiddlewaretoken=page.text.split("\n")[1])
    assert (left.url, left.text) == (f"{home}/bye/", "Signed out")
    assert person.go(f"{person.sala}/account/").url.startswith(f"{person.sala}/account/sign-in/")


def test_who_left_sala_is_not_renewed(home: str, person: Person) -> None:
    person.go(f"{home}/")
    person.go(f"{home}/later/")
    person.at_sala.cookies.clear()
    assert person.go(f"{home}/").url.startswith(f"{person.sala}/connect/"), "the page to sign in at"
    assert any("error=login_required" in address for address in person.trail)
