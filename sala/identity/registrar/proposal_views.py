"""What takes two officers: the list of proposed changes at an office, and one of them to confirm or decline."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from sala.identity.accounts.requests import actor_of, require_officer
from sala.identity.accounts.views import see
from sala.identity.people import proposing
from sala.identity.people import queries as people
from sala.identity.people.proposing import Proposal
from sala.identity.people.queries import FIELDS, PersonCard
from sala.identity.people.services import ChangedMeanwhile
from sala.identity.people.words import FIELDS as LABELS
from sala.identity.registrar import presenters, words
from sala.identity.registrar.permissions import check_keeps
from sala.identity.registrar.views import form, look, page
from sala.kit.errors import Fault, NotFound, SalaError


@require_safe
@require_officer
def listed(request: HttpRequest) -> HttpResponse:
    """What waits here, the longest first."""
    by = actor_of(request)
    office = check_keeps(by)
    rows = [(one, people.by_id(one.person), one.proposed_by == by.label) for one in proposing.waiting(office.id)]
    said = words.PROPOSAL_DONE.get(request.GET.get("done", ""))
    return page(request, "proposals", rows=rows, show=presenters, office=office, said=said)


@form
@require_officer
def one(request: HttpRequest, number: int) -> HttpResponse:
    """One proposal: before and after, the paper, and a colleague's word."""
    by = actor_of(request)
    office = check_keeps(by)
    proposal = next((found for found in proposing.waiting(office.id) if found.id == number), None)
    card = people.by_id(proposal.person) if proposal else None
    if proposal is None or card is None:
        raise NotFound
    faults: list[Fault] = []
    meanwhile: list[presenters.Line] = []
    if request.method == "POST":
        try:
            done = _decide(request, proposal, office.id)
            return see(f"{reverse('registrar:proposals')}?done={done}")
        except ChangedMeanwhile as error:
            meanwhile, faults = presenters.lines(error.since), error.faults
        except SalaError as error:
            faults = error.faults
    else:
        look(request, card, office)
    context: dict[str, Any] = {
        "proposal": proposal, "card": card, "show": presenters, "faults": faults, "meanwhile": meanwhile,
        "steps": _steps(proposal, card), "mine": proposal.proposed_by == by.label,
        "typed": request.POST.get("answer", ""),
    }  # fmt: skip
    return page(request, "proposal", status=422 if faults else 200, **context)


def _decide(request: HttpRequest, proposal: Proposal, office: int) -> str:
    by = actor_of(request)
    if request.POST.get("do") == "confirm":
        proposing.confirm(proposal=proposal.id, office=office, by=by)
        return "confirmed"
    proposing.decline(proposal=proposal.id, office=office, reason=request.POST.get("answer", ""), by=by)
    return "declined"


def _steps(proposal: Proposal, card: PersonCard) -> list[tuple[str, str, str]]:
    """Each field that would change: what it is called, before, after."""
    was, then = people.stored(card), proposal.changes
    changed = [name for name in FIELDS if name in then and (then[name] or "") != (was[name] or "")]
    return [
        (str(LABELS[name]), presenters.value(name, was[name]), presenters.value(name, then[name])) for name in changed
    ]
