"""What the rest of the house is told when an entry changes. Keys and names of fields only, never what they say."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sala.identity.people import queries
from sala.identity.people.models import Link
from sala.identity.people.queries import PersonCard
from sala.kit import audit, clock, outbox, sql

THAI = "THA"
DIED, RESTORED, RENOUNCED = "person.died", "person.restored", "person.renounced"
ENDING = frozenset({DIED, RENOUNCED})
"""After these the account is nobody's."""
GONE = "person.gone"
"""Either of them, of anybody: faces are kept of people without an account, too."""
_LINKED = """
SELECT p.id, p.changes, l.account_id FROM people_link l JOIN people_person p ON p.id = l.person_id
 WHERE l.person_id = any(%s) AND l.ended_at IS NULL"""
# Of the dead: whose account it was, so that who works on their requests hears that the day, or the death, was wrong.
_LAST = """
SELECT DISTINCT ON (p.id) p.id, p.changes, l.account_id FROM people_link l JOIN people_person p ON p.id = l.person_id
 WHERE l.person_id = any(%s) AND l.ended_at IS NOT NULL ORDER BY p.id, l.ended_at DESC"""


def tell_all(changed: Sequence[tuple[PersonCard, PersonCard]]) -> None:
    """Tell what changed of those who have an account (nobody in this house knows the others), and end the link of an
    account whose person died or gave up the nationality.

    The link ends in the same transaction as the entry changes, so that nobody signs in as the dead meanwhile. Taking a
    death back does not restore it: the person proves anew whose account it is.
    """
    known = _accounts(_LINKED, [after.id for _, after in changed])
    dead = [after.id for before, after in changed if before.died_on and before.died_on != after.died_on]
    known = _accounts(_LAST, dead) | known
    for before, after in changed:
        if _turn(before, after) in ENDING:
            outbox.emit(GONE, {"person": after.id})
        if after.id in known:
            _tell(before, after, *known[after.id])


def _accounts(statement: str, people: list[int]) -> dict[int, tuple[int, UUID]]:
    """Of each of these people: the number of the last change, and the account."""
    return (
        {person: (number, account) for person, number, account in sql.fetch_all(statement, [people])} if people else {}
    )


def _tell(before: PersonCard, after: PersonCard, number: int, account: UUID) -> None:
    was, now = queries.stored(before), queries.stored(after)
    fields = [name for name in queries.FIELDS if was[name] != now[name]]
    payload = {"person": after.id, "fields": fields, "account": str(account), "change": number}
    if fields:
        outbox.emit("person.changed", payload)
    if topic := _turn(before, after):
        if topic in ENDING:
            _end(after.id, topic, account)
        outbox.emit(topic, payload)


def _turn(before: PersonCard, after: PersonCard) -> str:
    """What of it changes more than the entry; empty if nothing. Another day of a death is told as the death is."""
    if after.died_on != before.died_on:
        return DIED if after.died_on else RESTORED
    return RENOUNCED if before.nationality == THAI != after.nationality else ""


def _end(person: int, topic: str, account: UUID) -> None:
    if Link.objects.filter(person_id=person, ended_at=None).update(ended_at=clock.now()):
        audit.record("system:register", "person.unlinked", f"account:{account}", {"reason": topic})
