"""What the appointments API takes and gives."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, field

from sala.engine.appointments import rules
from sala.engine.appointments.states import VisitState
from sala.engine.cases.api import Link
from sala.kit.text import Text

LONGEST_RANGE = 62
"""Days of times that one answer may hold."""
USUAL_RANGE = 7

Slug = Annotated[str, Meta(min_length=1, max_length=50)]
Service = Annotated[Slug, Meta(description="the service's slug")]
OfficeSlug = Annotated[Slug, Meta(description="the office's slug", examples=["immigration-samut-sakhon"])]
People = Annotated[int, Meta(ge=1, le=rules.MOST_PEOPLE, description="who come together")]
Start = Annotated[
    datetime,
    Meta(description="RFC 3339 with an offset, any one", examples=["2026-12-01T09:00:00+07:00"]),
]
Key = Annotated[str, Meta(max_length=64, description="the key from the booking; with it no token is needed")]


class OfficeLinks(msgspec.Struct, frozen=True):
    """Where to go on from an office."""

    slots: Link


class OfferedOffice(msgspec.Struct, frozen=True):
    """An office that gives the service. Degrees are WGS 84."""

    office: OfficeSlug
    name: Text
    address: Text
    phone: str
    province: Annotated[int | None, Meta(description="code of the province it stands in")]
    latitude: float | None
    longitude: float | None
    next_free: Annotated[date | None, Meta(description="the first day with a free time; null where there is none now")]
    links: OfficeLinks = field(name="_links")


class OfferedOffices(msgspec.Struct, frozen=True):
    """Every office that gives the service."""

    items: list[OfferedOffice]


class Slot(msgspec.Struct, frozen=True):
    """A time that can be booked now."""

    starts_at: datetime
    ends_at: datetime
    free: Annotated[int, Meta(description="places left")]


class Slots(msgspec.Struct, frozen=True):
    """The free times of a range of days, in order."""

    office: OfficeSlug
    service: str
    first: date = field(name="from")
    last: date = field(name="to")
    items: list[Slot]


class OfficesOf(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Of which service, and in which province."""

    service: Service
    province: Annotated[int, Meta(ge=10, le=99, description="only offices in, or responsible for, this one")] | None = (
        None
    )


class SlotsOf(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which times."""

    office: OfficeSlug
    service: Service
    first: Annotated[date | None, Meta(description="first day, in Thailand; today unless given")] = field(
        name="from", default=None
    )
    last: Annotated[
        date | None,
        Meta(description=f"last day, included; at most {LONGEST_RANGE} days in all, {USUAL_RANGE} unless given"),
    ] = field(name="to", default=None)
    people: People = 1


class NewBooking(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A visit to be booked, and what is asked of each who comes."""

    service: Service
    office: OfficeSlug
    starts_at: Start
    answers: Annotated[
        list[dict[str, Any]],
        Meta(
            max_length=rules.MOST_PEOPLE,
            description="one set for each person, as the service's `schema` says; none where the visit is for `case`",
        ),
    ] = []
    case: Annotated[str, Meta(max_length=64, description="one's own case that the visit is for")] | None = None
    language: Annotated[Literal["th", "en"], Meta(description="in which the visitor is written to")] = "th"


class NewTime(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Another time, and perhaps another office."""

    starts_at: Start
    office: OfficeSlug | None = None


class ByKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who has no token shows the key."""

    key: Key | None = None


class FiledCase(msgspec.Struct, frozen=True):
    """A case filed with the visit: one of each person."""

    reference: str
    key: Annotated[str, Meta(description="opens its status without a token")]
    due_at: Annotated[datetime, Meta(description="the promised moment of its result, from the end of the visit")]
    links: BookingLinks = field(name="_links")


class BookingLinks(msgspec.Struct, frozen=True):
    """Where to go on."""

    self: Link


class BookingReceipt(msgspec.Struct, frozen=True):
    """A visit that was booked: keep `reference` and `key`."""

    reference: Annotated[str, Meta(description="the visit's number", examples=["Q-7K3M9QXT-4"])]
    key: Annotated[str, Meta(description="shows, moves and cancels it without a token: ?key=")]
    service: str
    office: OfficeSlug
    starts_at: datetime
    ends_at: datetime
    people: int
    cases: list[FiledCase]
    links: BookingLinks = field(name="_links")


class BookedCase(msgspec.Struct, frozen=True):
    """A case that the visit is for."""

    reference: str
    links: BookingLinks = field(name="_links")


class BookingStatus(msgspec.Struct, frozen=True):
    """A visit as its visitor sees it."""

    reference: str
    state: VisitState
    service: str
    office: OfficeSlug
    starts_at: datetime
    ends_at: datetime
    people: int
    name: Annotated[str, Meta(description="whom it is for; it cannot be changed")]
    moves_left: Annotated[int, Meta(description="how often its time can still be changed")]
    bring: Annotated[list[Text], Meta(description="what to bring")]
    cases: list[BookedCase]
    links: BookingLinks = field(name="_links")
