"""People, offices and signed-in browsers for tests."""

from __future__ import annotations

from datetime import date
from functools import cache
from itertools import count

from django.contrib.auth.hashers import make_password
from django.test import Client

from sala.identity.accounts import services
from sala.identity.accounts.actor import Actor
from sala.identity.accounts.models import Account
from sala.identity.accounts.queries import by_session
from sala.identity.accounts.requests import COOKIE
from sala.identity.directory.models import Agency, Office, Post

PASSWORD = "long enough for a test"
_number = count(1)


@cache
def _hashed() -> str:
    return make_password(PASSWORD)


def make_account(email: str | None = None, **given: object) -> Account:
    """An account whose password is PASSWORD; `given` overrides its fields."""
    number = next(_number)
    fields: dict[str, object] = {
        "email": email or f"person{number}@example.org",
        "given_name": "Ada",
        "surname": "Lovelace",
        "phone": "+66812345678",
        "language": "en",
        "password": _hashed(),
    }
    return Account.objects.create(**(fields | given))


def make_office(
    slug: str = "immigration-bangkok", kind: str = "immigration-office", agency: str = "immigration-bureau"
) -> Office:
    """An office (and its agency), made if it is not there."""
    Agency.objects.get_or_create(slug=agency, defaults={"name_th": agency, "name_en": agency})
    names = {"agency_id": agency, "kind": kind, "name_th": slug, "name_en": slug}
    return Office.objects.get_or_create(slug=slug, defaults=names)[0]


def make_officer(office: Office | str | None = None, role: str = "officer", **given: object) -> Account:
    """An account with a post at `office` (an Office, its slug, or a default one)."""
    account = make_account(**given)
    if not isinstance(office, Office):
        office = make_office(office) if office else make_office()
    add_post(account, office, role)
    return account


def add_post(
    account: Account, office: Office | None, role: str = "officer", *, agency: str = "", **given: object
) -> Post:
    """Appoint the account; `office` None = the whole of `agency`."""
    agency_id = office.agency_id if office else agency
    return Post.objects.create(
        account=account, agency_id=agency_id, office=office, role=role, **({"since": date(2020, 1, 1)} | given)
    )


def client_for(account: Account, **defaults: str) -> Client:
    """A browser in which the account is signed in: a real session, a real cookie."""
    client = Client(**defaults)
    client.cookies[COOKIE] = services.open_session(account_id=account.id)
    return client


def client_in_english(account: Account) -> Client:
    """The same, which reads its pages in English."""
    client = client_for(account)
    client.get("/", {"lang": "en"})
    return client


def actor_for(account: Account) -> Actor:
    """The account as services know it, with its posts of today."""
    found = by_session(services.open_session(account_id=account.id))
    assert found
    return found.actor
