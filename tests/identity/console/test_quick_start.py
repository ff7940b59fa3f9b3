"""The programs that the console shows, run as they stand: somebody signs in with each, and each sees through what the
self-check does wrong on purpose. Where a language is not installed, its test is skipped and says so."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import requests

from sala.identity.accounts.actor import Actor
from sala.identity.accounts.requests import COOKIE
from sala.identity.console import configuring, judging, queries, quick_start, trying
from sala.identity.console.judging import Verdict
from sala.identity.provider import rehearsing
from sala.identity.provider.rehearsing import Fault
from sala.kit import clock
from tests.clients import INSTALLED, MISSING, NODE_MODULES
from tests.factories import actor_for, client_for, make_account
from tests.identity.console.conftest import begun

pytestmark = pytest.mark.django_db(transaction=True)
TRIES = 300
JACKSON = Path("/usr/share/java/jackson-databind.jar")


def _php() -> bool:
    php = shutil.which("php")
    return bool(php) and "curl" in subprocess.run([str(php), "-m"], capture_output=True, text=True, check=True).stdout  # noqa: S603


def _program(language: str) -> list[str]:
    """How the program is run; skips where it cannot be."""
    if language == "python":
        return [sys.executable, "sign_in.py"]
    if language == "javascript":
        if not INSTALLED:
            pytest.skip(MISSING)
        return ["node", "sign_in.mjs"]
    if language == "php":
        if not _php():
            pytest.skip("php-cli with php-curl is not installed")
        return ["php", "-S", "@HOST@:@PORT@", "index.php"]
    if not shutil.which("java") or not JACKSON.exists():
        pytest.skip("default-jdk-headless and libjackson2-databind-java are not installed")
    return ["java", "-cp", "/usr/share/java/*", "SignIn.java"]


class Running:
    """A sandbox's program that runs, and a test person before it."""

    def __init__(self, home: str, session: str, party: UUID, by: Actor) -> None:
        self.home, self.session, self.party, self.by = home, session, party, by

    def sign_in(self) -> requests.Response:
        """From the program to us and back, as a browser goes."""
        browser, sala = requests.Session(), requests.Session()
        sala.cookies.set(COOKIE, self.session)
        begin = browser.get(self.home, allow_redirects=False, timeout=30)
        page = sala.get(begin.headers["Location"], allow_redirects=False, timeout=30)
        if page.headers.get("Location", "").startswith(self.home):  # agreed before
            return browser.get(page.headers["Location"], timeout=30)
        page = sala.get(requests.compat.urljoin(page.url, page.headers["Location"]), timeout=30)
        hidden = dict(re.findall(r'name="(account|csrfmiddlewaretoken)" value="([^"]+)"', page.text))
        onward = sala.post(page.url, {**hidden, "act": "all"}, headers={"Referer": page.url}, timeout=30)
        found = re.search(r'id="onward" href="([^"]+)"', onward.text)
        assert found, onward.text
        self.answer = unescape(found[1])
        return browser.get(self.answer, timeout=30)


@pytest.fixture
def run(live_server: Any, offices: dict[int, int], settings: Any, tmp_path: Path) -> Callable[[str], Any]:
    address = live_server.url.replace("localhost", "127.0.0.1")
    settings.PUBLIC_URL = address

    @contextmanager
    def running(language: str) -> Iterator[Running]:
        command = _program(language)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        home = f"http://127.0.0.1:{port}/"
        by = actor_for(make_account())
        party = begun(by)
        configuring.change_addresses(party=party, which="sandbox", typed=f"{home}callback", by=by)
        secret = configuring.new_secret(party=party, which="sandbox", by=by)
        trying.make_person(party=party, by=by)
        one = quick_start.PROGRAMS[language]
        code, _run = quick_start.filled(one, client=queries.own(party, by).sandbox, issuer=address)
        (tmp_path / one.file).write_text(code, encoding="utf-8")
        if language == "javascript":
            (tmp_path / "node_modules").symlink_to(NODE_MODULES)
        command = [part.replace("@HOST@", "127.0.0.1").replace("@PORT@", str(port)) for part in command]
        environment = {**os.environ, "SALA_SECRET": secret}
        process = subprocess.Popen(command, env=environment, cwd=tmp_path, stderr=subprocess.PIPE)  # noqa: S603 - ours
        try:
            _until_it_listens(port, process)
            tester = trying.people_of(party)[0].account
            yield Running(home, client_for(tester).cookies[COOKIE].value, party, by)
        finally:
            process.kill()
            process.communicate()

    return running


