"""The station's steps, one page each: card, picture, comparison, people alike, finish, and the slip."""

from __future__ import annotations

from typing import Any

import segno
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from markupsafe import Markup

from sala.identity.enrolment import candidates, codes, levels, seeing, syncing
from sala.identity.enrolment.models import Enrolment
from sala.identity.enrolment.station import pages, services, words
from sala.identity.enrolment.station.comparing import Advice
from sala.identity.enrolment.station.pages import Seat
from sala.identity.enrolment.station.steps import Step
from sala.identity.enrolment.station.views import card_of
from sala.identity.people import queries as people
from sala.kit import audit
from sala.kit.errors import Fault, Invalid, SalaError


@pages.at_step(Step.CARD)
def card(request: HttpRequest, at: Seat, row: Enrolment) -> HttpResponse:
    """The card of somebody whose data came in without connection, compared again."""
    typed, shown, faults = card_of(request)
    if request.method == "POST" and not faults:
        try:
            services.show_card(enrolment=row.id, card=shown, office=at.office, by=at.by)
            return pages.onward(row.id)
        except Invalid as error:
            faults = error.faults
    asks = any(fault.field in {"laser", "expires_on"} for fault in faults)
    context = {"typed": typed, "faults": faults, "asks_reason": asks}
    return pages.step_page(request, row, Step.CARD, status=422 if faults else 200, **context)


@pages.at_step(Step.PHOTOGRAPH, Step.COMPARE, Step.CANDIDATES, Step.FINISH)
def photograph(request: HttpRequest, at: Seat, row: Enrolment) -> HttpResponse:
    """The live picture. Advice is shown, and the officer may take the picture as it is."""
    faults: list[Fault] = []
    advice: list[Advice] = []
    if request.method == "POST":
        try:
            anyway = request.POST.get("anyway") == "yes"
            advice = services.take(enrolment=row.id, data=_posted(request), anyway=anyway, office=at.office, by=at.by)
            if not advice:
                return pages.onward(row.id)
        except Invalid as error:
            faults = error.faults
    status = 422 if faults or advice else 200
    return pages.step_page(request, row, Step.PHOTOGRAPH, status=status, faults=faults, advice=advice)


def _posted(request: HttpRequest) -> bytes:
    file = request.FILES.get("picture")
    if file is None or isinstance(file, list) or (file.size or 0) > seeing.MOST_BYTES:
        return b""
    return bytes(file.read())


@pages.at_step(Step.COMPARE)
def compare(request: HttpRequest, at: Seat, row: Enrolment) -> HttpResponse:
    """The two pictures side by side, the machine's word, and the officer's."""
    faults: list[Fault] = []
    if request.method == "POST":
        try:
            services.decide(
                enrolment=row.id, same=pages.answer(request, "same", "yes", "no"),
                reason=request.POST.get("reason", ""), office=at.office, by=at.by,
            )  # fmt: skip
            return pages.onward(row.id)
        except Invalid as error:
            faults = error.faults
    elif "compared" not in row.proofs:
        syncing.compare(row.id, office=at.office, by=at.by)
        row = pages.row_of(row.id, at)
    typed = {name: request.POST.get(name, "") for name in ("same", "reason")}
    return pages.step_page(request, row, Step.COMPARE, status=422 if faults else 200, faults=faults, typed=typed)


@pages.at_step(Step.CANDIDATES)
def alike(request: HttpRequest, at: Seat, row: Enrolment) -> HttpResponse:
    """Whoever else is like, one after the other."""
    faults: list[Fault] = []
    typed = {name: request.POST.get(name, "") for name in ("same", "reason")}
    if request.method == "POST" or "searched" not in row.proofs:
        try:
            if request.method == "POST":
                _tell_apart(request, row, at)
            else:
                services.search(enrolment=row.id, office=at.office, by=at.by)
            return pages.onward(row.id)
        except SalaError as error:
            faults = error.faults
    waiting = [one for one in candidates.found(row.id) if not one.decision]
    first = waiting[0] if waiting else None
    context: dict[str, Any] = {"one": first, "left": len(waiting), "typed": typed, "faults": faults}
    if first:
        context["likely"] = people.by_id(first.person)
        audit.record(at.by.label, "person.photograph_viewed", f"person:{first.person}", {"office": at.office.id})
    return pages.step_page(request, row, Step.CANDIDATES, status=422 if faults else 200, **context)


def _tell_apart(request: HttpRequest, row: Enrolment, at: Seat) -> None:
    number = request.POST.get("candidate", "")
    services.tell_apart(
        enrolment=row.id, candidate=int(number) if number.isascii() and number.isdigit() else 0,
        same=pages.answer(request, "same", "yes", "no"), reason=request.POST.get("reason", ""),
        office=at.office, by=at.by,
    )  # fmt: skip


@pages.at_step(Step.FINISH)
def finish(request: HttpRequest, at: Seat, row: Enrolment) -> HttpResponse:
    """Everything is decided: for how long the code is good, or that the PIN goes."""
    faults: list[Fault] = []
    if request.method == "POST":
        try:
            services.finish(enrolment=row.id, valid=request.POST.get("valid", ""), office=at.office, by=at.by)
            return pages.onward(row.id)
        except SalaError as error:
            faults = error.faults
    level = levels.reached(row.proofs, levels.Way.OFFICE)
    context = {
        "faults": faults,
        "level": levels.level(level) if level else None,
        "lacking": [levels.WORDS[proof] for proof in levels.lacking("2.3", row.proofs, levels.Way.OFFICE)],
        "valid": list(words.VALID.items()),
        "slip": row.code is not None,
    }
    return pages.step_page(request, row, Step.FINISH, status=422 if faults else 200, **context)


@pages.at_step(Step.DONE)
def done(request: HttpRequest, at: Seat, row: Enrolment) -> HttpResponse:
    """What came of it: the slip with the code, to print; or that it waits for a senior; or that it ended."""
    faults: list[Fault] = []
    if request.method == "POST":
        try:
            services.another_code(enrolment=row.id, valid="week", office=at.office, by=at.by)
            return pages.onward(row.id)
        except SalaError as error:
            faults = error.faults
    code = services.code_of(row, at.by)
    page = "enrolment:code" if row.purpose == Enrolment.Purpose.ENROL else "enrolment:recover_code"
    address = settings.PUBLIC_URL + reverse(page)
    context = {
        "code": codes.shown(code) if code else "",
        "qr": _qr(f"{address}?code={code}") if code else "",
        "address": address.partition("://")[2],
        "office": at.office,
        "faults": faults,
        "mine": row.decided_by == at.by.label,
    }
    return pages.step_page(request, row, Step.DONE, status=409 if faults else 200, **context)


def _qr(link: str) -> Markup:
    code = segno.make(link, error="m", micro=False)
    drawn = code.svg_inline(border=2, svgclass="station-slip__code", lineclass=None, omitsize=True, light="#fff")
    return Markup(drawn)  # noqa: S704 - drawn by us
