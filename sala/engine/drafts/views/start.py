"""Before the form: when it is due, begin or go on; and the list of all that is one's own."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from sala.engine.appointments import panels as visits
from sala.engine.cases import holder
from sala.engine.cases import queries as cases
from sala.engine.catalogue import browsing
from sala.engine.catalogue import queries as catalogue
from sala.engine.drafts import queries, services
from sala.engine.drafts.access import hold, language_of, with_draft
from sala.engine.drafts.calculator import calculate
from sala.engine.drafts.models import Draft
from sala.engine.waiting import queries as waiting
from sala.identity.accounts.requests import actor_of, address_of, private, require_account
from sala.identity.accounts.rules import network
from sala.kit import clock, ratelimit
from sala.kit.errors import NotFound

DRAFTS_AN_HOUR = 30
"""That one address may begin without an account."""


@require_http_methods(["GET", "HEAD", "POST"])
def due(request: HttpRequest, slug: str) -> HttpResponse:
    """When a report is due: first and last day, worked out from what is typed. Nothing is kept."""
    service = catalogue.current(slug)
    if service.declaration.window is None or not service.declaration.window.asks:
        raise NotFound
    posted = request.POST.dict() if request.method == "POST" else None
    worked_out = calculate(service, posted, language=language_of(), today=clock.today())
    context = {
        "service": service.declaration,
        "calculation": worked_out,
        "faults": worked_out.faults,
        "anchors": worked_out.anchors,
        "nav": "services",
    }
    return private(render(request, "drafts/due.html", context, status=422 if worked_out.faults else 200))


@require_http_methods(["GET", "HEAD", "POST"])
def begin(request: HttpRequest, slug: str) -> HttpResponse:
    """Begin a request, or go on with one that was begun."""
    service = catalogue.current(slug)
    if service.declaration.sign_in == "none" and actor_of(request).account_id is None:
        return _begin_anonymously(request, slug)
    return _begin(request, slug)


@require_account
def _begin(request: HttpRequest, slug: str) -> HttpResponse:
    by = actor_of(request)
    service = catalogue.current(slug)
    try:
        holder.check(service, by)
    except holder.NeedsDigitalId as refused:
        refusal = {"service": service.declaration, "message": refused.message}
        return render(request, "drafts/needs_id.html", refusal, status=refused.status)
    mine = queries.drafts_of(by.account_id, service=slug) if by.account_id else []
    if request.method == "POST" and ("new" in request.POST or not mine):
        ratelimit.hit(f"drafts:{by.account_id}", settings.DRAFTS_A_DAY, 24 * 3600)
        draft = services.start(service=service, language=language_of(), by=by)
        return HttpResponseRedirect(reverse("drafts:resume", args=[draft.id]), status=303)
    if request.method == "POST":
        return HttpResponseRedirect(reverse("drafts:start", args=[slug]), status=303)
    context = {"service": service.declaration, "drafts": mine, "agency": browsing.card(service).agency}
    return render(request, "drafts/start.html", context)


def _begin_anonymously(request: HttpRequest, slug: str) -> HttpResponse:
    if request.method != "POST":
        return HttpResponseRedirect(reverse("catalogue:service", args=[slug]))
    ratelimit.hit(f"drafts:{network(address_of(request))}", DRAFTS_AN_HOUR, 3600)
    draft = services.start(service=catalogue.current(slug), language=language_of(), by=actor_of(request))
    response = HttpResponseRedirect(reverse("drafts:resume", args=[draft.id]), status=303)
    hold(request, response, draft.id)
    return private(response)


@require_safe
@require_account
def mine(request: HttpRequest) -> HttpResponse:
    """All that is one's own: drafts and requests."""
    account = actor_of(request).account_id
    assert account is not None  # noqa: S101 - require_account
    names = {one.slug: one.declaration.name for one in catalogue.catalogue()}
    context = {
        "drafts": queries.drafts_of(account),
        "visits": visits.coming(account),
        "turns": waiting.turns_of_account(account),
        "cases": cases.of_account(account),
        "names": names,
        "awaiting": lambda case: _promising(case) and cases.awaits_visit(case),
        "promising": _promising,
        "name_of": lambda case: catalogue.version(case.version_id).declaration.name,
        "nav": "mine",
    }
    return render(request, "drafts/mine.html", context)


def _promising(case: Any) -> bool:
    """Whether a request is told by when one hears of it."""
    return case.decided_at is None and catalogue.version(case.version_id).declaration.promises_result


@require_http_methods(["GET", "HEAD", "POST"])
@with_draft
def discard(request: HttpRequest, draft: Draft) -> HttpResponse:
    """Delete a draft, after asking."""
    if request.method == "POST":
        services.discard(draft=draft.id)
        target = reverse("drafts:mine") if draft.account_id else reverse("catalogue:service", args=[draft.service])
        return HttpResponseRedirect(target, status=303)
    service = catalogue.version(draft.version_id)
    return render(request, "drafts/discard.html", {"draft": draft, "service": service.declaration})
