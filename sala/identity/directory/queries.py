"""Reads of the directory, from a snapshot this process keeps.

Areas change by royal decree and are read once a process; agencies and offices are
read anew every minute, so that an office opened on one server is known on all.
"""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from statistics import median
from uuid import UUID

from django.db.models import Q

from sala.identity.directory.models import Agency, Area, Jurisdiction, Office, Post
from sala.identity.directory.rules import thai_order
from sala.kit import clock
from sala.kit.errors import NotFound
from sala.kit.text import Language, Text, language

_OFFICES_LIVE = 60.0  # seconds


@dataclass(frozen=True, slots=True)
class Place:
    """A province, district or sub-district. Degrees are WGS 84; `parent` is None for a province."""

    code: int
    level: str
    parent: int | None
    name: Text
    postcode: int | None
    latitude: float | None
    longitude: float | None


@dataclass(frozen=True, slots=True)
class AgencyCard:
    slug: str
    parent: str | None
    name: Text


@dataclass(frozen=True, slots=True)
class OfficeCard:
    """An office and how to reach it. Degrees are WGS 84; `province` is the code of the one it stands in."""

    id: int
    slug: str
    agency: str
    kind: str
    name: Text
    address: Text
    phone: str
    email: str
    latitude: float | None = None
    longitude: float | None = None
    province: int | None = None


@dataclass(frozen=True, slots=True)
class Colleague:
    """An officer with a post that covers an office today."""

    account_id: UUID
    name: str
    role: str


