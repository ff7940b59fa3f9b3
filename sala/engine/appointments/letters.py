"""What a visitor is written: booked, moved, cancelled, displaced, missed, and the day before.

A letter tells the visit as it stands when it is written, so that one that was held up never names an old time.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import suppress
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import translation

from sala.engine.appointments import availability, closing_days, links, sheets
from sala.engine.appointments.models import Booking, Visit
from sala.engine.appointments.presenters import clock_words, when_words
from sala.engine.appointments.rules import SECOND_CHANCE
from sala.engine.appointments.states import VisitState
from sala.engine.cases import queries as cases
from sala.engine.messages import letters as post
from sala.engine.messages import queries as sent
from sala.engine.messages import services as messages
from sala.identity.accounts import bereaved as accounts
from sala.identity.directory import queries as directory
from sala.kit import clock, ratelimit
from sala.kit.errors import TooMany
from sala.kit.ids import normal_reference

Context = dict[str, Any]

KINDS: Mapping[VisitState, str] = {
    VisitState.CANCELLED: "visit_cancelled",
    VisitState.DISPLACED: "visit_displaced",
    VisitState.MISSED: "visit_missed",
}
REMINDER = "visit_reminder"
LINK = "visit_link"
BATCH = 500
LINKS = 10
"""How often one network, or for one visit, the link may be sent again in ten minutes."""
TEN_MINUTES = 600


def tell(visit_id: UUID) -> None:
    """Post the letter about the visit's last change, unless it was posted. May be repeated.

    Changes that follow one another before the first letter is written are told once, as they ended.
    """
    visit = Visit.objects.filter(id=visit_id).first()
    kind = _kind(visit) if visit else None
    if visit and kind:
        _post(visit, kind, key=f"visit:{visit.reference}:{visit.sequence}")


def _kind(visit: Visit) -> str | None:
    if visit.state == VisitState.BOOKED:
        return "visit_moved" if visit.sequence else "visit_booked"
    return KINDS.get(VisitState(visit.state))


@transaction.atomic
def send_link(*, reference: str, email: str) -> None:
    """Send the link to a visit once more, if this is the address that it was booked with; once a minute."""
    visit = Visit.objects.filter(reference=normal_reference(reference) or "").first()
    if visit is not None and visit.email.casefold() == email.strip().casefold():
        _post_link(visit)


def send_links_of(*, service: str, persons: Collection[str]) -> None:
    """Send the links to the visits that these persons have for a service, each to its own address.

    For who is told that there is a visit and has lost the letter: the asker learns nothing of it. Call it outside a
    transaction; it is silent about a visit whose link was sent too often.
    """
    theirs = Booking.objects.filter(service=service, person__in=persons, active=True).values("visit")
    for visit in Visit.objects.filter(id__in=theirs).exclude(email=""):
        with suppress(TooMany), transaction.atomic():
            ratelimit.hit(f"visit-link:{visit.reference}", LINKS, TEN_MINUTES)
            _post_link(visit)


def _post_link(visit: Visit) -> None:
    _post(visit, LINK, key=f"visit-link:{visit.reference}:{clock.now():%Y%m%d%H%M}")


def remind(tomorrow: date) -> int:
    """Remind those who come on this day, in batches of a transaction each; how many. May be repeated and resumed."""
    begins, posted = availability.midnight(tomorrow), 0
    coming = Visit.objects.filter(
        state=VisitState.BOOKED,
        starts_at__gte=begins,
        starts_at__lt=begins + timedelta(days=1),
    ).order_by("id")
    last: UUID | None = None
    while rows := list((coming.filter(id__gt=last) if last else coming)[:BATCH]):
        with transaction.atomic():
            posted += _remind(rows)
        last = rows[-1].id
    return posted


def _remind(visits: list[Visit]) -> int:
    keys = {visit.id: f"visit-reminder:{visit.reference}:{visit.starts_at.isoformat()}" for visit in visits}
    done = sent.keys_posted(keys.values())
    # Who booked or moved it today has just been written.
    due = [visit for visit in visits if keys[visit.id] not in done and clock.local_day(visit.booked_at) < clock.today()]
    for visit in due:
        _post(visit, REMINDER, key=keys[visit.id])
    return len(due)


def _post(visit: Visit, kind: str, *, key: str) -> None:
    if accounts.rests(visit.account_id):
        return  # nobody mails the dead
    with translation.override(visit.language):
        letter = post.render(kind, visit.language, _context(visit))
    messages.send(
        key=key,
        to=visit.email,
        language=visit.language,
        subject=letter.subject,
        text=letter.text,
        html=letter.html,
        kind=kind,
        case_reference=visit.reference,
        calendar=sheets.calendar(visit, visit.language),
        code=visit.reference if visit.state == VisitState.BOOKED else "",
        at_once=kind != REMINDER,
    )


def _context(visit: Visit) -> Context:
    """What every letter may name; to be called in the visitor's language."""
    sheet, language = sheets.sheet(visit), visit.language
    agency = directory.agency(sheet.service.agency)
    requests = cases.filed([one.case_id for one in sheet.bookings if one.filed and one.case_id])
    return {
        "sender": agency.name.in_(language),
        "service": sheet.service.name.in_(language),
        "reference": visit.reference,
        "name": visit.name,
        "people": ", ".join(one.name for one in sheet.bookings),
        "many": len(sheet.bookings),
        "requests": len(requests),
        "numbers": ", ".join(one.reference for one in requests),
        "when": when_words(visit.starts_at),
        "time": clock_words(visit.starts_at),
        "office": sheet.office.name.in_(language),
        "office_address": sheet.office.address.in_(language),
        "office_phone": sheet.office.phone,
        "bring": [one.in_(language) for one in sheet.bring],
        "map_url": sheets.directions(sheet.at)[0],
        "visit_url": links.to(visit, language),
        "move_url": links.to(visit, language, "appointments:move"),
        "service_url": f"{settings.PUBLIC_URL}{reverse('catalogue:service', args=[visit.service])}?lang={language}",
        "second_chance": sheet.may_move,
        "until": clock.local_day(visit.starts_at + SECOND_CHANCE),
        "reason": closing_days.reason(visit.office_id, visit.starts_at, visit.ends_at).in_(language),
    }
