"""What the station's pages share: whose they are, the frame, and where an enrolment stands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from sala.identity.accounts.actor import Actor
from sala.identity.accounts.requests import actor_of, private, require_officer
from sala.identity.accounts.views import see
from sala.identity.directory.queries import OfficeCard
from sala.identity.enrolment import candidates
from sala.identity.enrolment.models import Enrolment
from sala.identity.enrolment.station import services, steps, words
from sala.identity.enrolment.station.steps import Step
from sala.identity.people import queries as people
from sala.identity.people.queries import PersonCard
from sala.identity.registrar import presenters
from sala.identity.registrar.permissions import check_keeps

form = require_http_methods(["GET", "HEAD", "POST"])


@dataclass(frozen=True, slots=True)
class Seat:
    """An officer at their station."""

    by: Actor
    office: OfficeCard


def seat(request: HttpRequest) -> Seat:
    """Who sits there. Raises NotFound for who keeps no register."""
    by = actor_of(request)
    return Seat(by, check_keeps(by))


def row_of(enrolment: UUID, at: Seat) -> Enrolment:
    """An enrolment of this office, to be shown. Raises NotFound."""
    return services.locked(enrolment, at.office, waits=False)


def step_of(row: Enrolment) -> Step:
    """The step that it is at."""
    undecided = candidates.undecided(row.id)
    known = row.person_id is not None
    return steps.following(state=row.state, known=known, purpose=row.purpose, done=row.proofs, undecided=undecided)


StepView = Callable[[HttpRequest, Seat, Enrolment], HttpResponse]


def at_step(*wanted: Step) -> Callable[[StepView], Callable[[HttpRequest, UUID], HttpResponse]]:
    """A page of these steps, for the officer at the enrolment's office; one that is elsewhere leads to where it is."""

    def decorate(view: StepView) -> Callable[[HttpRequest, UUID], HttpResponse]:
        @form
        @require_officer
        @wraps(view)
        def shown(request: HttpRequest, enrolment: UUID) -> HttpResponse:
            at = seat(request)
            row = row_of(enrolment, at)
            return view(request, at, row) if step_of(row) in wanted else onward(enrolment)

        return shown

    return decorate


def onward(enrolment: UUID) -> HttpResponse:
    """To whatever comes next."""
    return see(reverse("station:go", args=[enrolment]))


def step_page(request: HttpRequest, row: Enrolment, step: Step, *, status: int = 200, **context: Any) -> HttpResponse:
    """One step of an enrolment, with whom it is about and how far it is."""
    card = people.by_id(row.person_id) if row.person_id else None
    shown: dict[str, Any] = {
        "row": row,
        "card": card,
        "step": step.value,
        "steps": [(one.value, words.STEPS[one.value]) for one in steps.steps(row.purpose)],
        "purpose": words.PURPOSES[row.purpose],
        "offline": _offline(row),
        "compared": row.proofs.get("compared", {}).get("detail"),
    }
    return page(request, step.value, status=status, **{**shown, **context})


def _offline(row: Enrolment) -> tuple[datetime, datetime] | None:
    """When it was captured without connection, and when it came in."""
    told = row.proofs.get("offline")
    if told is None:
        return None
    return datetime.fromisoformat(told["detail"]["captured_at"]), datetime.fromisoformat(told["at"])


def page(request: HttpRequest, template: str, *, status: int = 200, **context: Any) -> HttpResponse:
    """A page that no cache keeps."""
    shown = {"nav": "desk", "faults": [], "show": presenters, **context}
    return private(render(request, f"station/{template}.html", shown, status=status))


def name(card: PersonCard) -> str:
    return presenters.name(card)


def answer(request: HttpRequest, field: str, yes: str, no: str) -> bool | None:
    """A choice of two as posted; None where none was made."""
    return {yes: True, no: False}.get(request.POST.get(field, ""))
