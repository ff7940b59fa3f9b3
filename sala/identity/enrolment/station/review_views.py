"""What waits for an officer's eyes: the list, and one at a time."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from sala.identity.accounts.requests import require_officer
from sala.identity.accounts.views import see
from sala.identity.enrolment import candidates, deciding, levels
from sala.identity.enrolment.models import Enrolment
from sala.identity.enrolment.station import comparing, pages, words
from sala.identity.enrolment.station.pages import form, seat
from sala.identity.people import queries as people
from sala.kit.errors import Fault, Invalid, NotFound, SalaError

_DONE = {
    "approve": words.APPROVED,
    "refuse": words.REFUSED,
    "come": words.SENT,
}


@require_safe
@require_officer
def queue(request: HttpRequest) -> HttpResponse:
    """What waits, the longest first."""
    at = seat(request)
    rows = [(one, people.by_id(one.person)) for one in deciding.queue(at.by)]
    said = _DONE.get(request.GET.get("done", ""))
    shown = [(one, pages.name(card)) for one, card in rows if card]
    return pages.page(request, "queue", rows=shown, senior=deciding.is_senior(at.by), said=said)


@form
@require_officer
def one(request: HttpRequest, enrolment: UUID) -> HttpResponse:
    """One that waits, before this officer alone."""
    at = seat(request)
    typed = {name: request.POST.get(name, "") for name in ("word", "reason")}
    faults: list[Fault] = []
    try:
        row = deciding.open_(enrolment, office=at.office, by=at.by)
        if request.method == "POST":
            deciding.decide(enrolment=enrolment, word=typed["word"], reason=typed["reason"], office=at.office, by=at.by)
            return see(f"{reverse('station:queue')}?done={typed['word']}")
    except Invalid as error:
        faults = error.faults
    except NotFound:
        raise
    except SalaError as error:
        return pages.page(request, "barred", status=error.status, message=error.message)
    return pages.page(request, "review", status=422 if faults else 200, faults=faults, typed=typed, **_shown(row))


def _shown(row: Enrolment) -> dict[str, Any]:
    person = row.person_id or 0
    alike = [(one, people.by_id(one.person)) for one in candidates.found(row.id) if one.decision == "same"]
    return {
        "row": row,
        "card": people.by_id(person),
        "alike": [(one, card) for one, card in alike if card],
        "compared": _verdict(row),
        "proofs": [text for proof, text in levels.WORDS.items() if proof.value in row.proofs],
        "nothing": row.way == "phone" and not deciding.may_approve(person) and words.NOTHING_TO_COMPARE,
        "known": comparing.register_photograph(person) is not None,
    }


def _verdict(row: Enrolment) -> dict[str, Any] | None:
    """What the machine said, as the station and the phone write it down."""
    for name in ("compared", "face"):
        if name in row.proofs:
            found: dict[str, Any] = row.proofs[name].get("detail", {})
            return found
    return None
