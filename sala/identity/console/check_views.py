"""The self-check: what can be seen of a sandbox's program, from outside and while somebody signs in with it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST, require_safe

from sala.identity.accounts.requests import actor_of, require_account
from sala.identity.console import check_words, judging, looking, queries
from sala.identity.console.queries import Shown
from sala.identity.console.views import page, see
from sala.identity.provider import rehearsing
from sala.identity.provider.rehearsing import Fault
from sala.kit import clock, live
from sala.kit.errors import NotFound


@require_safe
@require_account
def check(request: HttpRequest, party: UUID) -> HttpResponse:
    """Where the check stands; it follows by itself what the program does."""
    return _check(request, queries.own(party, actor_of(request)))


def _check(request: HttpRequest, shown: Shown, **more: object) -> HttpResponse:
    tried, now = rehearsing.latest(shown.sandbox.id), clock.now()
    asks = judging.asks_userinfo(tried.get(Fault.NONE))
    judged = [judging.judge(fault, tried.get(fault), now=now, asks_userinfo=asks) for fault in Fault]
    running = next((one.fault for one in tried.values() if one.ends_at > now), None)
    context: dict[str, Any] = {
        "shown": shown,
        "judged": judged,
        "running": running,
        "faults_words": check_words.FAULTS,
        **more,
    }
    return page(request, "check", live=live.ticket([rehearsing.topic(shown.sandbox.id)]), **context)


@require_POST
@require_account
def begin(request: HttpRequest, party: UUID) -> HttpResponse:
    """Look on at the next sign-in, with or without something wrong in it."""
    shown = queries.own(party, actor_of(request))
    rehearsing.begin(client_id=shown.sandbox.id, fault=_fault(request))
    return see("console:check", party)


@require_POST
@require_account
def end(request: HttpRequest, party: UUID) -> HttpResponse:
    """Look no longer."""
    rehearsing.end(client_id=queries.own(party, actor_of(request)).sandbox.id)
    return see("console:check", party)


@require_POST
@require_account
def say(request: HttpRequest, party: UUID) -> HttpResponse:
    """What the program showed, where we cannot see it."""
    shown = queries.own(party, actor_of(request))
    noticed = request.POST.get("noticed") == "yes"
    rehearsing.said(client_id=shown.sandbox.id, fault=_fault(request), noticed=noticed)
    return see("console:check", party)


@require_POST
@require_account
def look(request: HttpRequest, party: UUID) -> HttpResponse:
    """Ask the addresses now; what they say stands on this page only."""
    by = actor_of(request)
    return _check(request, queries.own(party, by), found=looking.look(party=party, by=by))


def _fault(request: HttpRequest) -> Fault:
    try:
        return Fault(request.POST.get("fault", ""))
    except ValueError:
        raise NotFound from None
