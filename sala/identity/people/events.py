"""What the rest of the house is told when an entry changes. Keys and names of fields only, never what they say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sala.identity.people import queries
from sala.identity.people.models import Link
from sala.identity.people.queries import PersonCard
from sala.kit import audit, clock, outbox, sql

THAI = "THA"
_LINKED = "SELECT person_id, account_id FROM people_link WHERE person_id = any(%s) AND ended_at IS NULL"


def tell_all(changed: Sequence[tuple[PersonCard, PersonCard]]) -> None:
    """Tell what changed of those who have an account (nobody in this house knows the others), and end the link of an
    account whose person died or gave up the nationality.

    The link ends in the same transaction as the entry changes, so that nobody signs in as the dead meanwhile. Taking a
    death back does not restore it: the person proves anew whose account it is.
    """
    linked: dict[int, UUID] = dict(sql.fetch_all(_LINKED, [[after.id for _, after in changed]])) if changed else {}
    for before, after in changed:
        if account := linked.get(after.id):
            _tell(before, after, account)


def _tell(before: PersonCard, after: PersonCard, account: UUID) -> None:
    was, now = queries.stored(before), queries.stored(after)
    fields = [name for name in queries.FIELDS if was[name] != now[name]]
    payload: dict[str, Any] = {"person": after.id, "fields": fields, "account": str(account)}
    if fields:
        outbox.emit("person.changed", payload)
    if after.died_on and not before.died_on:
        _end(after.id, "person.died", payload)
    elif before.nationality == THAI != after.nationality:
        _end(after.id, "person.renounced", payload)


def _end(person: int, topic: str, payload: dict[str, Any]) -> None:
    Link.objects.filter(person_id=person, ended_at=None).update(ended_at=clock.now())
    audit.record("system:register", "person.unlinked", f"account:{payload['account']}", {"reason": topic})
    outbox.emit(topic, payload)
