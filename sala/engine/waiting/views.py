"""A turn on the waiting list, and an offer to answer: each opened by the key from its letter, or by its account."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from sala.engine.appointments import lost_letter
from sala.engine.appointments.booking import AlreadyBooked
from sala.engine.appointments.keys import key_of as visit_key
from sala.engine.appointments.presenters import clock_words, time_of, value_of, weekday_words, when_words
from sala.engine.catalogue import queries as catalogue
from sala.engine.waiting import access, letters, offers, queries, rules, waitlist, words
from sala.engine.waiting.access import Offered
from sala.engine.waiting.keys import key_of_offer, key_of_turn, same
from sala.engine.waiting.models import Waiting
from sala.engine.waiting.offers import OfferOver
from sala.engine.waiting.states import OfferState
from sala.identity.accounts.actor import ANONYMOUS
from sala.identity.accounts.requests import actor_of, private, require_account
from sala.identity.directory import queries as directory
from sala.kit import clock, live
from sala.kit.errors import Conflict, Invalid, NotFound
from sala.kit.text import Text

BOTH = ["GET", "HEAD", "POST"]


# --- A turn -------------------------------------------------------------------------------------------


@require_safe
def turn(request: HttpRequest, reference: str) -> HttpResponse:
    """How far the line has come. `?key=` opens it and leaves the address."""
    if key := request.GET.get("key"):
        return _opened(request, queries.turn_by_reference(reference, key=key), key)
    row = _turn(request, reference)
    if row is None:
        return _to_link(reference)
    context = {
        "row": row,
        "standing": row.state in queries.STANDING,
        "position": queries.position(row) if row.state in queries.STANDING else 0,
        "offer": queries.open_offer(row),
        "missed": queries.misses(row),
        "most": rules.MISSES,
        "joined": request.GET.get("joined") is not None,
        "visit": queries.visit_of(row),
        "live": live.ticket([f"case:{row.reference}"]),
        **_about(row),
    }
    return private(render(request, "waiting/turn.html", context))


@require_http_methods(BOTH)
def leave(request: HttpRequest, reference: str) -> HttpResponse:
    """Leave the list, after asking."""
    row = _turn(request, reference)
    if row is None:
        return require_account(_gone)(request) if request.method == "POST" else _to_link(reference)
    here = reverse("waiting:turn", args=[row.reference])
    if request.method == "POST":
        waitlist.leave(waiting=row.id)
    if request.method == "POST" or row.state not in queries.STANDING:
        return private(HttpResponseRedirect(here, status=303))
    context = {"row": row, "back": here, "position": queries.position(row), **_about(row)}
    return private(render(request, "waiting/leave.html", context))


@require_http_methods(BOTH)
def link(request: HttpRequest, reference: str) -> HttpResponse:
    """Who has lost the letter has it sent again, to the address given when joining; as for a visit."""
    here = reverse("waiting:turn", args=[reference])
    if _is_theirs(request, reference):
        return private(HttpResponseRedirect(here, status=303))
    return lost_letter.page(
        request,
        reference,
        kind="waiting",
        template="waiting/link.html",
        here=here,
        no_email=words.NO_EMAIL,
        send=letters.send_link,
    )


def _is_theirs(request: HttpRequest, reference: str) -> bool:
    try:
        access.turn(request, reference)
    except NotFound:
        return False
    return True


def _to_link(reference: str) -> HttpResponse:
    return private(HttpResponseRedirect(reverse("waiting:link", args=[reference])))


def _opened(request: HttpRequest, row: Waiting, key: str) -> HttpResponse:
    """To the page itself; the browser keeps the key, the address does not."""
    if not same(key, key_of_turn(row.id)):
        raise NotFound
    response = HttpResponseRedirect(request.path)
    access.hold_turn(request, response, row)
    return private(response)


def _turn(request: HttpRequest, reference: str) -> Waiting | None:
    """The turn of the address; None for somebody signed out who may yet sign in."""
    try:
        return access.turn(request, reference)
    except NotFound:
        if actor_of(request) is ANONYMOUS:
            return None
        raise


def _gone(request: HttpRequest) -> HttpResponse:
    raise NotFound


def _about(row: Waiting) -> dict[str, object]:
    """What every page of a turn names."""
    declaration = catalogue.version(row.version_id).declaration
    return {
        "service": declaration.name,
        "slug": row.service,
        "office": directory.office(queries.office_of(row.schedule_id)),
        "nav": "mine" if row.account_id else "track",
    }


# --- An offer -----------------------------------------------------------------------------------------


@require_http_methods(BOTH)
def offer(request: HttpRequest, offer: UUID) -> HttpResponse:
    """What is held and until when; a POST takes it, or holds another time instead."""
    if key := request.GET.get("key"):
        return _opened_offer(request, offer, key)
    found = _offered(request, offer)
    if found is None:
        return require_account(_gone)(request)
    if request.method != "POST":
        return private(_offer_page(request, found))
    return private(_choose(request, found) if "choose" in request.POST else _accept(request, found))


@require_http_methods(BOTH)
def decline(request: HttpRequest, offer: UUID) -> HttpResponse:
    """Give the place on, after saying what becomes of the turn."""
    found = _offered(request, offer)
    if found is None:
        return require_account(_gone)(request)
    here = reverse("waiting:offer", args=[offer])
    if request.method == "POST":
        offers.decline(offer=offer)
        return private(HttpResponseRedirect(here, status=303))
    if not _is_open(found):
        return private(HttpResponseRedirect(here))
    return private(render(request, "waiting/decline.html", {**_facts(found), "back": here}))


def _accept(request: HttpRequest, found: Offered) -> HttpResponse:
    try:
        reference, key = offers.accept(offer=found.offer.id, by=found.by)
    except OfferOver as over:
        fresh = access.offered(request, found.offer.id)
        return _offer_page(request, fresh, error=over.message, status=409)
    except AlreadyBooked as booked:
        return _offer_page(request, found, error=booked.message, status=409)
    except Invalid as invalid:
        return _offer_page(request, found, faults=invalid, status=422)
    return HttpResponseRedirect(f"{reverse('appointments:visit', args=[reference])}?key={key}", status=303)


def _choose(request: HttpRequest, found: Offered) -> HttpResponse:
    starts_at = time_of(request.POST.get("at", "")[:40])
    error: Text | None = None
    if starts_at is None:
        error = words.CHOOSE_A_TIME
    elif starts_at != found.offer.starts_at:
        try:
            offers.choose(offer=found.offer.id, starts_at=starts_at)
        except OfferOver as over:
            error = over.message
        except (Conflict, Invalid):
            error = words.NOT_THAT_TIME
    if error:
        fresh = access.offered(request, found.offer.id)
        return _offer_page(request, fresh, error=error, status=422 if starts_at is None else 409)
    return HttpResponseRedirect(f"{reverse('waiting:offer', args=[found.offer.id])}?chosen", status=303)


def _offer_page(
    request: HttpRequest,
    found: Offered,
    *,
    error: Text | None = None,
    faults: Invalid | None = None,
    status: int = 200,
) -> HttpResponse:
    others = offers.others(found.offer) if _is_open(found) else []
    context = {
        **_facts(found),
        "is_open": _is_open(found),
        "others": [(value_of(one), weekday_words(clock.local_day(one)), clock_words(one)) for one in others],
        "error": error,
        "wrong": [fault.message for fault in faults.faults] if faults else [],
        "chosen": "chosen" in request.GET,
        "booked": (booked := queries.visit_of_offer(found.offer)),
        "booked_key": visit_key(booked.id, booked.key_version) if booked else "",
    }
    return render(request, "waiting/offer.html", context, status=status)


def _facts(found: Offered) -> dict[str, object]:
    """What every page of an offer names."""
    offer, turn, visit = found.offer, found.turn, found.visit
    if turn:
        about = _about(turn) | {"name": turn.name, "people": turn.people, "reference": turn.reference}
    else:
        assert visit  # noqa: S101 - a constraint: an offer is to a turn or to a visit
        about = {
            "service": catalogue.latest(visit.service).declaration.name,
            "slug": visit.service,
            "office": directory.office(visit.office_id),
            "nav": "mine" if visit.account_id else "track",
            "name": visit.name,
            "people": visit.people,
            "reference": visit.reference,
        }
    missed = queries.misses(turn) if turn else 0
    return about | {
        "offer": offer,
        "turn": turn,
        "visit": visit,
        "when": when_words(offer.starts_at),
        "lost": when_words(offer.lost) if offer.lost else "",
        "turn_key": key_of_turn(turn.id) if turn else "",
        "visit_key": visit_key(visit.id, visit.key_version) if visit else "",
        "last": turn is not None and rules.turn_ends(missed + queries.counts(offer)),
        "short": rules.is_short(offer.made_at, offer.until),
        "turn_kept": turn is not None and turn.state in queries.STANDING,
        "position": queries.position(turn) if turn and turn.state in queries.STANDING else 0,
    }


def _is_open(found: Offered) -> bool:
    standing = found.turn is None or found.turn.state in queries.STANDING
    return found.offer.state == OfferState.OPEN and found.offer.until > clock.now() and standing


def _opened_offer(request: HttpRequest, offer: UUID, key: str) -> HttpResponse:
    if not same(key, key_of_offer(offer)):
        raise NotFound
    queries.offered(offer)
    response = HttpResponseRedirect(request.path)
    access.hold_offer(request, response, offer)
    return private(response)


def _offered(request: HttpRequest, offer: UUID) -> Offered | None:
    try:
        return access.offered(request, offer)
    except NotFound:
        if actor_of(request) is ANONYMOUS:
            return None
        raise
