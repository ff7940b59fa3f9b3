"""Calendars of an office's visits, or of one officer's own, for the calendar program of whoever works there.

The address is the secret: it is shown once, stored as a hash, and can be revoked. It opens no more than its owner's
post does today, and tells no more of a visitor than a number, the service and how many come.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse

from sala.engine.appointments import entries
from sala.engine.appointments.models import Feed, Visit
from sala.engine.appointments.office import overview
from sala.engine.appointments.office.permissions import Permission, can, check
from sala.engine.appointments.states import VisitState
from sala.engine.documents.calendar import PRODUCT
from sala.identity.accounts.actor import Actor
from sala.identity.accounts.names import names
from sala.identity.accounts.queries import officer
from sala.identity.directory import queries as directory
from sala.kit import audit, clock
from sala.kit.errors import Conflict, Forbidden, NotFound
from sala.kit.ids import hash_token, new_token
from sala.kit.text import Text

MOST = 5
"""Addresses that one person has of one office: a telephone, a desk, a wall."""
BACK = timedelta(days=30)
MOST_ENTRIES = 5_000
_REFRESH = timedelta(minutes=15)
_STANDS = {VisitState.BOOKED, VisitState.ATTENDED, VisitState.MISSED}
_ENOUGH = Text(
    th=f"ท่านมีที่อยู่ปฏิทินของสำนักงานนี้ครบ {MOST} รายการแล้ว โปรดยกเลิกรายการที่ไม่ใช้ก่อน",
    en=f"You have {MOST} calendar addresses of this office, which is the most. Revoke one that you do not use first",
)


@dataclass(frozen=True, slots=True)
class FeedCard:
    """An address that works. The address itself is stored nowhere."""

    id: int
    own: bool
    made_at: datetime
    owner: str
    mine: bool


@dataclass(frozen=True, slots=True)
class Rendered:
    """A calendar as it stands. The tag changes when, and only when, the calendar does."""

    content: bytes
    etag: str


@transaction.atomic
def make(*, office: int, own: bool, by: Actor) -> str:
    """Make an address of the office's visits, or of the actor's own (whose case they have claimed); its token.

    The token cannot be shown again.
    """
    account = _person(by)
    check(by, Permission.VIEW, office=office)
    if Feed.objects.filter(office=office, account=account, revoked_at=None).count() >= MOST:
        raise Conflict(_ENOUGH)
    token = new_token()
    feed = Feed.objects.create(token_hash=hash_token(token), office_id=office, account_id=account, own=own)
    audit.record(by.label, "calendar_feed.made", f"office:{office}", {"feed": feed.id, "own": own})
    return token


@transaction.atomic
def revoke(*, feed: int, by: Actor) -> None:
    """End an address: one's own, or anybody's at an office that one manages. Revoked ones stay so."""
    row = Feed.objects.select_for_update().filter(id=feed).first()
    if row is None or not _may_revoke(by, row):
        raise NotFound
    if row.revoked_at is None:
        row.revoked_at = clock.now()
        row.save(update_fields=["revoked_at"])
        audit.record(by.label, "calendar_feed.revoked", f"office:{row.office_id}", {"feed": row.id})


def feeds_of(*, office: int, by: Actor) -> list[FeedCard]:
    """The addresses of the office that work: the actor's own; for who manages it, everybody's."""
    rows = Feed.objects.filter(office=office, revoked_at=None)
    if not can(by, Permission.CHANGE, office=office):
        rows = rows.filter(account=by.account_id)
    found = list(rows.order_by("-made_at"))
    called = names(f"account:{row.account_id}" for row in found)
    return [
        FeedCard(
            row.id, row.own, row.made_at, called.get(f"account:{row.account_id}", ""), row.account_id == by.account_id
        )
        for row in found
    ]


def address_of(token: str) -> str:
    """Where a calendar program finds it."""
    return f"{settings.PUBLIC_URL}{reverse('calendar_feed', args=[token])}"


def render(token: str) -> Rendered:
    """The calendar behind an address; NotFound where it was revoked, or its owner no longer works there."""
    from icalendar import Calendar  # as late as in entries

    feed = Feed.objects.filter(token_hash=hash_token(token), revoked_at=None).first()
    owner = officer(feed.account_id) if feed else None
    if feed is None or owner is None or not can(owner, Permission.VIEW, office=feed.office_id):
        raise NotFound
    card = directory.office(feed.office_id)
    whole = Calendar()
    whole.add("version", "2.0")
    whole.add("prodid", PRODUCT)
    whole.add("x-wr-calname", card.name.in_(owner.language))
    whole.add("refresh-interval", _REFRESH, parameters={"value": "DURATION"})
    whole.add("x-published-ttl", "PT15M")
    for visit in _visible(_visits(feed)[:MOST_ENTRIES], owner):
        stamp = visit.ended_at or visit.booked_at
        whole.add_component(entries.event(_entry(visit, card), language=owner.language, stamp=stamp, alarms=False))
    content = bytes(whole.to_ical())
    return Rendered(content, f'"{hashlib.blake2b(content, digest_size=16).hexdigest()}"')


def _visits(feed: Feed) -> QuerySet[Visit]:
    rows = Visit.objects.filter(office=feed.office_id, starts_at__gte=clock.now() - BACK)
    if feed.own:
        rows = rows.filter(bookings__case__claimed_by=feed.account_id).distinct()
    return rows.exclude(Q(account=feed.account_id)).prefetch_related("bookings__case").order_by("starts_at", "id")


def _visible(visits: Iterable[Visit], owner: Actor) -> list[Visit]:
    """Those of the services that the owner's post is for."""
    return [one for one in visits if can(owner, Permission.VIEW, office=one.office_id, service=one.service)]


def _entry(visit: Visit, office: directory.OfficeCard) -> entries.Entry:
    name = overview.service_name(visit.service)
    many = Text(th=f"{visit.people} คน", en=f"{visit.people} person" if visit.people == 1 else f"{visit.people} people")
    return entries.Entry(
        reference=visit.reference,
        starts_at=visit.starts_at,
        ends_at=visit.ends_at,
        sequence=visit.sequence,
        stands=VisitState(visit.state) in _STANDS,
        summary=Text(th=f"{name.th} · {visit.reference} · {many.th}", en=f"{name.en} · {visit.reference} · {many.en}"),
        description=Text(th=f"{name.th}\n{visit.reference}\n{many.th}", en=f"{name.en}\n{visit.reference}\n{many.en}"),
        place=office.name,
        url=_desk_address(visit),
    )


def _desk_address(visit: Visit) -> str:
    """The case of the first who comes: open it before they sit down."""
    references = sorted(booking.case.reference for booking in visit.bookings.all() if booking.case)
    page = reverse("desk:case", args=references[:1]) if references else reverse("desk:home")
    return f"{settings.PUBLIC_URL}{page}"


def _person(by: Actor) -> UUID:
    if by.account_id is None:
        raise Forbidden
    return by.account_id


def _may_revoke(by: Actor, feed: Feed) -> bool:
    return (by.account_id is not None and by.account_id == feed.account_id) or can(
        by, Permission.CHANGE, office=feed.office_id
    )
