"""The visit on the page of the request that it is for, and in the list of all that is one's own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from django.urls import reverse

from sala.engine.appointments import instead, queries, words
from sala.engine.appointments.booking import PREFIX
from sala.engine.appointments.keys import key_of
from sala.engine.appointments.models import Visit
from sala.engine.appointments.presenters import when_words
from sala.engine.appointments.rules import SECOND_CHANCE, STANDING
from sala.engine.appointments.states import VisitState
from sala.engine.cases.beside import Panel, Way
from sala.identity.directory import queries as directory
from sala.kit import clock
from sala.kit.text import Text

if TYPE_CHECKING:  # the row itself belongs to its room
    from sala.engine.cases.models import Case


@dataclass(frozen=True, slots=True)
class Card:
    """A visit in a few words."""

    visit: Visit
    when: str
    office: Text
    people: str
    href: str
    displaced: bool
    held: str = ""
    """Of a displaced one: where the time held instead is answered; empty where none is."""


def of_case(case: Case) -> Panel | None:
    """The visit booked last for a request; nothing where that was cancelled."""
    visit = next(iter(queries.of_case(case.id)), None)
    if visit is None or visit.state == VisitState.CANCELLED:
        return None
    href = reverse("appointments:visit", args=[visit.reference])
    # The key of one request of several is no key to the others': whoever sees this one whole gets the visit's only
    # where the visit's letters go to the same address. The account that booked needs none.
    if visit.email.casefold() == case.email.casefold():
        href += f"?key={key_of(visit.id, visit.key_version)}"
    withdrawal = words.WITHDRAWN_WITH_REQUEST if visit.state in STANDING else None
    return Panel("appointments/parts/panel.html", {"card": _card(visit, href)}, withdrawal)


def of_number(reference: str) -> Way | None:
    """Where the number of a visit leads, typed where requests are looked up."""
    if not reference.startswith(f"{PREFIX}-"):
        return None
    return Way(reverse("appointments:visit", args=[reference]), reverse("appointments:link", args=[reference]))


def coming(account: UUID) -> list[Card]:
    """The visits of an account that are still to come or need a new time, the next first."""
    visits = sorted(_open(queries.visits_of_account(account)), key=lambda one: one.starts_at)
    held = instead.addresses([visit.id for visit in visits if visit.state == VisitState.DISPLACED])
    return [
        _card(visit, reverse("appointments:visit", args=[visit.reference]), held.get(visit.id, "")) for visit in visits
    ]


def _open(visits: Iterable[Visit]) -> Iterable[Visit]:
    now = clock.now()
    for visit in visits:
        missed = visit.state == VisitState.MISSED and not visit.second_chance and now < visit.starts_at + SECOND_CHANCE
        booked = visit.state == VisitState.BOOKED and visit.ends_at > now
        if missed or booked or visit.state == VisitState.DISPLACED:
            yield visit


def _card(visit: Visit, href: str, held: str = "") -> Card:
    return Card(
        visit=visit,
        when=when_words(visit.starts_at),
        office=directory.office(visit.office_id).name,
        people=", ".join(one.name for one in visit.bookings.all()),
        href=href,
        displaced=visit.state == VisitState.DISPLACED,
        held=held,
    )
