"""What the rest of the house is told when an entry changes. Keys and names of fields only, never what they say."""

from __future__ import annotations

from typing import Any

from sala.identity.people import queries
from sala.identity.people.models import Link
from sala.identity.people.queries import PersonCard
from sala.kit import audit, clock, outbox

THAI = "THA"


def tell(before: PersonCard, after: PersonCard) -> None:
    """Tell what changed, and end the link of an account whose person died or gave up the nationality.

    The link ends in the same transaction as the entry changes, so that nobody signs in as the dead meanwhile. Taking a
    death back does not restore it: the person proves anew whose account it is.
    """
    was, now = queries.stored(before), queries.stored(after)
    fields = [name for name in queries.FIELDS if was[name] != now[name]]
    if not fields:
        return
    account = queries.linked_account(after.id)
    payload: dict[str, Any] = {"person": after.id, "fields": fields}
    if account:
        payload["account"] = str(account)
    outbox.emit("person.changed", payload)
    if after.died_on and not before.died_on:
        _end(after.id, "person.died", payload)
    elif before.nationality == THAI != after.nationality:
        _end(after.id, "person.renounced", payload)


def _end(person: int, topic: str, payload: dict[str, Any]) -> None:
    if Link.objects.filter(person_id=person, ended_at=None).update(ended_at=clock.now()):
        audit.record("system:register", "person.unlinked", f"account:{payload['account']}", {"reason": topic})
    outbox.emit(topic, payload)
