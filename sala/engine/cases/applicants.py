"""What the civil register says later of who filed: told to the officers of the case, and never a decision.

A request of somebody who died is not dropped and not refused: its officers get a note and a flag, and judge. Nobody
mails the dead: no letter and no reminder goes to the address of such a case, until the register takes the death back.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction

from sala.engine.cases.journal import append, locked
from sala.engine.cases.models import OPEN, Case, CaseEvent
from sala.engine.cases.rules import Event
from sala.identity.accounts.actor import system
from sala.identity.people import queries as people
from sala.identity.people.words import FIELDS
from sala.kit import thai
from sala.kit.text import Text

BY = system("register")
NAMES = frozenset(
    f"{part}_{code}" for part in ("title", "given_name", "middle_name", "family_name") for code in ("th", "en")
)


@dataclass(frozen=True, slots=True)
class Turn:
    """What a word of the register means for cases: a note in its words, and whether the day of death is set or gone."""

    words: Text
    of: frozenset[str] | None = None
    """The fields that matter; others change nothing here. None: whatever changed."""
    sets_death: bool = False


TURNS: dict[str, Turn] = {
    "died": Turn(
        Text(th="ผู้ยื่นเสียชีวิตเมื่อ {day} ตามทะเบียนราษฎร", en="The applicant died on {day}, as the civil register has it"),
        sets_death=True,
    ),
    "restored": Turn(
        Text(th="ทะเบียนราษฎรเพิกถอนการแจ้งตายของผู้ยื่นแล้ว", en="The civil register has taken the applicant’s death back"),
        sets_death=True,
    ),
    "renounced": Turn(
        Text(
            th="ผู้ยื่นไม่มีสัญชาติไทยแล้ว ตามทะเบียนราษฎร",
            en="The applicant is no longer of Thai nationality, as the civil register has it",
        )
    ),
    "changed": Turn(
        Text(
            th="ชื่อของผู้ยื่นในทะเบียนราษฎรเปลี่ยนแล้ว ({fields}) เรื่องนี้ยังคงตามที่ยื่นไว้",
            en="The applicant’s name has changed in the civil register ({fields}). The request stays as it was filed",
        ),
        of=NAMES,
    ),
}
"""What is not here changes nothing: a new card, another house, a card that ran out."""


def hear(what: str, payload: dict[str, Any]) -> None:
    """Note it on each open case that the account filed. May be heard again, and resumed."""
    turn = TURNS[what]
    fields = [name for name in payload["fields"] if turn.of is None or name in turn.of]
    card = people.by_id(payload["person"])
    if card is None or not fields:
        return
    data = {"what": what, "change": payload["change"], "fields": fields}
    if turn.sets_death:
        # As the register has it now, whatever was heard first: two words of it come in no promised order.
        data["on"] = card.died_on.isoformat() if card.died_on else None
        _set_death(UUID(payload["account"]), card.died_on)
    for reference in _open(UUID(payload["account"])):
        _note(reference, data, fields)


def _set_death(account: UUID, day: date | None) -> None:
    """On all its cases, closed ones too: of these come reminders and letters."""
    Case.objects.filter(account_id=account).update(applicant_died_on=day)


def _open(account: UUID) -> list[str]:
    return list(
        Case.objects.filter(account_id=account, state__in=OPEN).order_by("id").values_list("reference", flat=True)
    )


@transaction.atomic
def _note(reference: str, data: dict[str, Any], fields: Collection[str]) -> None:
    case = locked(reference)
    known = CaseEvent.objects.filter(
        case=case, type=Event.REGISTER_TOLD, data__change=data["change"], data__what=data["what"]
    )
    if case.state in OPEN and not known.exists():
        append(case, Event.REGISTER_TOLD, by=BY, data=data)


def words(data: Mapping[str, Any]) -> Text:
    """What the note of an event says, in both languages."""
    turn = TURNS.get(str(data.get("what")))
    if turn is None:
        return Text(th="", en="")
    on = date.fromisoformat(data["on"]) if data.get("on") else None
    return Text(
        th=turn.words.th.format(day=thai.day(on, "th") if on else "", fields=_fields(data, "th")),
        en=turn.words.en.format(day=thai.day(on, "en") if on else "", fields=_fields(data, "en")),
    )


def _fields(data: Mapping[str, Any], language: str) -> str:
    return ", ".join(FIELDS[name].in_(language) for name in data.get("fields", ()) if name in FIELDS)
