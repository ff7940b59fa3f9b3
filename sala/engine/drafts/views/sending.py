"""Check your answers, send, and what you are told then."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from sala.engine.appointments import access as visit_access
from sala.engine.appointments import letters as visit_letters
from sala.engine.appointments import links as visit_links
from sala.engine.appointments import queries as appointments
from sala.engine.appointments import sheets
from sala.engine.appointments.booking import AlreadyBooked, Taken
from sala.engine.cases import holder, links
from sala.engine.cases import queries as cases
from sala.engine.catalogue import browsing
from sala.engine.catalogue import queries as catalogue
from sala.engine.catalogue.loaded import Loaded
from sala.engine.drafts import content as contents
from sala.engine.drafts import sending, services, visiting, words
from sala.engine.drafts.access import language_of, with_draft
from sala.engine.drafts.content import Content, Place
from sala.engine.drafts.models import Draft
from sala.engine.drafts.sending import Outlook, Prospect
from sala.engine.drafts.views import visit
from sala.engine.drafts.views.filling import address
from sala.engine.waiting import queries as waiting
from sala.engine.waiting.keys import key_of_turn
from sala.engine.waiting.waitlist import AlreadyWaiting, PlacesFree
from sala.identity.accounts import passkeys
from sala.identity.accounts.actor import Actor
from sala.identity.accounts.requests import actor_of, network_of
from sala.identity.wallet import proving
from sala.identity.wallet.pins import PinLocked
from sala.kit import clock, ratelimit
from sala.kit.errors import Conflict, Fault, Invalid, SalaError, TooMany

LINKS_A_DRAFT = 3
"""How often one draft has the link to a visit sent again in ten minutes."""


@dataclass(frozen=True, slots=True)
class Card:
    """The answers of one page, to be checked."""

    title: str
    change: str
    rows: list[dict[str, str]]
    recalled: bool
    missing: bool


@dataclass(frozen=True, slots=True)
class Sheet:
    """The pages of one person (or thing), or the shared ones, under one heading."""

    heading: str
    cards: list[Card]
    prospect: Prospect | None


@require_http_methods(["GET", "HEAD", "POST"])
@with_draft
def check(request: HttpRequest, draft: Draft) -> HttpResponse:
    """All answers on one page, each with the way to change it; then send."""
    if draft.submitted_at is not None:
        return HttpResponseRedirect(reverse("drafts:done", args=[draft.id]), status=303)
    if request.method == "POST":
        return _send(request, draft)
    return _review(request, draft)


def _send(request: HttpRequest, draft: Draft) -> HttpResponse:
    """A service with a digital ID is sent by who proves at this moment that it is they."""
    by, proven = actor_of(request), tuple[str, ...]()
    if holder.asks_for_id(catalogue.current(draft.service)):
        try:
            proven = proving.prove(request.POST, strong=False, by=by)
        except (Invalid, PinLocked, TooMany) as unproven:
            return _review(request, draft, unproven=unproven)
    return _sent(request, draft, by, proven)


def _sent(request: HttpRequest, draft: Draft, by: Actor, proven: tuple[str, ...]) -> HttpResponse:
    try:
        sent = sending.send(
            draft=draft.id,
            by=by,
            language=language_of(),
            file_early="file_early" in request.POST,
            network=network_of(request),
            proven=proven,
        )
    except Invalid as invalid:
        return _not_sent(request, draft, invalid)
    except Taken as refused:
        return visit.taken(request, draft, refused)
    except PlacesFree:
        # Somebody cancelled meanwhile: there is no need to wait.
        return HttpResponseRedirect(reverse("drafts:visit_day", args=[draft.id, _schedule(draft)]), status=303)
    except Conflict as refused:
        return _refused(request, draft, refused)
    if sent.waiting:
        return HttpResponseRedirect(_turn(sent.waiting.reference, sent.waiting.key), status=303)
    page = "drafts:done" if sent.filed else "drafts:kept"
    return HttpResponseRedirect(reverse(page, args=[draft.id]), status=303)


def _not_sent(request: HttpRequest, draft: Draft, invalid: Invalid) -> HttpResponse:
    """Something is missing, or the time can no longer be booked: each is told where it is mended."""
    if of_time := [fault for fault in invalid.faults if visit.is_of_time(fault)]:
        return visit.not_bookable(request, draft, of_time)
    if twice := next((fault for fault in invalid.faults if fault.field == "answers"), None):
        return _refused(request, draft, Conflict(twice.message))
    return HttpResponseRedirect(f"{reverse('drafts:check', args=[draft.id])}?missing", status=303)


def _refused(request: HttpRequest, draft: Draft, refused: Conflict) -> HttpResponse:
    """It cannot be booked: why, and where there is a visit or a turn already the way to it, for whose it is."""
    service = catalogue.current(draft.service)
    href = ""
    if isinstance(refused, AlreadyBooked) and refused.reference:
        href = reverse("appointments:visit", args=[refused.reference])
    if isinstance(refused, AlreadyWaiting) and refused.reference:
        href = reverse("waiting:turn", args=[refused.reference])
    context = {
        "draft": draft,
        "service": service.declaration,
        "message": refused.message,
        "already": isinstance(refused, (AlreadyBooked, AlreadyWaiting)),
        "href": href,
        "back": reverse("drafts:check", args=[draft.id]),
    }
    return render(request, "drafts/already_booked.html", context, status=409)


@require_http_methods(["GET", "HEAD", "POST"])
@with_draft
def link_again(request: HttpRequest, draft: Draft) -> HttpResponse:
    """Who has a visit already and has lost its letter has the link sent again, to the address of that visit.

    The same is said whether anything was sent or not: a draft may name anybody.
    """
    if draft.submitted_at is not None:
        return HttpResponseRedirect(reverse("drafts:done", args=[draft.id]), status=303)
    if request.method == "POST":
        ratelimit.hit(f"link-again:{network_of(request)}", visit_letters.LINKS, visit_letters.TEN_MINUTES)
        ratelimit.hit(f"link-again:{draft.id}", LINKS_A_DRAFT, visit_letters.TEN_MINUTES)
        sending.send_links(draft, by=actor_of(request))
        return HttpResponseRedirect(f"{reverse('drafts:link_again', args=[draft.id])}?sent", status=303)
    if "sent" not in request.GET:
        return HttpResponseRedirect(reverse("drafts:check", args=[draft.id]))
    context = {
        "draft": draft,
        "service": catalogue.current(draft.service).declaration,
        "back": reverse("drafts:check", args=[draft.id]),
    }
    return render(request, "drafts/link_again.html", context)


def _schedule(draft: Draft) -> int:
    return contents.read(draft.content).visit.schedule


def _turn(reference: str, key: str) -> str:
    return f"{reverse('waiting:turn', args=[reference])}?{urlencode({'key': key})}"


def _review(request: HttpRequest, draft: Draft, *, unproven: SalaError | None = None) -> HttpResponse:
    """`unproven`: why they could not show that it is they."""
    service = catalogue.current(draft.service)
    content = contents.read(draft.content)
    services.tell(service, content, actor_of(request))
    ahead = sending.outlook(service, content, clock.today())
    last = list(contents.places(service, content))[-1]
    context = {
        "draft": draft,
        "hold": visit.strip(draft, content),
        "waiting": visit.waiting_at(content),
        "service": service.declaration,
        "sheets": _sheets(draft, service, content, ahead),
        "missing": _missing(draft, service, content, ahead),
        "outlook": ahead,
        "early": [prospect for prospect in ahead.prospects if prospect.is_early],
        "late": [prospect for prospect in ahead.prospects if prospect.window and prospect.window.standing == "late"],
        "names": _names(service, content),
        "promise": browsing.promise(service.declaration.time[0]),
        "recalled": bool(content.recalled_on),
        "back": address(draft, last),
        "title_error": "missing" in request.GET or unproven is not None,
        "faults": _faults(unproven),
        "proof": proving.offered(by=actor_of(request)) if holder.asks_for_id(service) else None,
        "origin": passkeys.site().origin,
    }
    return render(request, "drafts/check.html", context, status=unproven.status if unproven else 200)


def _faults(unproven: SalaError | None) -> list[Fault]:
    if unproven is None or isinstance(unproven, Invalid):
        return unproven.faults if unproven else []
    return [Fault("pin", unproven.code, unproven.message)]


def _rows(service: Loaded, page: str, content: Content) -> list[dict[str, str]]:
    told = service.rows(page, content.answers, language_of())
    return [{"key": row.label, "value": row.text} for row in told if row.text]


def _told(service: Loaded, content: Content) -> list[Sheet]:
    """What the civil register says, which nobody changes here."""
    pages = [(key, page) for key, page in service.pages.items() if page.told]
    cards = [
        Card(title=str(page.title), change="", rows=_rows(service, key, content), recalled=False, missing=False)
        for key, page in pages
    ]
    return [Sheet("", cards, None)] if cards else []


def _sheets(draft: Draft, service: Loaded, content: Content, ahead: Outlook) -> list[Sheet]:
    """Shared pages and each entry's, in the order of the form."""
    by_number = {prospect.number: prospect for prospect in ahead.prospects}
    split = contents.split_group(service)
    sheets: list[Sheet] = _told(service, content)
    gathered: dict[tuple[str, int], list[Card]] = {}
    wrong = {finding.place for prospect in ahead.prospects for finding in prospect.findings}
    for place in contents.places(service, content):
        if place.is_list:
            continue
        cards = gathered.setdefault((place.group, place.number), [])
        if not cards:
            prospect = by_number.get(place.number) if place.group == split else None
            sheets.append(Sheet(_heading(service, content, place), cards, prospect))
        cards.append(_card(draft, service, content, place, missing=place in wrong or place in ahead.open_places))
    return sheets


