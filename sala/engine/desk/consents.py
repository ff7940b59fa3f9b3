"""Other people's consents as the desk shows them: how each stands, and what the officer may do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sala.engine.cases.queries import Dossier
from sala.engine.catalogue.loaded import Loaded
from sala.identity.people import queries as people
from sala.identity.people.rules import whole_name

_TONES = {"given": "govuk-tag--green", "recorded": "govuk-tag--green", "waiting": "govuk-tag--orange"}


@dataclass(frozen=True, slots=True)
class Consent:
    """One consent. `state`: waiting, given, declined, lapsed, unasked, recorded, or pending before it was asked for;
    `person` is whom the register names, empty where nobody."""

    key: str
    of: str
    person: str
    state: str
    why: str
    tone: str
    by: str
    until: datetime | None
    at: datetime | None
    note: str
    open: bool


def consents(service: Loaded, found: Dossier, who: dict[str, str]) -> list[Consent]:
    """Those that the declaration names, in its order."""
    rows = {row.key: row for row in found.consents}
    return [
        Consent(
            key=declared.key,
            of=str(declared.of),
            person=_name(row.person) if (row := rows.get(declared.key)) else "",
            state=row.state if row else "pending",
            why=row.why if row else "",
            tone=_TONES.get(row.state if row else "", "govuk-tag--grey"),
            by=who.get(row.answered_by, "") if row else "",
            until=row.expires_at if row else None,
            at=row.answered_at if row else None,
            note=row.note if row else "",
            open=row is not None and row.state not in {"given", "recorded"},
        )
        for declared in service.declaration.consents
    ]


def _name(person: int | None) -> str:
    card = people.by_id(person) if person else None
    if card is None:
        return ""
    return whole_name(card.title_th, card.given_name_th, card.middle_name_th, card.family_name_th, language="th")