def _until_it_listens(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(TRIES):
        assert process.poll() is None, process.stderr and process.stderr.read().decode()
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)  # a program of another process: nothing else tells when it is up
    pytest.fail("the program did not start")


@pytest.mark.parametrize("language", ["python", "javascript", "php", "java"])
def test_a_program_signs_in_and_sees_through_every_fault(run: Any, language: str) -> None:
    with run(language) as program:
        done = program.sign_in()
        assert done.status_code == 200, done.text
        assert "Signed in" in done.text
        assert "สมมติ" in done.text
        again = requests.get(program.answer, timeout=10)  # another browser, with the same address
        assert again.status_code == 400
        sandbox = queries.own(program.party, program.by).sandbox.id
        for fault in Fault:
            rehearsing.begin(client_id=sandbox, fault=fault)
            done = program.sign_in()
            assert (done.status_code == 200) == (fault is Fault.NONE), (fault, done.text)
            tried = rehearsing.latest(sandbox)[fault]
            with clock.frozen(clock.now() + judging.PATIENCE):
                judged = judging.judge(fault, tried, now=clock.now(), asks_userinfo=True)
            assert judged.verdict is Verdict.RIGHT, (fault, judged, tried.steps)


def test_a_program_that_looks_at_nothing_is_told_what_it_does_wrong(run: Any, tmp_path: Path) -> None:
    """The same program without its checks: each fault is seen, with its cure."""
    with run("python") as program:
        sandbox = queries.own(program.party, program.by).sandbox
        program.sign_in()
        for fault in (Fault.NONCE, Fault.SIGNATURE, Fault.AUDIENCE):
            rehearsing.begin(client_id=sandbox.id, fault=fault)
            _careless(program, sandbox)
            tried = rehearsing.latest(sandbox.id)[fault]
            judged = judging.judge(fault, tried, now=clock.now(), asks_userinfo=True)
            assert judged.verdict is Verdict.WRONG, (fault, tried.steps)
            assert judged.cure


def _careless(program: Running, sandbox: Any) -> None:
    verifier = "v" * 43
    asked = {
        "response_type": "code", "client_id": sandbox.id, "redirect_uri": sandbox.redirect_uris[0],
        "scope": "openid given_name family_name", "state": "s", "nonce": "n", "code_challenge_method": "S256",
        "code_challenge": rehearsed_challenge(verifier),
    }  # fmt: skip
    sala = requests.Session()
    sala.cookies.set(COOKIE, program.session)
    from sala.identity.provider.metadata import address

    answer = sala.get(address("authorize"), params=asked, allow_redirects=False, timeout=30)
    code = re.search(r"code=([^&]+)", answer.headers["Location"])
    assert code
    secret = configuring.new_secret(party=program.party, which="sandbox", by=program.by)
    form = {
        "grant_type": "authorization_code", "code": code[1], "redirect_uri": sandbox.redirect_uris[0],
        "code_verifier": verifier,
    }  # fmt: skip
    tokens = requests.post(address("token"), form, auth=(sandbox.id, secret), timeout=30).json()
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert requests.get(address("userinfo"), headers=bearer, timeout=30).status_code == 200


def rehearsed_challenge(verifier: str) -> str:
    from sala.identity.provider import rules

    return rules.challenge_of(verifier)
