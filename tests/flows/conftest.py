"""Journeys in a real browser against a real server.

Every page that a journey opens through `Visitor` is checked with axe-core: a violation fails the test. Of pages that
are built alike, it checks the first.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT, AxeResults
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from sala.identity.accounts import services as accounts
from sala.identity.accounts.models import Account
from sala.identity.accounts.requests import COOKIE

# Playwright's synchronous API keeps an event loop running in this thread; Django's guard against that is for servers.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
PATIENCE = 20_000
"""Milliseconds to wait for what is to come: a machine may be busy with more than this."""
SEEN: set[tuple[int, str]] = set()
WORDS = re.compile(r"(?<=>)[^<]*\S[^<]*(?=<)")
_SAID = "value|href|src|srcset|action|lang|hreflang|title|alt|label|aria-label|content"
VARIES = re.compile(rf'\b({_SAID})="[^"]+"|[0-9]+')
AXE = """axe.run({
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], resultTypes: ["violations"]
}).then(found => ({ violations: found.violations }))"""
SHOTS = os.environ.get("SALA_SCREENSHOTS")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.django_db(transaction=True))
            if CHROMIUM is None:
                item.add_marker(pytest.mark.skip(reason="no Chromium: set CHROMIUM to its path"))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    outcome = yield
    item.failed = getattr(item, "failed", False) or outcome.get_result().failed  # type: ignore[attr-defined]


@pytest.fixture(scope="package")  # not session: its event loop would be in the way of tests that run one
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield chromium
        chromium.close()


@dataclass
class Visitor:
    """Somebody at a browser. `see` is what every step does with the page it has come to."""

    page: Page
    context: BrowserContext
    address: str
    javascript: bool = True
    shots: int = 0

    def open(self, path: str) -> Page:
        self.page.goto(path if path.startswith("http") else self.address + path)
        self.see()
        return self.page

    def press(self, name: str, role: str = "button") -> None:
        """Press what is called `name`, and look at the page it leads to."""
        self.page.get_by_role(role, name=name).first.click()  # type: ignore[arg-type]
        self.page.wait_for_load_state()
        self.see()

    def type(self, label: str, text: str) -> None:
        self.page.get_by_label(label, exact=True).fill(text)

    def choose(self, label: str) -> None:
        self.page.get_by_label(label, exact=True).check()

    def see(self) -> None:
        """No accessibility violation, nothing sticking out sideways, no script error; a picture if asked for.

        A browser without scripts has no axe, which is one; it would wait for ever.
        """
        if self.javascript:
            self._accessible()
        self.fits()

    def _accessible(self) -> None:
        """Ask axe, once for pages of one width that are alike but for their words, numbers and addresses."""
        alike = (self.page.viewport_size["width"], _built(self.page.content()))  # type: ignore[index]
        if alike in SEEN:
            return
        SEEN.add(alike)
        self.page.evaluate(AXE_SCRIPT)
        found = AxeResults(self.page.evaluate(AXE))
        assert not found.response["violations"], f"{self.page.url}\n{found.generate_report()}"

    def fits(self) -> None:
        """Nothing sticks out sideways; a picture if asked for."""
        overflow = self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert overflow <= 0, f"{self.page.url} is {overflow} px wider than the screen"
        if SHOTS:
            self.shots += 1
            name = f"{os.environ['PYTEST_CURRENT_TEST'].split('::')[-1].split(' ')[0]}-{self.shots:02}.png"
            self.page.screenshot(path=Path(SHOTS) / name.replace("/", "_"), full_page=True)

    def sign_in(self, account: Account) -> None:
        """Sign in without the pages (they have a journey of their own)."""
        token = accounts.open_session(account_id=account.id)
        self.context.add_cookies([{"name": COOKIE, "value": token, "url": self.address}])


def _built(html: str) -> str:
    """How a page is built: there being words or none matters, which ones does not."""
    return VARIES.sub(r"\1", WORDS.sub("…", html))


@pytest.fixture
def at_home(settings: Settings, live_server: LiveServer) -> None:
    """Links in letters lead to the test's server."""
    settings.PUBLIC_URL = live_server.url


@pytest.fixture
def visitor(browser: Browser, live_server: LiveServer, request: pytest.FixtureRequest) -> Iterator[Any]:
    """Makes visitors: `visitor(language="en", size=PHONE)`."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def arrive(*, language: str = "en", size: dict[str, int] = PHONE, javascript: bool = True) -> Visitor:
        context = browser.new_context(
            viewport={"width": size["width"], "height": size["height"]}, java_script_enabled=javascript
        )
        context.add_cookies([{"name": "lang", "value": language, "url": live_server.url}])
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: errors.append(str(error)))
        return Visitor(page, context, live_server.url, javascript)

    yield arrive
    if getattr(request.node, "failed", False):
        for context in contexts:
            for page in context.pages:
                print(page.url, page.locator("body").aria_snapshot())  # noqa: T201 - where the journey ended
    for context in contexts:
        context.close()
    assert not errors, errors
