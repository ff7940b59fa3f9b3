"""Looking somebody up, by number or by name and date of birth: counted, and written down."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sala.identity.accounts.actor import Actor
from sala.identity.directory.queries import OfficeCard
from sala.identity.people import queries as people
from sala.identity.people import rules
from sala.identity.people.queries import PersonCard
from sala.identity.registrar import forms, words
from sala.kit import audit, ratelimit
from sala.kit.errors import Fault

ASKED = ("pid", "given_name", "family_name", "birth_date")
LOOK_UPS_AN_HOUR = 300
"""Of one officer: more than a counter serves, fewer than a copy of the register takes."""


def find(
    posted: Mapping[str, str], *, by: Actor, office: OfficeCard
) -> tuple[dict[str, str], list[PersonCard], list[Fault]]:
    """What was typed, whom it fits, and what is wrong: one of the last two is empty. Raises TooMany."""
    typed, meant, faults = forms.read(posted, ASKED)
    faults = faults or _incomplete(meant)
    found = [] if faults else _found(meant, by, office)
    if not found and not faults:
        faults = [Fault("pid", "nobody", words.NOBODY)]
    return typed, found, faults


def count(by: Actor) -> None:
    """Count one look-up. Raises TooMany."""
    ratelimit.hit(f"register:{by.account_id}", LOOK_UPS_AN_HOUR, 3600)


def _incomplete(meant: dict[str, Any]) -> list[Fault]:
    if meant["pid"]:
        return [] if rules.is_pid(meant["pid"]) else [Fault("pid", "nobody", words.NOBODY)]
    if meant["given_name"] and meant["family_name"] and meant["birth_date"]:
        return []
    return [Fault("pid", "missing", words.PID_OR_NAME)]


def _found(meant: dict[str, Any], by: Actor, office: OfficeCard) -> list[PersonCard]:
    count(by)
    if meant["pid"]:
        card = people.by_pid(meant["pid"])
        found = [card] if card else []
    else:
        given = {name: meant[name] for name in ("given_name", "family_name", "birth_date")}
        found = people.by_name(**given)
    audit.record(by.label, "register.searched", f"office:{office.id}", {"found": len(found)})
    return found
