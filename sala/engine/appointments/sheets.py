"""A standing visit as its visitor reads it: when, where, who, what to bring, what can still be changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import segno
from django.utils.translation import gettext as _

from sala.engine.appointments import entries, links, words
from sala.engine.appointments.entries import Entry
from sala.engine.appointments.maps import At
from sala.engine.appointments.models import Booking, Visit
from sala.engine.appointments.presenters import clock_words, place_of, weekday_words
from sala.engine.appointments.rules import STANDING, may_move
from sala.engine.appointments.states import VisitState
from sala.engine.catalogue import queries as catalogue
from sala.engine.catalogue.declaration import Declaration
from sala.identity.directory import queries as directory
from sala.identity.directory.queries import OfficeCard
from sala.kit import clock
from sala.kit.text import Text


@dataclass(frozen=True, slots=True)
class Sheet:
    """All that a page about a visit shows. `refusal`: why its time cannot be changed; empty where it can."""

    visit: Visit
    service: Declaration
    office: OfficeCard
    at: At | None
    day: str
    time: str
    until: str
    state: str
    standing: bool
    over: bool
    today: bool
    bookings: list[Booking]
    bring: list[Text]
    qr: str
    refusal: str
    moves_left: int

    @property
    def displaced(self) -> bool:
        return self.visit.state == VisitState.DISPLACED

    @property
    def cancelled(self) -> bool:
        return self.visit.state == VisitState.CANCELLED

    @property
    def moves_left_after(self) -> int | None:
        """How many changes remain once this one is made; None where it does not count."""
        return None if self.displaced else max(0, self.moves_left - 1)

    @property
    def may_move(self) -> bool:
        return not self.refusal

    @property
    def may_cancel(self) -> bool:
        return self.standing and not self.over


def sheet(visit: Visit) -> Sheet:
    declared = declaration_of(visit.service)
    office = directory.office(visit.office_id)
    most = declared.appointment.moves if declared.appointment else 0
    return Sheet(
        visit=visit,
        service=declared,
        office=office,
        at=place_of(office),
        day=weekday_words(clock.local_day(visit.starts_at)),
        time=clock_words(visit.starts_at),
        until=clock_words(visit.ends_at),
        state=_state(visit),
        standing=visit.state in STANDING,
        over=visit.starts_at <= clock.now(),
        today=clock.local_day(visit.starts_at) == clock.today(),
        bookings=list(visit.bookings.all()),
        bring=list(declared.appointment.bring) if declared.appointment else [],
        qr=qr(visit.reference),
        refusal=refusal(visit, most),
        moves_left=max(0, most - visit.moves),
    )


def declaration_of(service: str) -> Declaration:
    """The service of a visit as it is now."""
    return catalogue.latest(service).declaration


def qr(reference: str) -> str:
    """The number as a QR code (SVG), to be read from a phone's screen or from paper."""
    code = segno.make(reference, error="m", micro=False)
    return str(
        code.svg_inline(scale=6, border=4, svgclass="sala-qr", lineclass=None, omitsize=True, dark="#000", light="#fff")
    )


def refusal(visit: Visit, most_moves: int) -> str:
    """Why the time of a visit cannot be changed, in words; empty where it can."""
    why = may_move(
        VisitState(visit.state),
        starts_at=visit.starts_at,
        now=clock.now(),
        moves=visit.moves,
        most_moves=most_moves,
        had_second_chance=visit.second_chance,
        free_of_charge=False,
    )
    return str(words.refusal(why, most_moves)) if why is not None else ""


def _state(visit: Visit) -> str:
    return {
        VisitState.BOOKED: _("Booked"),
        VisitState.DISPLACED: _("Needs a new time"),
        VisitState.ATTENDED: _("You were there"),
        VisitState.MISSED: _("Missed"),
        VisitState.CANCELLED: _("Cancelled"),
    }[VisitState(visit.state)]


def entry(visit: Visit) -> Entry:
    """The visit for a calendar."""
    declared, office = declaration_of(visit.service), directory.office(visit.office_id)
    at = place_of(office)
    bring = declared.appointment.bring if declared.appointment else ()

    def lines(language: Literal["th", "en"]) -> str:
        number = f"{Text(th='เลขที่นัด', en='Visit number').in_(language)}: {visit.reference}"
        head = Text(th="สิ่งที่ต้องนำมา", en="Bring").in_(language)
        papers = "".join(f"\n- {one.in_(language)}" for one in bring)
        return f"{declared.name.in_(language)}\n{number}" + (f"\n{head}:{papers}" if bring else "")

    def place(language: Literal["th", "en"]) -> str:
        return ", ".join(part for part in (office.name.in_(language), office.address.in_(language)) if part)

    return Entry(
        reference=visit.reference,
        starts_at=visit.starts_at,
        ends_at=visit.ends_at,
        sequence=visit.sequence,
        stands=visit.state == VisitState.BOOKED,
        summary=Text(
            th=f"นัดหมาย {office.name.th}: {declared.name.th}", en=f"Visit to {office.name.en}: {declared.name.en}"
        ),
        description=Text(th=lines("th"), en=lines("en")),
        place=Text(th=place("th"), en=place("en")),
        url=links.to(visit, visit.language),
        latitude=at.latitude if at else None,
        longitude=at.longitude if at else None,
    )


def calendar(visit: Visit, language: str) -> str:
    """The visit as an iCalendar file."""
    return entries.calendar(entry(visit), language=language, stamp=clock.now())


def directions(at: At | None) -> tuple[str, str]:
    """Where a tap on "directions" leads: a map on the web, and the maps program of a phone. Nothing is asked before."""
    if at is None:
        return "", ""
    spot = f"{at.latitude:.5f},{at.longitude:.5f}"
    web = (
        f"https://www.openstreetmap.org/?mlat={at.latitude:.5f}&mlon={at.longitude:.5f}#map=16/{spot.replace(',', '/')}"
    )
    return web, f"geo:{spot}?q={spot}"
