"""What a correction of the entry means where no day is typed: that it was always so, from birth.

A birth date that was mistyped was wrong from the first day; a nationality may have changed, so its day is asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sala.identity.people import queries as people
from sala.identity.people.checking import EARLIEST
from sala.identity.people.queries import PersonCard
from sala.identity.registrar import words
from sala.kit import clock
from sala.kit.errors import Fault


def asked(card: PersonCard, act: str) -> bool:
    """Whether an empty day means that; not of the dead, whose form may take a death back."""
    return act == "details" and card.died_on is None


def faults(card: PersonCard, act: str, meant: Mapping[str, Any]) -> list[Fault]:
    """What cannot have been always so."""
    if asked(card, act) and meant["effective_on"] is None and "nationality" in corrected(card, meant):
        return [Fault("effective_on", "missing", words.SINCE_WHEN)]
    return []


def corrected(card: PersonCard, changes: Mapping[str, Any]) -> dict[str, Any]:
    """What is other than it stands: the form's untouched boxes say what is so today, not what was so from birth."""
    now = people.typed(people.stored(card))
    return {name: value for name, value in changes.items() if name in now and (value or "") != (now[name] or "")}


def day(card: PersonCard, changes: Mapping[str, Any]) -> date:
    """From birth; where one of the fields was changed before, since then: what came later would hold otherwise."""
    born = changes.get("birth_date") or card.birth_date
    later = (one for one in people.history(card.id) if one.number > 1)
    before = [one.effective_on for one in later if not changes.keys().isdisjoint(one.after)]
    return min(max([born, EARLIEST, *before]), clock.today())
