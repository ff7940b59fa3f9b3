"""Pages on which an RP's people set where their program hears of changes, and see what was sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from sala.identity.accounts.requests import actor_of, private, require_account
from sala.identity.console import hearing, queries, words
from sala.identity.console.client_views import faults_of, form
from sala.identity.console.queries import Shown
from sala.identity.console.views import page, see
from sala.identity.provider import webhooks
from sala.kit.errors import Fault


@form
@require_account
def webhook(request: HttpRequest, party: UUID, which: str) -> HttpResponse:
    """The address, how it stands with it, and what was sent; a POST brings an address."""
    by = actor_of(request)
    shown = queries.own(party, by)
    one = shown.client(which)
    if one.public:
        return see("console:client", party, which)  # what runs where nothing stays secret can judge no signature
    placed = webhooks.of(one.id)
    if request.method != "POST":
        return _shown(request, shown, which, typed=placed.url if placed else "")
    typed, made = request.POST.get("url", ""), list[str | None]()
    faults, status = faults_of(lambda: made.append(hearing.place(party=party, which=which, typed=typed, by=by)))
    if faults:
        return _shown(request, shown, which, typed=typed, faults=faults, status=status)
    return _secret(request, shown, which, made[0]) if made[0] else see("console:webhook", party, which)


def _shown(
    request: HttpRequest, shown: Shown, which: str, *, typed: str, faults: list[Fault] | None = None, status: int = 200
) -> HttpResponse:
    one = shown.client(which)
    context: dict[str, Any] = {
        "client": one, "placed": webhooks.of(one.id), "sent": webhooks.sent(one.id), "typed": typed,
        "kinds": words.WEBHOOK_TYPES, "tags": words.WEBHOOK_STATES,
        "may": which == "sandbox" or queries.manages(shown.id, actor_of(request)),
    }  # fmt: skip
    return page(request, "webhook", shown=shown, which=which, faults=faults or [], status=status, **context)


def _secret(request: HttpRequest, shown: Shown, which: str, secret: str) -> HttpResponse:
    return private(page(request, "webhook_secret", shown=shown, which=which, secret=secret))


@require_POST
@require_account
def secret(request: HttpRequest, party: UUID, which: str) -> HttpResponse:
    """Another secret, on this page and nowhere else."""
    by = actor_of(request)
    shown = queries.own(party, by)
    return _secret(request, shown, which, hearing.rotate(party=party, which=which, by=by))


def _act(act: Callable[..., None]) -> Callable[..., HttpResponse]:
    """A button of the page: do it, and look there again."""

    @require_POST
    @require_account
    def view(request: HttpRequest, /, party: UUID, which: str, **given: Any) -> HttpResponse:
        by = actor_of(request)
        shown = queries.own(party, by)
        faults, status = faults_of(lambda: act(party=party, which=which, by=by, **given))
        if not faults:
            return see("console:webhook", party, which)
        placed = webhooks.of(shown.client(which).id)
        return _shown(request, shown, which, typed=placed.url if placed else "", faults=faults, status=status)

    return view


test = _act(hearing.test)
stop = _act(hearing.stop)
again = _act(hearing.repeat)
