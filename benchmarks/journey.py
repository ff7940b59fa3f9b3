"""Browsers that fill in a form page by page: kept connections, cookies, hidden fields, redirects.

Runs as a process of its own: `python -m benchmarks.journey PORT BROWSERS SECONDS < plan`; the
result is JSON on standard output.
"""

from __future__ import annotations

import http.client
import re
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from urllib.parse import urlencode

import msgspec

_HIDDEN = re.compile(r'<input type="hidden" name="([a-z_]+)" value="([^"]*)"')
_CSRF = re.compile(r"csrftoken=([^;]+)")


class Plan(msgspec.Struct):
    """Whose cookies (one a browser), and what they type on which page."""

    cookie: str
    sessions: list[str]
    service: str
    typed: dict[str, dict[str, str]]


class Result(msgspec.Struct):
    """Whole journeys in `seconds`; pages are what was fetched, redirects not counted."""

    journeys: int
    pages: int
    seconds: float
    milliseconds: list[float]


def run(port: int, *, plan: Plan, seconds: float) -> Result:
    """Start the browsers, one a session of `plan`, and wait for them."""
    done = subprocess.run(  # noqa: S603 - this program
        [sys.executable, "-m", "benchmarks.journey", str(port), str(seconds)],
        input=msgspec.json.encode(plan),
        stdout=subprocess.PIPE,
        check=True,
    )
    return msgspec.json.decode(done.stdout, type=Result)


class Browser:
    """One person at one browser."""

    def __init__(self, port: int, plan: Plan, session: str) -> None:
        self.http = http.client.HTTPConnection("127.0.0.1", port)
        self.plan = plan
        self.cookies = {plan.cookie: session, "lang": "en"}
        self.pages = 0

    def journey(self) -> None:
        """Begin, fill every page, check, send."""
        _, page = self.get(f"/apply/start/{self.plan.service}/")
        at, page = self.post(f"/apply/start/{self.plan.service}/", page, {"new": "1"})
        while not at.endswith("/request-sent/"):
            key = at.rstrip("/").rpartition("/")[2]
            following, page = self.post(at, page, self.plan.typed.get(key, {}))
            if following == at:
                raise RuntimeError(f"the page {key} was not accepted:\n{_text(page)}")
            at = following

    def get(self, path: str) -> tuple[str, str]:
        """Where it led, and the page."""
        return self._ask("GET", path, None)

    def post(self, path: str, page: str, typed: dict[str, str]) -> tuple[str, str]:
        """Send the page's form."""
        return self._ask("POST", path, urlencode(dict(_HIDDEN.findall(page)) | typed).encode())

    def _ask(self, method: str, path: str, body: bytes | None) -> tuple[str, str]:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self.http.request(method, path, body, headers)
        response = self.http.getresponse()
        page = response.read().decode()
        if found := _CSRF.search(response.getheader("Set-Cookie") or ""):
            self.cookies["csrftoken"] = found[1]
        if response.status in {302, 303}:
            return self._ask("GET", response.getheader("Location") or "", None)
        if response.status >= 400 and response.status != 422:
            raise RuntimeError(f"{method} {path} answered {response.status}:\n{_text(page)}")
        self.pages += 1
        return path, page


def _text(page: str) -> str:
    main = re.sub(r"<[^>]+>", " ", page.partition("<main")[2])
    return " ".join(main.split())[:600]


def _drive(port: int, plan: Plan, seconds: float) -> Result:
    times: list[float] = []
    browsers = [Browser(port, plan, session) for session in plan.sessions]
    faults: list[BaseException] = []
    start = time.perf_counter()

    def work(browser: Browser) -> None:
        try:
            while time.perf_counter() - start < seconds:
                began = time.perf_counter()
                browser.journey()
                times.append((time.perf_counter() - began) * 1000)
        except BaseException as fault:
            faults.append(fault)

    threads = [threading.Thread(target=work, args=(browser,)) for browser in browsers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise faults[0]
    return Result(len(times), sum(b.pages for b in browsers), time.perf_counter() - start, sorted(times))


def plan_for(accounts: Sequence[object], typed: dict[str, dict[str, str]]) -> Plan:
    """Sessions of `accounts`, opened here; what they type on each page."""
    from sala.identity.accounts.requests import COOKIE
    from sala.identity.accounts.services import open_session

    sessions = [open_session(account_id=account) for account in accounts]  # type: ignore[arg-type]
    return Plan(COOKIE, sessions, "tm47", typed)


if __name__ == "__main__":
    _port, _seconds = sys.argv[1:]
    _plan = msgspec.json.decode(sys.stdin.buffer.read(), type=Plan)
    sys.stdout.buffer.write(msgspec.json.encode(_drive(int(_port), _plan, float(_seconds))))
