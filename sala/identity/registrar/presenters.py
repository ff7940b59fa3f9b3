"""An entry of the register in words: facts, household, history."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sala.identity.directory import queries as directory
from sala.identity.people import claims, rules
from sala.identity.people import queries as people
from sala.identity.people.queries import DATES, PersonCard
from sala.identity.people.services import REGISTERED
from sala.identity.people.words import FIELDS, HOUSE_ROLES, IALS, NATIONALITIES, SEXES
from sala.kit import thai
from sala.kit.errors import NotFound
from sala.kit.text import Text, language

_NONE = Text(th="(ไม่มี)", en="(none)")
_REGISTERED = Text(th="ขึ้นทะเบียน", en="Entered into the register")
_BY_SYSTEM = Text(th="ระบบ", en="The system")
_FACTS = (
    "birth_date", "sex", "nationality", "died_on", "house_id", "house_role", "father_pid", "father_name_th",
    "mother_pid", "mother_name_th", "card_number", "card_issued_on", "card_expires_on", "ial",
)  # fmt: skip


def name(card: PersonCard) -> str:
    """In the page's language."""
    parts = (getattr(card, f"{part}_{language()}") for part in ("title", "given_name", "middle_name", "family_name"))
    return rules.whole_name(*parts, language=language())


def other_name(card: PersonCard) -> str:
    """In the other language's letters."""
    code = "en" if language() == "th" else "th"
    parts = (getattr(card, f"{part}_{code}") for part in ("title", "given_name", "middle_name", "family_name"))
    return rules.whole_name(*parts, language=code)


def address(card: PersonCard) -> str:
    """In one line: in Thai as it stands on an envelope; in English with the places' English names, and what the
    register has in Thai alone (lane and road) as it is."""
    if language() == "th":
        return str(claims.CLAIMS["address"](card)["formatted"])
    places = [place.name.en for place in reversed(directory.area_path(card.subdistrict))]
    village = f"Moo {card.moo}" if card.moo else ""
    return ", ".join(part for part in (card.house_no, village, card.lane, card.road, *places) if part)


pid = rules.written_pid


def facts(card: PersonCard) -> list[dict[str, str]]:
    """The rest of the entry, but what is empty."""
    stored = people.stored(card)
    return [{"key": str(FIELDS[n]), "value": value(n, stored[n])} for n in _FACTS if stored[n] not in (None, "")]


@dataclass(frozen=True, slots=True)
class Line:
    """One change: what, when it was recorded, since when it is true, by whom, why, on what paper."""

    title: str
    steps: list[tuple[str, str, str]]
    at: datetime
    since: date
    by: str
    reason: str
    document: str


def history(person: int) -> list[Line]:
    """The newest first."""
    return lines(reversed(people.history(person)))


def lines(changes: Iterable[people.Changed]) -> list[Line]:
    return [_line(change) for change in changes]


def _line(change: people.Changed) -> Line:
    entered = change.number == 1
    names = [] if entered else [name for name in change.after if name in FIELDS]
    steps = [(str(FIELDS[n]), value(n, change.before.get(n)), value(n, change.after[n])) for n in names]
    title = str(_REGISTERED) if entered else ", ".join(str(FIELDS[name]) for name in names)
    by = str(directory.office(change.office).name) if change.office else str(_BY_SYSTEM)
    reason = "" if change.reason == REGISTERED else change.reason
    return Line(title, steps, change.at, change.effective_on, by, reason, change.document)


_WRITTEN = {"pid": pid, "father_pid": pid, "mother_pid": pid, "house_id": rules.written_house}


def value(field: str, stored: Any) -> str:
    """A field's value as people read it."""
    if stored in (None, ""):
        return str(_NONE)
    if field in DATES:
        return thai.day(date.fromisoformat(stored))
    if field == "subdistrict_id":
        try:
            return ", ".join(str(place.name) for place in reversed(directory.area_path(int(stored))))
        except NotFound:
            return str(stored)
    if write := _WRITTEN.get(field):
        return write(str(stored))
    known = {"sex": SEXES, "ial": IALS, "house_role": HOUSE_ROLES, "nationality": NATIONALITIES}.get(field, {})
    return str(known.get(stored, stored))
