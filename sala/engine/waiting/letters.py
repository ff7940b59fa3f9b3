"""What those who wait are written: that they stand in line, that a place is held, that it was not taken."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from django.db import transaction

from sala.engine.appointments import links as visits
from sala.engine.appointments import queries as appointments
from sala.engine.appointments.letters import LINKS, TEN_MINUTES
from sala.engine.cases import links as cases
from sala.engine.catalogue import queries as catalogue
from sala.engine.messages import letters as post
from sala.engine.messages import services as messages
from sala.engine.waiting import links, queries
from sala.engine.waiting.models import Offer, Waiting, WaitingPerson
from sala.engine.waiting.rules import MISSES, is_short
from sala.identity.accounts import bereaved as accounts
from sala.identity.directory import queries as directory
from sala.kit import clock, ratelimit
from sala.kit.errors import TooMany
from sala.kit.ids import normal_reference

if TYPE_CHECKING:  # the row itself belongs to its room
    from sala.engine.appointments.models import Visit

Context = dict[str, Any]
LINK = "waiting_link"


def joined(row: Waiting, position: int) -> None:
    """They stand in line: where, and by when they hear."""
    context = _common(row) | {"position": position, "promised_on": row.promised_on, "misses": MISSES}
    _post(row, "waiting_joined", f"waiting:{row.reference}:joined", context)


def offered(row: Waiting, offer: Offer, *, missed: int) -> None:
    """A place is held for them until a stated hour. `missed`: how many offers were, before this one."""
    context = _common(row) | _offer(offer, row.language) | {"last": missed + 1 >= MISSES and not _short(offer)}
    _post(row, "waiting_offer", f"offer:{offer.id}", context)


def lapsed(row: Waiting, offer: Offer, *, missed: int) -> None:
    """The place went to the next in line; they keep their turn."""
    context = (
        _common(row)
        | _offer(offer, row.language)
        | {
            "position": queries.position(row),
            "counted": not _short(offer),
            "left": MISSES - missed,
        }
    )
    _post(row, "waiting_lapsed", f"offer:{offer.id}:lapsed", context)


def turn_over(row: Waiting) -> None:
    """The second offer was not taken: the turn has ended, and how to begin anew."""
    context = _common(row) | {"service_url": cases.to_service(row.service, row.language)}
    _post(row, "waiting_over", f"waiting:{row.reference}:over", context)


@transaction.atomic
def send_link(*, reference: str, email: str) -> None:
    """Send the link to a turn once more, if this is the address that it was joined with; once a minute."""
    row = Waiting.objects.filter(reference=normal_reference(reference) or "").first()
    if row is not None and row.email and row.email.casefold() == email.strip().casefold():
        _post_link(row)


def send_links_of(*, service: str, persons: Collection[str]) -> None:
    """Send the links to the turns in which these persons wait for a service, as for their visits."""
    theirs = WaitingPerson.objects.filter(service=service, person__in=persons).values("waiting")
    for row in Waiting.objects.filter(id__in=theirs).exclude(email=""):
        with suppress(TooMany), transaction.atomic():
            ratelimit.hit(f"waiting-link:{row.reference}", LINKS, TEN_MINUTES)
            _post_link(row)


def _post_link(row: Waiting) -> None:
    _post(row, LINK, f"waiting-link:{row.reference}:{clock.now():%Y%m%d%H%M}", _common(row))


def offered_again(visit: Visit, offer: Offer) -> None:
    """Another time is held for a visit that the office could not keep."""
    declaration = catalogue.latest(visit.service).declaration
    context = _of_office(visit.office_id, declaration.agency, visit.language) | _offer(offer, visit.language)
    context |= {
        "service": declaration.name.in_(visit.language),
        "name": visit.name,
        "reference": visit.reference,
        "lost": offer.lost,
        "visit_url": visits.to(visit, visit.language),
    }
    letter = post.render("visit_offered_again", visit.language, context)
    _send(
        to=visit.email,
        language=visit.language,
        kind="visit_offered_again",
        key=f"offer:{offer.id}",
        reference=visit.reference,
        letter=letter,
    )


def _offer(offer: Offer, language: str) -> Context:
    return {
        "starts_at": offer.starts_at,
        "until": offer.until,
        "short": _short(offer),
        "offer_url": links.to_offer(offer, language),
    }


def _short(offer: Offer) -> bool:
    return is_short(offer.made_at, offer.until)


def _common(row: Waiting) -> Context:
    declaration = catalogue.version(row.version_id).declaration
    office = appointments.schedule(row.schedule_id).office
    return _of_office(office, declaration.agency, row.language) | {
        "service": declaration.name.in_(row.language),
        "name": row.name,
        "reference": row.reference,
        "people": row.people,
        "turn_url": links.to_turn(row),
    }


def _of_office(office: int, agency: str, language: str) -> Context:
    card = directory.office(office)
    return {
        "sender": directory.agency(agency).name.in_(language),
        "office": card.name.in_(language),
        "office_address": card.address.in_(language),
        "office_phone": card.phone,
    }


def _post(row: Waiting, kind: str, key: str, context: Context) -> None:
    if accounts.rests(row.account_id):
        return  # nobody mails the dead
    letter = post.render(kind, row.language, context)
    _send(to=row.email, language=row.language, kind=kind, key=key, reference=row.reference, letter=letter)


def _send(*, to: str, language: str, kind: str, key: str, reference: str, letter: post.Letter) -> None:
    messages.send(
        key=key,
        to=to,
        language=language,
        subject=letter.subject,
        text=letter.text,
        html=letter.html,
        kind=kind,
        case_reference=reference,
    )
