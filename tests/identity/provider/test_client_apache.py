"""libapache2-mod-auth-openidc, as Debian has it, before an application that only reads headers."""

from __future__ import annotations

import json
import secrets
import shutil
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import requests
from pytest_django.live_server_helper import LiveServer

from sala.identity.accounts import services as accounts
from sala.identity.accounts.models import Account
from sala.identity.accounts.queries import by_session
from sala.identity.accounts.requests import COOKIE
from sala.identity.provider.models import LogoutNotice
from sala.web import relay
from tests.clients import HOME, free_port
from tests.identity.provider.conftest import USERINFO, make_rp
from tests.identity.provider.others import Person, running
from tests.web.test_worker import drain

MODULES = Path("/usr/lib/apache2/modules")
APACHE = shutil.which("apache2", path="/usr/sbin:/usr/bin")
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        not APACHE or not (MODULES / "mod_auth_openidc.so").exists(),
        reason="needs apache2-bin and libapache2-mod-auth-openidc",
    ),
]


class _Application(BaseHTTPRequestHandler):
    """It tells what it was told."""

    def do_GET(self) -> None:
        body = json.dumps({name.lower(): value for name, value in self.headers.items()}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def application() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Application)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_port
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def home(live_server: LiveServer, settings: Any, application: int, tmp_path: Path) -> Iterator[str]:
    """Apache's address: it is registered, to be told of sign-outs too, and runs."""
    settings.PUBLIC_URL = live_server.url
    settings.DEMO = True  # only then is somebody on this very machine told of sign-outs
    port = free_port()
    home = f"http://127.0.0.1:{port}"
    rp = make_rp(
        redirect_uris=[f"{home}/signed-in"],
        post_logout_uris=[f"{home}/bye"],
        backchannel_logout_uri=f"{home}/signed-in?logout=backchannel",
    )
    told = {
        "HOME": str(tmp_path), "PORT": str(port), "MODULES": str(MODULES), "ISSUER": live_server.url,
        "CLIENT_ID": rp.id, "CLIENT_SECRET": rp.secret, "APPLICATION": str(application),
        "PASSPHRASE": secrets.token_urlsafe(32),
    }  # fmt: skip
    text = (HOME / "apache.conf").read_text()
    for name, value in told.items():
        text = text.replace(f"@{name}@", value)
    file = tmp_path / "apache.conf"
    file.write_text(text)
    command = [str(APACHE), "-f", str(file), "-DFOREGROUND"]
    with running(command, port=port, log=tmp_path / "log"):
        yield home


@pytest.fixture
def person(citizen: Account, live_server: LiveServer) -> Person:
    return Person(live_server.url, COOKIE, accounts.open_session(account_id=citizen.id))


def tells(response: requests.Response) -> dict[str, str]:
    """The headers that came to the application."""
    return dict(response.json())


def signed_in(person: Person) -> bool:
    return person.go(f"{person.sala}/account/").url == f"{person.sala}/account/"


def test_signing_in_refreshing_and_signing_out(home: str, person: Person) -> None:
    # Given somebody who signed in: the application reads their name and their tokens from the headers
    told = tells(person.go(f"{home}/where"))
    assert told["oidc_claim_given_name"].encode("latin-1").decode() == "สมชาย"
    first = told["oidc_access_token"]
    assert tells(person.go(f"{home}/elsewhere"))["oidc_access_token"] == first
    assert len(person.trail) == 1, "Apache remembers who it is"
    # When the application wants fresh tokens
    renewed = tells(person.go(f"{home}/signed-in?{urlencode({'refresh': f'{home}/where', 'access_token': first})}"))
    # Then it has them
    assert renewed["oidc_access_token"] != first
    headers = {"Authorization": f"Bearer {renewed['oidc_access_token']}"}
    assert requests.get(f"{person.sala}{USERINFO}", headers=headers, timeout=20).status_code == 200
    # And signing out there ends the session here, and what came of it
    left = person.go(f"{home}/signed-in?{urlencode({'logout': f'{home}/bye'})}")
    assert left.url == f"{home}/bye"
    assert not signed_in(person)
    assert requests.get(f"{person.sala}{USERINFO}", headers=headers, timeout=20).status_code == 401


def test_it_hears_of_a_sign_out(home: str, person: Person) -> None:
    told = tells(person.go(f"{home}/where"))
    assert told["oidc_claim_sub"]
    # When they sign out at Sala
    found = by_session(person.at_sala.cookies.get(COOKIE) or "")
    assert found
    accounts.sign_out(by=found.actor)
    relay.relay()
    drain()
    # Then Apache was told, and sends them to sign in again
    [notice] = LogoutNotice.objects.all()
    assert (notice.fault, notice.told_at is None) == ("", False)
    assert person.go(f"{home}/where").url.startswith(f"{person.sala}/connect/")
