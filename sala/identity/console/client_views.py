"""Pages of a client, live or sandbox: its addresses, its secret, its calls, code to begin with, people to test with."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sala.identity.accounts.requests import actor_of, require_account
from sala.identity.console import queries, rules, services, trying, words
from sala.identity.console import quick_start as starting
from sala.identity.console.views import page, see
from sala.identity.provider import queries as provider
from sala.identity.provider.metadata import issuer
from sala.identity.provider.scopes import CLAIMS
from sala.kit.errors import Fault, Invalid, SalaError

A_PAGE = 50


@require_http_methods(["GET", "HEAD", "POST"])
@require_account
def client(request: HttpRequest, party: UUID, which: str) -> HttpResponse:
    """What a program needs to know; a POST brings other addresses."""
    by = actor_of(request)
    shown = queries.own(party, by)
    one = shown.client(which)
    faults: list[Fault] = []
    status, typed = 200, "\n".join(one.redirect_uris)
    if request.method == "POST":
        typed = request.POST.get("redirect_uris", "")
        try:
            changed = services.change_addresses(party=party, which=which, typed=typed, by=by)
            return see("console:client", party, which) if changed.at_once else see("console:party", party)
        except SalaError as error:
            alone = [Fault("", error.code, error.message)]
            faults, status = (error.faults if isinstance(error, Invalid) else alone), error.status
    people = trying.people_of(party) if which == "sandbox" else []
    secret_at = shown.sandbox_secret_at if which == "sandbox" else shown.live_secret_at
    context = {"shown": shown, "which": which, "client": one, "people": people, "issuer": issuer(), "scopes": CLAIMS}
    more = rules.MOST_TEST_PEOPLE - len(people)
    return page(request, "client", status=status, faults=faults, typed=typed, secret_at=secret_at, more=more, **context)


@require_POST
@require_account
def secret(request: HttpRequest, party: UUID, which: str) -> HttpResponse:
    """Another secret, on this page and nowhere else."""
    by = actor_of(request)
    shown = queries.own(party, by)
    made = services.new_secret(party=party, which=which, by=by)
    return page(request, "secret", shown=shown, which=which, client=shown.client(which), secret=made)


@require_POST
@require_account
def test_person(request: HttpRequest, party: UUID) -> HttpResponse:
    """Another test person; the password stands on this page and nowhere else."""
    by = actor_of(request)
    shown = queries.own(party, by)
    return page(request, "test_person", shown=shown, made=trying.make_person(party=party, by=by))


@require_safe
@require_account
def calls(request: HttpRequest, party: UUID, which: str) -> HttpResponse:
    """What the program asked of us, and why it failed, in words."""
    shown = queries.own(party, actor_of(request))
    before, faulty = request.GET.get("before", ""), request.GET.get("only") == "failed"
    known = int(before) if before.isascii() and before.isdigit() and len(before) < 19 else None
    found = provider.calls(shown.client(which).id, before=known, faulty=faulty, limit=A_PAGE + 1)
    context: dict[str, Any] = {
        "shown": shown,
        "which": which,
        "acts": words.ACTS,
        "reasons": words.REASONS,
        "faulty": faulty,
    }
    older = found[A_PAGE - 1].number if len(found) > A_PAGE else None
    return page(request, "calls", calls=found[:A_PAGE], older=older, **context)


@require_safe
@require_account
def quick_start(request: HttpRequest, party: UUID, which: str) -> HttpResponse:
    """A whole program in the language of one's choice, with one's own id and address in it."""
    shown = queries.own(party, actor_of(request))
    one = shown.client(which)
    chosen = starting.PROGRAMS.get(request.GET.get("in", ""), starting.PROGRAMS["python"])
    code, run = starting.filled(chosen, client=one, issuer=issuer())
    context: dict[str, Any] = {"programs": starting.PROGRAMS.values(), "chosen": chosen, "code": code, "run": run}
    return page(request, "quick_start", shown=shown, which=which, client=one, **context)
