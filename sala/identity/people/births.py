"""A birth: somebody who was not in the register before, and is given a number.

A number is a digit for how its bearer came into the register (1: born, and told in time), the four digits of the
district, seven that count, and one that checks. A demonstration gives numbers of the reserved range.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.conf import settings
from django.db import transaction

from sala.identity.accounts.actor import Actor
from sala.identity.people import queries, rules, services, words
from sala.kit import clock, sql
from sala.kit.errors import Fault, Invalid

_LOCK = 0x50494400  # "PID"; two who give a number in one district wait for each other
_LAST = "SELECT max(pid) FROM people_person WHERE pid >= %(low)s AND pid < %(high)s"
IN_TIME = 15
"""Days within which a birth is told; later ones are numbered apart, by the law on civil registration, section 18."""


def register(
    *, person: Mapping[str, Any], by: Actor, office: int, area: int, reason: str, document: str
) -> queries.PersonCard:
    """Enter a child, whose number begins with the district `area`; the child. A house that is left out is the mother's.

    The family name and the house stand as typed; the entry is true since the day of birth. Raises Invalid.
    """
    born = person.get("birth_date")
    if not isinstance(born, date) or born > clock.today():
        raise Invalid([Fault("birth_date", "missing", words.DATE)])
    given = {**person, **_house(person)}
    with transaction.atomic():
        pid = _next(_beginning(area, late=(clock.today() - born).days > IN_TIME))
        row = services.register(
            person=given | {"pid": pid}, by=by, reason=reason, effective_on=born, office=office, document=document
        )
    card = queries.by_id(row)
    assert card  # noqa: S101 - its row was just written
    return card


def _house(person: Mapping[str, Any]) -> dict[str, Any]:
    mother = queries.by_pid(str(person.get("mother_pid") or ""))
    code = person.get("house_id") or (mother.house if mother else None)
    if not code:
        raise Invalid([Fault("house_id", "missing", words.CHILD_HOUSE)])
    return {"house_id": code, "house_role": "resident"}


def _beginning(area: int, *, late: bool) -> str:
    return f"{rules.RESERVED}9" if settings.DEMO else f"{2 if late else 1}{area:04d}"


def _next(beginning: str) -> str:
    """The number after the last one that begins so, held until the transaction ends."""
    sql.fetch_one("SELECT pg_advisory_xact_lock(%s, %s)", [_LOCK, int(beginning)])
    row = sql.fetch_one(_LAST, {"low": beginning, "high": str(int(beginning) + 1)})
    last = int(row[0][len(beginning) : 12]) if row and row[0] else -1
    twelve = f"{beginning}{last + 1:0{12 - len(beginning)}d}"
    return twelve + rules.check_digit(twelve)
