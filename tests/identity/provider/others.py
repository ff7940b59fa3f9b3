"""A person's browser between Sala and relying parties that others wrote."""

from __future__ import annotations

import re
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import requests

PATIENCE = 20.0  # seconds for a program to begin listening


class Person:
    """One browser: what it has from Sala it sends to Sala, and what it has from the relying party to that one."""

    def __init__(self, sala: str, cookie: str, token: str) -> None:
        self.sala, self.at_sala, self.at_rp = sala, requests.Session(), requests.Session()
        self.at_sala.cookies.set(cookie, token)
        self.trail: list[str] = []
        """The addresses that the last visit came by."""

    def go(self, address: str, **form: str) -> requests.Response:
        """Open it (or send the form there), and go on wherever it leads, agreeing to all that is asked."""
        self.trail.clear()
        response = self._ask(address, form)
        for _ in range(12):
            if (there := response.headers.get("Location")) or (there := self._agreed(response)):
                response = self._ask(urljoin(response.url, there), {})
            else:
                return response
        raise AssertionError(f"It leads round and round: {response.url}")

    def _ask(self, address: str, form: dict[str, str]) -> requests.Response:
        self.trail.append(address)
        session = self.at_sala if address.startswith(self.sala) else self.at_rp
        method = "POST" if form else "GET"
        return session.request(method, address, data=form or None, allow_redirects=False, timeout=20)

    def _agreed(self, page: requests.Response) -> str:
        """Where Sala leads on to once the person agreed; empty if the page does not ask."""
        if not page.url.startswith(self.sala) or 'name="account"' not in page.text:
            return ""
        fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page.text))
        done = self.at_sala.post(page.url, {**fields, "act": "all"}, headers={"Referer": page.url}, timeout=20)
        onward = re.search(r'id="onward" href="([^"]+)"', done.text)
        assert onward, done.text
        return unescape(onward[1])


@contextmanager
def running(command: list[str], *, port: int, log: Path, **how: Any) -> Iterator[None]:
    """The program, from when it listens to the end of the block; what it said is told if it does not come up."""
    with log.open("wb") as said:
        process = subprocess.Popen(command, stdout=said, stderr=subprocess.STDOUT, **how)  # noqa: S603 - our own
        try:
            _until_it_listens(process, port, log)
            yield
        finally:
            process.terminate()
            process.wait(timeout=PATIENCE)


def _until_it_listens(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends and process.poll() is None:
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError(log.read_text(errors="replace"))
