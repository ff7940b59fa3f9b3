"""Requests that are made with a digital ID: by whom, how surely identified, and what the register tells of them.

What the register tells is told by the engine, never typed: whatever is sent in its place is passed over, and it is
read anew when the request is filed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sala.engine.cases import words
from sala.engine.catalogue.loaded import Loaded
from sala.identity.accounts.actor import Actor
from sala.identity.people import queries as people
from sala.identity.people.queries import PersonCard
from sala.identity.people.rules import lower_ial
from sala.kit import clock
from sala.kit.errors import Fault, Forbidden


class NeedsDigitalId(Forbidden):
    """The service is for holders of a digital ID, and this account has none, or one that is not sure enough."""


def asks_for_id(service: Loaded) -> bool:
    """Whether the request is made with a digital ID."""
    return service.declaration.sign_in == "thaid"


def holder(service: Loaded, by: Actor) -> PersonCard:
    """Who makes the request. Raises NeedsDigitalId."""
    linked = people.of_account(by.account_id) if by.account_id else None
    if linked is None:
        raise NeedsDigitalId(words.NEEDS_ID)
    level = lower_ial(linked.ial, linked.person.ial)
    if level < (service.declaration.level or ""):
        raise NeedsDigitalId(words.needs_level(service.declaration.level or ""))
    return linked.person


def check(service: Loaded, by: Actor) -> None:
    """Raise NeedsDigitalId where the service is not for this account."""
    if asks_for_id(service):
        holder(service, by)


def completed(service: Loaded, answers: object, by: Actor, *, proven: Sequence[str]) -> object:
    """The answers with what the register tells. Raises NeedsDigitalId, and Forbidden without a fresh proof."""
    if not asks_for_id(service):
        return answers
    person = holder(service, by)
    if not proven:
        raise Forbidden(words.NEEDS_PROOF)
    return {**answers, **told(service, person)} if isinstance(answers, Mapping) else answers


def told(service: Loaded, person: PersonCard) -> dict[str, dict[str, Any]]:
    """The pages that the register answers, as it stands now; without what it does not know."""
    return {key: _page(service, key, person) for key, page in service.pages.items() if page.told}


def _page(service: Loaded, key: str, person: PersonCard) -> dict[str, Any]:
    values = {}
    for field in service.pages[key].fields:
        value = _cleaned(service, f"{key}.{field.key}", _fact(person, field.prefill.partition(".")[2]))
        if value is not None:
            values[field.key] = value
    return values


def _cleaned(service: Loaded, path: str, fact: str | None) -> Any:
    value = service.kind(path).clean(fact, clock.today()) if fact else None
    return None if isinstance(value, Fault) else value


def _fact(person: PersonCard, name: str) -> str | None:
    found = {
        "title": person.title_th,
        "given_name": person.given_name_th,
        "middle_name": person.middle_name_th,
        "family_name": person.family_name_th,
    }.get(name) or getattr(person, name, None)
    return found.isoformat() if isinstance(found, date) else found
