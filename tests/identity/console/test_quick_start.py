"""The program that the console shows, run as it stands: somebody signs in with it."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import requests

from sala.identity.accounts.requests import COOKIE
from sala.identity.console import configuring, queries, quick_start, trying
from tests.factories import actor_for, client_for, make_account
from tests.identity.console.conftest import begun

pytestmark = pytest.mark.django_db(transaction=True)
PORT_TRIES = 100


@pytest.fixture
def program(live_server: Any, offices: dict[int, int], settings: Any, tmp_path: Path) -> Iterator[tuple[str, str]]:
    """The sandbox's program, running; its address, and the session of a test person."""
    address = live_server.url.replace("localhost", "127.0.0.1")
    settings.PUBLIC_URL = address
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        home = f"http://127.0.0.1:{free.getsockname()[1]}/callback"
    by = actor_for(make_account())
    party = begun(by)
    configuring.change_addresses(party=party, which="sandbox", typed=home, by=by)
    secret = configuring.new_secret(party=party, which="sandbox", by=by)
    trying.make_person(party=party, by=by)
    sandbox = queries.own(party, by).sandbox
    code, _run = quick_start.filled(quick_start.PROGRAMS["python"], client=sandbox, issuer=address)
    file = tmp_path / "sign_in.py"
    file.write_text(code, encoding="utf-8")
    environment = {**os.environ, "SALA_SECRET": secret}
    running = subprocess.Popen([sys.executable, str(file)], env=environment, stderr=subprocess.PIPE)  # noqa: S603 - our own program
    try:
        _until_it_listens(home, running)
        tester = trying.people_of(party)[0].account
        yield home.removesuffix("callback"), client_for(tester).cookies[COOKIE].value
    finally:
        running.kill()
        running.communicate()


def _until_it_listens(home: str, running: subprocess.Popen[bytes]) -> None:
    port = int(home.split(":")[2].split("/", maxsplit=1)[0])
    for _ in range(PORT_TRIES):
        assert running.poll() is None, running.stderr and running.stderr.read().decode()
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)  # a program of another process: nothing else tells when it is up
    pytest.fail("the program did not start")


def test_the_python_program_signs_a_test_person_in(program: tuple[str, str]) -> None:
    home, session = program
    browser, sala = requests.Session(), requests.Session()
    sala.cookies.set(COOKIE, session)
    begin = browser.get(home, allow_redirects=False)
    page = sala.get(begin.headers["Location"])
    assert page.status_code == 200, page.text
    hidden = dict(re.findall(r'name="(account|csrfmiddlewaretoken)" value="([^"]+)"', page.text))
    onward = sala.post(page.url, {**hidden, "act": "all"}, headers={"Referer": page.url})
    found = re.search(r'id="onward" href="([^"]+)"', onward.text)
    assert found, onward.text
    done = browser.get(unescape(found[1]))
    assert done.status_code == 200, done.text
    assert "Signed in" in done.text
    assert "สมมติ" in done.text
    again = requests.get(unescape(found[1]), timeout=10)  # another browser, with the same address
    assert again.status_code == 400
