"""A citizen who is known, a relying party, and the two of them at work."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client as Browser

from sala.identity.accounts.actor import system
from sala.identity.accounts.models import Account
from sala.identity.people import rules as people_rules
from sala.identity.people import services as people
from sala.identity.people.models import Ial
from sala.identity.provider import clients, keys, registry
from sala.kit.text import Text
from tests.factories import client_for, make_account

AUTH, TOKEN = "/api/v2/oauth2/auth/", "/api/v2/oauth2/token/"
PAR, USERINFO = "/api/v2/oauth2/par/", "/api/v2/oauth2/userinfo/"
INTROSPECT, REVOKE = "/api/v2/oauth2/introspect/", "/api/v2/oauth2/revoke/"
BACK = "https://rp.example.go.th/callback?from=sala"
FORM = "application/x-www-form-urlencoded"
SCOPES = "openid pid given_name birthdate"
BY = system("tests")


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    """A process remembers keys and clients for seconds; a rolled-back test must not."""
    keys.forget()
    clients.forget()
    yield
    keys.forget()
    clients.forget()


def make_person(account: Account, number: int = 7) -> str:
    """Enter somebody into the register, whose account it is; the number of the person."""
    pid = people_rules.invented_pid(number)
    person = {
        "pid": pid, "title_th": "นาย", "given_name_th": "สมชาย", "family_name_th": "ใจดี",
        "title_en": "Mr.", "given_name_en": "Somchai", "family_name_en": "Jaidee",
        "birth_date": date(1985, 4, 13), "sex": "m", "house_no": "99/1", "subdistrict_id": 740101, "ial": "2.3",
    }  # fmt: skip
    people.register(person=person, by=BY)
    people.link(account=account.id, pid=pid, ial=Ial.ENROLLED, by=BY)
    return pid


@dataclass
class Rp:
    """A relying party that does everything right unless a test says otherwise."""

    id: str
    secret: str
    back: str = BACK
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))

    def request(self, **changes: str | None) -> dict[str, str]:
        """The parameters of an authorization request; None leaves one out."""
        usual: dict[str, str | None] = {
            "response_type": "code",
            "client_id": self.id,
            "redirect_uri": self.back,
            "scope": SCOPES,
            "state": "the-state",
            "nonce": "the-nonce",
            "code_challenge": challenge_of(self.verifier),
            "code_challenge_method": "S256",
        }
        return {name: value for name, value in {**usual, **changes}.items() if value is not None}

    def basic(self) -> str:
        return "Basic " + base64.b64encode(f"{self.id}:{self.secret}".encode()).decode()

    def post(self, path: str, *, authorization: str | None = None, **form: str) -> Any:
        header = self.basic() if authorization is None else authorization
        headers = {"Authorization": header} if header else {}
        return Browser().post(path, _encoded(form), content_type=FORM, headers=headers)

    def exchange(self, code: str, **changes: str) -> Any:
        given = {"code": code, "redirect_uri": self.back, "code_verifier": self.verifier}
        return self.post(TOKEN, grant_type="authorization_code", **{**given, **changes})

    def refresh(self, token: str, **more: str) -> Any:
        return self.post(TOKEN, grant_type="refresh_token", refresh_token=token, **more)


def challenge_of(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _encoded(form: dict[str, str]) -> str:
    from urllib.parse import urlencode

    return urlencode(form)


def make_rp(name: str = "Land registry", **given: Any) -> Rp:
    """An RP of a company, allowed what SCOPES asks and more."""
    usual: dict[str, Any] = {"company": "Example Co., Ltd.", "redirect_uris": [BACK]}
    made = registry.register(name=Text(th="ทะเบียนที่ดิน", en=name), by=BY.label, **{**usual, **given})
    why = {"purpose": Text(th="เพื่อหาโฉนด", en="To find your deeds"), "basis": Text(th="ม. 24", en="PDPA, section 24")}
    for scope in ("pid", "given_name", "birthdate", "address"):
        registry.approve_scope(client_id=made.id, scope=scope, **why, by=BY.label)
    return Rp(made.id, made.secret, (given.get("redirect_uris") or [BACK])[0])


@pytest.fixture
def rp(db: None) -> Rp:
    return make_rp()


@pytest.fixture
def citizen(offices: dict[int, int]) -> Account:
    """Whose account is linked to their entry in the register."""
    account = make_account(email="somchai@example.org")
    make_person(account)
    return account


@pytest.fixture
def browser(citizen: Account) -> Browser:
    """In which the citizen is signed in. It checks forms as a real one is checked."""
    return client_for(citizen)


def onward(response: Any) -> str:
    """The address that a page or a redirect leads on to."""
    if response.status_code == 303:
        return str(response.headers["Location"])
    assert response.status_code == 200, response.content.decode()
    found = re.search(r'id="onward" href="([^"]+)"', response.content.decode())
    assert found, response.content.decode()
    return unescape(found[1])


def answer(uri: str) -> dict[str, str]:
    """What the RP is told in the address."""
    return {name: values[0] for name, values in parse_qs(urlsplit(uri).query).items()}


def begin(browser: Browser, rp: Rp, **changes: str | None) -> str:
    """The RP sends the person; the page of ours that they come to."""
    response = browser.get(AUTH, rp.request(**changes))
    assert response.status_code == 303, response.content.decode()
    return str(response.headers["Location"])


def agree(browser: Browser, page: str, act: str = "all", **form: Any) -> dict[str, str]:
    """What the RP is told once the person has decided on the consent page."""
    shown = browser.get(page)
    hidden = re.search(r'name="account" value="([^"]+)"', shown.content.decode())
    assert hidden, shown.content.decode()
    return answer(onward(browser.post(page, {"act": act, "account": hidden[1], **form})))


@pytest.fixture
def signed_in(browser: Browser, rp: Rp) -> Callable[..., dict[str, Any]]:
    """Call it for the tokens of a sign-in at which the person agreed to all."""

    def whole(**changes: str | None) -> dict[str, Any]:
        told = agree(browser, begin(browser, rp, prompt="consent", **changes))
        response = rp.exchange(told["code"])
        assert response.status_code == 200, response.content
        return dict(response.json())

    return whole
