"""Pages of the people of a relying party: who works on it, who is invited, and what an invitation leads to."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods, require_POST

from sala.identity.accounts.requests import actor_of, require_account
from sala.identity.console import people, queries
from sala.identity.console.client_views import faults_of
from sala.identity.console.views import page, see
from sala.kit.errors import Fault, NotFound

form = require_http_methods(["GET", "HEAD", "POST"])


@form
@require_account
def members(request: HttpRequest, party: UUID) -> HttpResponse:
    """Who works on it; a POST invites somebody."""
    by = actor_of(request)
    shown = queries.own(party, by)
    typed, faults, status = request.POST.dict(), list[Fault](), 200
    if request.method == "POST":
        email, role = typed.get("email", ""), typed.get("role", "")
        faults, status = faults_of(lambda: people.invite(party=party, email=email, role=role, by=by))
        if not faults:
            return see("console:members", party)
    return _members(request, party, typed=typed, faults=faults, status=status, shown=shown)


def _members(request: HttpRequest, party: UUID, *, status: int = 200, **context: object) -> HttpResponse:
    by = actor_of(request)
    members = people.members(party)
    mine = next((one.number for one in members if one.account_id == by.account_id), None)
    own = {"members": members, "invited": people.invited(party), "mine": mine}
    return page(request, "members", status=status, manages=queries.manages(party, by), **own, **context)


@require_POST
@require_account
def member(request: HttpRequest, party: UUID, member: int) -> HttpResponse:
    """Another role for somebody, or none."""
    by = actor_of(request)
    shown = queries.own(party, by)
    role = request.POST.get("role", "")
    faults, status = faults_of(lambda: people.change(party=party, member=member, role=role, by=by))
    if faults:
        return _members(request, party, status=status, faults=faults, typed={}, shown=shown)
    mine = any(one.account_id == by.account_id for one in people.members(party))
    return see("console:members", party) if mine else see("console:home")


@require_POST
@require_account
def invitation(request: HttpRequest, party: UUID, invitation: UUID) -> HttpResponse:
    """Take an invitation back."""
    people.take_back(party=party, invitation=invitation, by=actor_of(request))
    return see("console:members", party)


@form
@require_account
def join(request: HttpRequest, token: str) -> HttpResponse:
    """What the letter's link leads to: looking accepts nothing, since mail scanners look."""
    by = actor_of(request)
    try:
        offer = people.look(token)
    except NotFound:
        return page(request, "join", status=410, offer=None)
    if request.method == "POST":
        return see("console:party", people.accept(token=token, by=by))
    fits = by.email.lower() == offer.email.lower()
    return page(request, "join", offer=offer, token=token, fits=fits, name=queries.name_of(offer.party))
