"""Somebody who asks to become a relying party, and the officers who decide."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

from sala.identity.accounts.actor import Actor
from sala.identity.accounts.models import Account
from sala.identity.console import deciding, services
from sala.identity.console.permissions import AUTHORITY
from sala.identity.directory import services as directory
from sala.identity.provider import clients, keys
from sala.kit.ids import uuid7
from tests.factories import actor_for, add_post, make_account

ABOUT = {"name_th": "ทะเบียนสัตว์เลี้ยง", "name_en": "Pet register", "kind": "private", "company": "บริษัท สัตว์เลี้ยง จำกัด"}
CONTACT = {"contact_name": "Somsri Dee", "contact_email": "it@pets.example", "contact_phone": "0812345678"}
WHY = {
    "purpose_th": "เพื่อออกบัตร",
    "purpose_en": "To issue the card",
    "basis_th": "ม. 24",
    "basis_en": "PDPA, section 24",
}
HOME = "https://pets.example/callback"


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    """A process remembers keys and clients for seconds; a rolled-back test must not."""
    keys.forget()
    clients.forget()
    yield
    keys.forget()
    clients.forget()


@pytest.fixture
def developer(offices: dict[int, int]) -> Account:
    directory.load_agencies()
    return make_account(email="developer@example.org")


@pytest.fixture
def by(developer: Account) -> Actor:
    return actor_for(developer)


def make_decider(role: str = "senior", **given: Any) -> Account:
    account = make_account(**given)
    add_post(account, None, role, agency=AUTHORITY)
    return account


@pytest.fixture
def officer(developer: Account) -> Actor:
    return actor_for(make_decider())


def begun(by: Actor, **about: str) -> UUID:
    return services.begin(party=uuid7(), typed=ABOUT | about, by=by)


def filled(by: Actor, *scopes: str, uris: str = HOME, **about: str) -> UUID:
    """A request with nothing missing, not sent."""
    party, chosen = begun(by, **about), scopes or ("given_name", "birthdate")
    services.save(party=party, part="contact", typed=CONTACT, by=by)
    services.save(party=party, part="addresses", typed={"redirect_uris": uris}, by=by)
    services.save(party=party, part="data", typed={}, chosen=chosen, by=by)
    reasons = {f"{scope}-{name}": words for scope in chosen for name, words in WHY.items()}
    assert services.save(party=party, part="reasons", typed=reasons, by=by) == []
    return party


def sent(by: Actor, *scopes: str, **given: Any) -> UUID:
    party = filled(by, *scopes, **given)
    services.submit(party=party, by=by)
    return party


def approved(by: Actor, officer: Actor, *scopes: str, **given: Any) -> UUID:
    party = sent(by, *scopes, **given)
    deciding.approve(party=party, version=version(party), by=officer)
    return party


def version(party: UUID) -> int:
    from sala.identity.console.models import RelyingParty

    return RelyingParty.objects.get(id=party).version
