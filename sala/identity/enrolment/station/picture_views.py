"""Pictures for the station's pages: to the officer who has them before them, kept by no cache, each look told."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from sala.identity.accounts.requests import private, require_officer
from sala.identity.enrolment import candidates, portraits
from sala.identity.enrolment.models import Enrolment
from sala.identity.enrolment.states import State
from sala.identity.enrolment.station import comparing
from sala.identity.enrolment.station.pages import Seat, seat
from sala.kit import audit
from sala.kit.errors import NotFound


@require_safe
@require_officer
def live(request: HttpRequest, enrolment: UUID) -> HttpResponse:
    """The picture that was taken for this enrolment."""
    row = _before(enrolment, seat(request))
    found = portraits.opened(row.id)
    return _picture(found.data, found.media_type) if found else _none()


@require_safe
@require_officer
def register(request: HttpRequest, enrolment: UUID) -> HttpResponse:
    """The register's photograph of whom this enrolment is about."""
    at = seat(request)
    return _of_register(_before(enrolment, at).person_id, at)


@require_safe
@require_officer
def candidate(request: HttpRequest, enrolment: UUID, number: int) -> HttpResponse:
    """The register's photograph of somebody who is like."""
    at = seat(request)
    row = _before(enrolment, at)
    person = next((one.person for one in candidates.found(row.id) if one.id == number), None)
    return _of_register(person, at)


def _before(enrolment: UUID, at: Seat) -> Enrolment:
    """An enrolment that this officer may look at now: of their office and going on, or opened by them in review."""
    row = Enrolment.objects.filter(id=enrolment).first()
    if row is None:
        raise NotFound
    ours = row.way == "office" and row.office_id == at.office.id and row.state == State.STARTED
    opened = row.state == State.REVIEW and row.opened_by == at.by.label
    if not (ours or opened):
        raise NotFound
    return row


def _of_register(person: int | None, at: Seat) -> HttpResponse:
    found = comparing.register_photograph(person) if person else None
    if found is None:
        return _none()
    audit.record(at.by.label, "person.photograph_viewed", f"person:{person}", {"office": at.office.id})
    return _picture(found.data, found.media_type)


def _picture(data: bytes, media_type: str) -> HttpResponse:
    response = HttpResponse(data, content_type=media_type)
    response.headers["Content-Disposition"] = "inline"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return private(response)


def _none() -> HttpResponse:
    return private(HttpResponse(status=404))
