"""For officers: who waits at their offices, what they were promised, and whose time the office took back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from sala.engine.appointments import ahead as places
from sala.engine.appointments import permissions as of_visits
from sala.engine.appointments import queries as appointments
from sala.engine.cases.permissions import AtOffice, Permission, can, offices
from sala.engine.catalogue import queries as catalogue
from sala.engine.waiting import own_data, queries
from sala.engine.waiting.models import Offer, Waiting
from sala.engine.waiting.states import OfferState
from sala.identity.accounts.actor import Actor
from sala.identity.accounts.requests import actor_of, require_officer
from sala.identity.directory import queries as directory
from sala.identity.directory.queries import OfficeCard
from sala.kit import audit, clock
from sala.kit.errors import NotFound
from sala.kit.text import Text

if TYPE_CHECKING:  # the row itself belongs to its room
    from sala.engine.appointments.models import Visit

MOST = 100
"""Turns of one line that the page names; more are counted."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One who waits. `until`: the hour by which they answer an offer, if they have one."""

    position: int
    reference: str
    name: str
    people: int
    email: str
    joined_at: datetime
    promised_on: date
    broken: bool
    offered: datetime | None
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Queue:
    """Those who wait for one service at one office. `turns` are the first; `count` is all of them."""

    office: OfficeCard
    service: Text
    count: int
    people: int
    broken: int
    turns: list[Turn]


@dataclass(frozen=True, slots=True)
class Lost:
    """A visit that lost its time. `until`: the hour by which they answer the offer of another."""

    visit: Visit
    office: OfficeCard
    service: Text
    offered: datetime | None
    until: datetime | None
    answered: bool


@require_officer
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The lines of the reader's offices, those with broken promises first."""
    by = actor_of(request)
    mine = offices(by, Permission.VIEW)
    chosen = next((one for one in map(directory.office, mine) if one.slug == request.GET.get("office")), None)
    seen = frozenset({chosen.id}) if chosen else mine
    for office in sorted(seen):  # it names people: every look at them is recorded
        audit.record(by.label, "waiting.list_viewed", own_data.list_of(office, clock.today()))
    lines = sorted(_lines(seen, by), key=lambda line: (-line.broken, -line.count, str(line.office.name)))
    lost = list(_lost(seen, by))
    context = {
        "nav": "desk",
        "lines": lines,
        "lost": lost,
        "lost_offered": sum(one.until is not None for one in lost),
        "offices": sorted(map(directory.office, mine), key=lambda one: str(one.name)),
        "chosen": chosen,
        "waiting": sum(line.count for line in lines),
        "broken": sum(line.broken for line in lines),
        "most": MOST,
    }
    return render(request, "waiting/desk.html", context)


def _lines(seen: frozenset[int], by: Actor) -> Iterable[Queue]:
    schedules = {one.id: one for office in seen for one in appointments.schedules_of(office)}
    rows = queries.waiting_at(schedules)
    offers = {row.waiting_id: row for row in Offer.objects.filter(waiting__in=rows, state=OfferState.OPEN)}
    lines: dict[int, list[Waiting]] = {}
    for row in rows:
        lines.setdefault(row.schedule_id, []).append(row)
    for schedule, line in lines.items():
        plan = schedules[schedule]
        turns = [
            _turn(number, row, offers.get(row.id))
            for number, row in enumerate(line, start=1)
            if can(by, AtOffice(row.reference, plan.office, row.service, row.account_id), Permission.VIEW)
        ]
        if turns:
            yield Queue(
                office=directory.office(plan.office),
                service=_name(plan.service),
                count=len(line),
                people=sum(row.people for row in line),
                broken=sum(turn.broken for turn in turns),
                turns=turns[:MOST],
            )


def _turn(position: int, row: Waiting, offer: Offer | None) -> Turn:
    return Turn(
        position=position,
        reference=row.reference,
        name=row.name,
        people=row.people,
        email=row.email,
        joined_at=row.joined_at,
        promised_on=row.promised_on,
        broken=offer is None and row.promised_on < clock.today() and not queries.was_offered(row),
        offered=offer.starts_at if offer else None,
        until=offer.until if offer else None,
    )


def _lost(seen: frozenset[int], by: Actor) -> Iterable[Lost]:
    visits = places.displaced_at(seen)
    offers: dict[tuple[UUID | None, datetime | None], Offer] = {
        (row.visit_id, row.lost): row for row in Offer.objects.filter(visit__in=[one.id for one in visits])
    }
    for visit in visits:
        if not of_visits.can(by, visit, Permission.VIEW):
            continue
        offer = offers.get((visit.id, visit.starts_at))
        is_open = offer is not None and offer.state == OfferState.OPEN
        yield Lost(
            visit=visit,
            office=directory.office(visit.office_id),
            service=_name(visit.service),
            offered=offer.starts_at if offer and is_open else None,
            until=offer.until if offer and is_open else None,
            answered=offer is not None and not is_open,
        )


def _name(slug: str) -> Text:
    try:
        return catalogue.latest(slug).declaration.name
    except NotFound:
        return Text(th=slug, en=slug)
