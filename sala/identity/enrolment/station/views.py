"""The station's first pages: find somebody, begin with them; what came in without connection; and where to go on."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from sala.identity.accounts.requests import actor_of, require_officer
from sala.identity.accounts.views import see
from sala.identity.enrolment import deciding, syncing
from sala.identity.enrolment.models import Enrolment
from sala.identity.enrolment.states import State
from sala.identity.enrolment.station import pages, services, words
from sala.identity.enrolment.station.pages import form, seat
from sala.identity.enrolment.station.steps import Step
from sala.identity.people import queries as people
from sala.identity.people.queries import PersonCard
from sala.identity.registrar import finding, forms, presenters
from sala.identity.registrar.handles import handle, person
from sala.identity.registrar.views import look
from sala.kit import clock
from sala.kit.errors import Fault, SalaError
from sala.kit.ids import uuid7

MOST = 50


@form
@require_officer
def home(request: HttpRequest) -> HttpResponse:
    """Whom to enrol, by number or by name and date of birth; and what is still to be finished here."""
    at = seat(request)
    if request.method != "POST":
        return _home(request, {}, [])
    typed, found, faults = finding.find(request.POST, by=at.by, office=at.office)
    if faults:
        return _home(request, typed, faults)
    if len(found) == 1:
        return see(_address(found[0], request))
    rows = [(pages.name(card), presenters.address(card), _address(card, request)) for card in found]
    return pages.page(request, "matches", rows=rows)


def _home(request: HttpRequest, typed: dict[str, str], faults: list[Fault]) -> HttpResponse:
    at = seat(request)
    context: dict[str, Any] = {
        "office": at.office,
        "widgets": forms.widgets(finding.ASKED, typed, faults),
        "faults": faults,
        "unfinished": _unfinished(at),
        "waiting": deciding.count(at.by),
        "word": syncing.word(at.by),
    }
    return pages.page(request, "home", status=422 if faults else 200, **context)


def _unfinished(at: pages.Seat) -> list[dict[str, Any]]:
    rows = Enrolment.objects.filter(
        way="office", office_id=at.office.id, state=State.STARTED, expires_at__gt=clock.now()
    )
    return [_line(row) for row in rows.order_by("-changed_at")[:MOST]]


def _line(row: Enrolment) -> dict[str, Any]:
    card = people.by_id(row.person_id) if row.person_id else None
    came = row.proofs.get("offline", {}).get("detail", {})
    return {
        "id": row.id,
        "name": pages.name(card) if card else "",
        "purpose": words.PURPOSES[row.purpose],
        "step": words.STEPS.get(pages.step_of(row).value, ""),
        "why": [words.WHY[key] for key in came.get("why", [])],
        "offline": bool(came),
        "at": row.changed_at,
    }


@form
@require_officer
def begin(request: HttpRequest, word: str) -> HttpResponse:
    """Whom it is about, for what, and the card that they show."""
    at = seat(request)
    card = person(word, at.by)
    try:
        services.living(card.id, at.by)
    except SalaError as error:
        return _begin(request, card, {}, error.faults, barred=True)
    if request.method != "POST":
        look(request, card, at.office)
        return _begin(request, card, {}, [])
    typed, shown, faults = card_of(request)
    enrolment, purpose = _number(request), request.POST.get("purpose", "")
    if not faults and enrolment:
        try:
            services.begin(enrolment=enrolment, person=card.id, purpose=purpose, card=shown, office=at.office, by=at.by)
            return pages.onward(enrolment)
        except SalaError as error:
            faults = error.faults
    return _begin(request, card, {**typed, "purpose": purpose}, faults, enrolment=enrolment)


def _begin(
    request: HttpRequest,
    card: PersonCard,
    typed: dict[str, str],
    faults: list[Fault],
    *,
    barred: bool = False,
    enrolment: UUID | None = None,
) -> HttpResponse:
    linked = people.account_of(card.id)
    context: dict[str, Any] = {
        "card": card,
        "faults": faults,
        "typed": typed,
        "barred": barred,
        "enrolment": enrolment or uuid7(),
        "purposes": [
            (key, text, words.PURPOSE_HINTS[key]) for key, text in words.PURPOSES.items() if key == "enrol" or linked
        ],
        "asks_reason": any(fault.field in {"laser", "expires_on"} for fault in faults) or bool(typed.get("reason")),
    }
    return pages.page(request, "begin", status=422 if faults else 200, **context)


def card_of(request: HttpRequest) -> tuple[dict[str, str], services.CardShown, list[Fault]]:
    """What was typed from a card, what it means, and what means nothing."""
    typed = {name: request.POST.get(name, "").strip() for name in ("laser", "expires_on", "reason")}
    day = forms.day(typed["expires_on"]) if typed["expires_on"] else None
    wrong = bool(typed["expires_on"]) and day is None
    faults = [Fault("expires_on", "date", words.DATE)] if wrong else []
    return typed, services.CardShown(typed["laser"], day, typed["reason"]), faults


def _number(request: HttpRequest) -> UUID | None:
    try:
        return UUID(request.POST.get("enrolment", ""))
    except ValueError:
        return None


@require_safe
@require_officer
def go(request: HttpRequest, enrolment: UUID) -> HttpResponse:
    """To the step that the enrolment is at."""
    row = pages.row_of(enrolment, seat(request))
    return see(reverse(f"station:{pages.step_of(row).value}", args=[enrolment]))


@form
@require_officer
def who(request: HttpRequest, enrolment: UUID) -> HttpResponse:
    """Who it is, of a record whose number fitted nobody: the officer looks them up."""
    at = seat(request)
    row = pages.row_of(enrolment, at)
    if row.person_id is not None:
        return pages.onward(enrolment)
    typed: dict[str, str] = {}
    faults: list[Fault] = []
    if request.method == "POST":
        typed, found, faults = finding.find(request.POST, by=at.by, office=at.office)
        if len(found) == 1:
            try:
                syncing.attach(enrolment=enrolment, person=found[0].id, office=at.office, by=at.by)
                return pages.onward(enrolment)
            except SalaError as error:
                faults = error.faults
        elif found:
            faults = [Fault("pid", "several", words.SEVERAL)]
    context = {"widgets": forms.widgets(finding.ASKED, typed, faults), "faults": faults, "why": _line(row)["why"]}
    return pages.step_page(request, row, Step.WHO, status=422 if faults else 200, **context)


def _address(card: PersonCard, request: HttpRequest) -> str:
    return reverse("station:begin", args=[handle(card, actor_of(request))])