@dataclass(frozen=True)
class _Areas:
    by_code: dict[int, Place]
    children: dict[int | None, list[Place]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for place in self.by_code.values():
            self.children.setdefault(place.parent, []).append(place)


@dataclass(frozen=True)
class _Offices:
    agencies: dict[str, AgencyCard]
    by_id: dict[int, OfficeCard]
    by_slug: dict[str, OfficeCard]
    of_agency: dict[str, frozenset[int]]
    responsible: dict[tuple[str, int], int]
    read_at: float


_areas: _Areas | None = None
_offices: _Offices | None = None


def clear() -> None:
    """Forget the snapshot; after a write in this process, and between tests."""
    global _areas  # noqa: PLW0603
    _areas = None
    forget_offices()


def forget_offices() -> None:
    """Forget agencies and offices alone; areas cost a tenth of a second to read."""
    global _offices  # noqa: PLW0603
    _offices = None


def provinces(in_language: Language | None = None) -> list[Place]:
    """All provinces, in the alphabetical order of the language (of the request, unless given)."""
    return _sorted(None, in_language)


def districts(province: int, in_language: Language | None = None) -> list[Place]:
    """The districts of a province; empty for a code that is not a province's."""
    return _sorted(province, in_language)


def subdistricts(district: int, in_language: Language | None = None) -> list[Place]:
    """The sub-districts of a district; empty for a code that is not a district's."""
    return _sorted(district, in_language)


def area(code: int) -> Place:
    """The area of this code; NotFound if there is none."""
    place = _known_areas().by_code.get(code)
    if place is None:
        raise NotFound(Text(th=f"ไม่มีพื้นที่รหัส {code}", en=f"There is no area with the code {code}"))
    return place


def area_path(code: int) -> tuple[Place, ...]:
    """From the province down to the area: (province, district, sub-district) for a sub-district."""
    place = area(code)
    return (place,) if place.parent is None else (*area_path(place.parent), place)


def middle_of(district: int) -> tuple[float, float] | None:
    """Latitude and longitude in the middle of a district's sub-districts (WGS 84); None where none is known."""
    known = [
        (place.latitude, place.longitude)
        for place in _known_areas().children.get(district, [])
        if place.latitude is not None and place.longitude is not None
    ]
    if not known:
        return None
    # The median: one sub-district with a wrong coordinate moves it little.
    return round(median(at[0] for at in known), 3), round(median(at[1] for at in known), 3)


def agency(slug: str) -> AgencyCard:
    """The agency of this slug; NotFound if there is none."""
    found = _known_offices().agencies.get(slug)
    if found is None:
        raise NotFound(Text(th=f"ไม่มีหน่วยงาน {slug}", en=f"There is no agency {slug}"))
    return found


def agencies() -> list[AgencyCard]:
    return list(_known_offices().agencies.values())


def office(office_id: int) -> OfficeCard:
    """The office with this id; NotFound if there is none."""
    found = _known_offices().by_id.get(office_id)
    if found is None:
        raise NotFound(Text(th="ไม่มีสำนักงานนี้", en="There is no such office"))
    return found


def office_by_slug(slug: str) -> OfficeCard:
    """The office of this slug; NotFound if there is none."""
    found = _known_offices().by_slug.get(slug)
    if found is None:
        raise NotFound(Text(th=f"ไม่มีสำนักงาน {slug}", en=f"There is no office {slug}"))
    return found


def offices_of_kind(kind: str) -> list[OfficeCard]:
    """Every office of a kind, by id."""
    return [card for card in _known_offices().by_id.values() if card.kind == kind]


def office_kinds() -> list[str]:
    """Every kind that some office has."""
    return sorted({card.kind for card in _known_offices().by_id.values()})


def offices_of_agency(slug: str) -> frozenset[int]:
    """The ids of an agency's offices: what a post in the whole agency covers."""
    return _known_offices().of_agency.get(slug, frozenset())


def office_for(kind: str, province: int) -> int | None:
    """The id of the office of a kind responsible for a province (R-001.27); None if there is none."""
    return _known_offices().responsible.get((kind, province))


def responsible(kind: str, code: int) -> int | None:
    """The id of the office of a kind that is closest to an area: its sub-district's, else its district's, else its
    province's; None if there is none."""
    found = _known_offices().responsible
    return next((found[kind, code // step] for step in (1, 100, 10_000) if (kind, code // step) in found), None)


def colleagues(office_id: int) -> list[Colleague]:
    """Who may be given a case of this office today: its officers and seniors, by name."""
    today = clock.today()
    posts = (
        Post.objects.filter(office=office_id, role__in=[Post.Role.OFFICER, Post.Role.SENIOR], since__lte=today)
        .filter(Q(until=None) | Q(until__gte=today))
        .order_by("account__given_name", "account__surname")
        .values_list("account_id", "account__given_name", "account__surname", "role")
    )
    return [Colleague(account, f"{given} {surname}".strip(), role) for account, given, surname, role in posts]


@dataclass(frozen=True, slots=True)
class Held:
    """A post that somebody held on a day. `office` None = the whole agency."""

    agency: str
    office: int | None
    role: str


def posts_on(day: date, accounts: Collection[UUID]) -> dict[UUID, list[Held]]:
    """Which posts these accounts held on a day, for those that held any."""
    rows = Post.objects.filter(account_id__in=accounts, since__lte=day).filter(Q(until=None) | Q(until__gte=day))
    held: dict[UUID, list[Held]] = {}
    for account, agency, office, role in rows.order_by("id").values_list(
        "account_id", "agency_id", "office_id", "role"
    ):
        held.setdefault(account, []).append(Held(agency, office, role))
    return held


def _sorted(parent: int | None, in_language: Language | None) -> list[Place]:
    places = _known_areas().children.get(parent, [])
    if (in_language or language()) == "th":
        return sorted(places, key=lambda place: thai_order(place.name.th))
    return sorted(places, key=lambda place: place.name.en)


def _known_areas() -> _Areas:
    global _areas  # noqa: PLW0603
    if _areas is None:
        rows = Area.objects.values_list(
            "code", "level", "parent_id", "name_th", "name_en", "postcode", "latitude", "longitude"
        ).order_by("code")
        read = _Areas(
            {
                code: Place(code, level, parent, Text(th=th, en=en), postcode, latitude, longitude)
                for code, level, parent, th, en, postcode, latitude, longitude in rows
            }
        )
        if not read.by_code:
            return read  # not loaded yet: ask again next time
        _areas = read
    return _areas


def _known_offices() -> _Offices:
    global _offices  # noqa: PLW0603
    if _offices is None or time.monotonic() - _offices.read_at > _OFFICES_LIVE:
        _offices = _read_offices()
    return _offices


def _read_offices() -> _Offices:
    agencies = {row.slug: _agency_card(row) for row in Agency.objects.order_by("slug")}
    by_id = {row.id: _card(row) for row in Office.objects.order_by("id")}
    responsible = {
        (kind, area_code): office_id
        for kind, area_code, office_id in Jurisdiction.objects.values_list("kind", "area_id", "office_id")
    }
    of_agency = {slug: frozenset(c.id for c in by_id.values() if c.agency == slug) for slug in agencies}
    by_slug = {card.slug: card for card in by_id.values()}
    return _Offices(agencies, by_id, by_slug, of_agency, responsible, time.monotonic())


def _agency_card(row: Agency) -> AgencyCard:
    return AgencyCard(row.slug, row.parent_id, Text(th=row.name_th, en=row.name_en))


def _card(row: Office) -> OfficeCard:
    return OfficeCard(
        id=row.id,
        slug=row.slug,
        agency=row.agency_id,
        kind=row.kind,
        name=Text(th=row.name_th, en=row.name_en),
        address=Text(th=row.address_th, en=row.address_en),
        phone=row.phone,
        email=row.email,
        latitude=row.latitude,
        longitude=row.longitude,
        province=row.province,
    )