def _card(draft: Draft, service: Loaded, content: Content, place: Place, *, missing: bool) -> Card:
    language = language_of()
    answers = contents.answers_at(content, place)
    chosen = visiting.starts_at(contents.read(draft.content).visit)
    day = clock.local_day(chosen) if chosen else None
    told = [row for row in service.rows(place.page, answers, language, visit_day=day) if row.text]
    rows = [{"key": row.label, "value": row.text, "notice": row.notice} for row in told]
    part = contents.part_at(content, place)
    return Card(
        title=str(service.pages[place.page].title),
        change=address(draft, place),
        rows=rows,
        recalled=part is not None and place.page in part.recalled,
        missing=missing,
    )


def _heading(service: Loaded, content: Content, place: Place) -> str:
    if not place.group:
        return ""
    part = contents.part_at(content, place)
    label = contents.label_of(service, part, place.group) if part else ""
    return label or f"{service.groups[place.group].item} {place.number}"


def _names(service: Loaded, content: Content) -> dict[int, str]:
    """How each coming case is called, by its number; empty where there is only one."""
    group = contents.split_group(service)
    entries = content.entries.get(group, []) if group else []
    if len(entries) < 2:
        return {}
    return {number: _heading(service, content, Place("-", group, number)) for number in range(1, len(entries) + 1)}


