"""What the declarations ask the civil register."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from sala.identity.people import guardians
from sala.identity.people import queries as people
from sala.identity.people.queries import PersonCard
from sala.identity.people.rules import whole_name
from sala.kit import clock
from sala.services.civil import rules


def movable(answers: Mapping[str, Any]) -> dict[str, str]:
    """Who of their own household may be moved with the applicant: names by number, the eldest first."""
    mover = _applicant(answers)
    if mover is None or mover.house is None:
        return {}
    others = (one for one in people.household(mover.house) if one.pid != mover.pid)
    return {one.pid: _name(one) for one in others if _may_bring(mover, one)}


def head_of(answers: Mapping[str, Any]) -> int | None:
    """The head of the house moved into; None where it has none, or is the applicant."""
    code = (answers.get("destination") or {}).get("house", {}).get("code", "")
    head = next((one for one in people.household(code) if one.house_role == "head"), None)
    mover = _applicant(answers)
    return head.id if head and mover and head.pid != mover.pid else None


def movers(*, pid: str | None, along: Sequence[Mapping[str, str]] | None) -> dict[str, Any] | None:
    """Those who move: `versions` of their entries, who the applicant is and where they live, whether they are of age,
    head a house and leave how many there; `allowed`: whether all may still be moved by the applicant."""
    cards = [card for number in _numbers(pid, along) if (card := people.by_pid(number))]
    if not cards or cards[0].died_on:
        return None
    mover, today = cards[0], clock.today()
    gone = {card.pid for card in cards}
    staying = [one for one in people.household(mover.house) if one.pid not in gone] if mover.house else []
    return {
        "versions": rules.written({card.id: people.version(card.id) for card in cards}),
        "pid": mover.pid,
        "title": mover.title_th,
        "given_name": mover.given_name_th,
        "family_name": mover.family_name_th,
        "house": mover.house or "",
        "of_age": rules.of_age(mover.birth_date, today),
        "heads": mover.house_role == "head",
        "staying": len(staying),
        "allowed": len(cards) == len(gone) and all(_may_bring(mover, one) for one in cards[1:]),
    }


def house(*, house: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """The house moved into: how many live there, and whether it has a head."""
    if house is None or people.house(house["code"]) is None:
        return None
    living = people.household(house["code"])
    return {"code": house["code"], "residents": len(living), "headed": any(one.house_role == "head" for one in living)}


def entry(*, pid: str | None) -> dict[str, Any] | None:
    """Somebody's entry as the officer sees it beside the form, and its version."""
    card = people.by_pid(pid) if pid else None
    if card is None:
        return None
    return {
        "version": people.version(card.id),
        "pid": card.pid,
        "title": card.title_th,
        "given_name": card.given_name_th,
        "middle_name": card.middle_name_th,
        "family_name": card.family_name_th,
        "birth_date": card.birth_date.isoformat(),
        "nationality": card.nationality,
        "house": card.house or "",
        "alive": card.died_on is None,
    }


def now(answers: Mapping[str, Any]) -> str:
    """What the register says now of the field that the applicant wants corrected; empty where it says nothing."""
    card, field = _applicant(answers), (answers.get("wrong") or {}).get("field")
    said = getattr(card, field) if card and field else ""
    return said.isoformat() if isinstance(said, date) else said


def _applicant(answers: Mapping[str, Any]) -> PersonCard | None:
    pid = (answers.get("me") or {}).get("pid")
    return people.by_pid(pid) if pid else None


def _numbers(pid: str | None, along: Sequence[Mapping[str, str]] | None) -> Iterator[str]:
    if pid:
        yield pid
    yield from (one["pid"] for one in along or ())


def _may_bring(mover: PersonCard, other: PersonCard) -> bool:
    """A child of theirs, or somebody for whom they act, of the same household."""
    if other.house != mover.house or other.died_on:
        return False
    today = clock.today()
    return rules.is_child_of(other, mover.pid, today) or guardians.may_act(mover.id, other.id, today)


def _name(card: PersonCard) -> str:
    return whole_name(card.title_th, card.given_name_th, card.middle_name_th, card.family_name_th, language="th")