def _missing(draft: Draft, service: Loaded, content: Content, ahead: Outlook) -> list[dict[str, str]]:
    """What keeps the draft from being sent, a line and a link for each page."""
    lines: dict[Place, str] = {}
    first = visit.next_address(draft, service, content)
    for place in ahead.open_places:
        lines[place] = _where(service, content, place)
    for prospect in ahead.prospects:
        for finding in prospect.findings:
            if finding.place not in lines:
                lines[finding.place] = f"{_where(service, content, finding.place)}: {finding.fault.message}"
    unchosen = [{"text": str(words.NO_TIME_CHOSEN), "href": first}] if first else []
    return unchosen + [{"text": text, "href": address(draft, place)} for place, text in lines.items()]


def _where(service: Loaded, content: Content, place: Place) -> str:
    if place.is_list:
        return str(service.groups[place.group].title) if place.group else ""
    title = str(service.pages[place.page].title)
    return f"{_heading(service, content, place)} – {title}" if place.group else title


@require_safe
@with_draft
def kept(request: HttpRequest, draft: Draft) -> HttpResponse:
    """Too early: kept, and filed on its day if that was agreed."""
    if draft.submitted_at is not None:
        return HttpResponseRedirect(reverse("drafts:done", args=[draft.id]))
    service = catalogue.current(draft.service)
    ahead = sending.outlook(service, contents.read(draft.content), clock.today())
    context = {"draft": draft, "service": service.declaration, "first_day": ahead.first_early_day}
    return render(request, "drafts/kept.html", context)


@require_safe
@with_draft
def done(request: HttpRequest, draft: Draft) -> HttpResponse:
    """The acknowledgement (R-001.25, .26): numbers, and the day and hour by which the answer comes."""
    if booked := appointments.of_draft(draft.id):
        return _booked(request, draft, booked.id)
    if turn := waiting.turn_of_draft(draft.id):
        return HttpResponseRedirect(_turn(turn.reference, key_of_turn(turn.id)))
    filed = cases.filed_of(draft.id)
    if not filed:
        return HttpResponseRedirect(reverse("drafts:resume", args=[draft.id]))
    service = catalogue.version(filed[-1].version_id)
    context: dict[str, Any] = {
        "draft": draft,
        "service": service.declaration,
        "cases": filed,
        "links": {case.id: links.to(case, language_of()) for case in filed},
        "due_at": max(case.due_at for case in filed),
        "email": filed[0].email,
        "late": [case for case in filed if case.late],
    }
    return render(request, "drafts/done.html", context)


def _booked(request: HttpRequest, draft: Draft, visit_id: UUID) -> HttpResponse:
    """The visit that was booked: number, code, day, place, what to bring (R-001.56)."""
    booked = appointments.visit(visit_id)
    sheet = sheets.sheet(booked)
    context = {
        "draft": draft,
        "service": sheet.service,
        "sheet": sheet,
        "directions": sheets.directions(sheet.at),
        "cases": cases.filed([one.case_id for one in sheet.bookings if one.case_id]),
        "link": visit_links.to(booked, language_of()),
    }
    response = render(request, "drafts/booked.html", context)
    visit_access.hold(request, response, booked)
    return response
