"""Pages of one's consents: what each relying party may know, taken back as a whole or claim by claim."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from sala.identity.accounts.requests import actor_of, require_account
from sala.identity.accounts.sessions import own_id
from sala.identity.accounts.views import see
from sala.identity.provider import queries, services, withdrawing
from sala.kit.text import Text


@require_safe
@require_account
def connected(request: HttpRequest) -> HttpResponse:
    """The RPs that this person decided about, each with what it may know and what was refused."""
    done = _DONE.get(request.GET.get("done", ""))
    context = {"nav": "account", "connections": queries.connections(own_id(actor_of(request))), "done": done}
    return render(request, "provider/connected.html", context)


@require_POST
@require_account
def disconnect(request: HttpRequest, client_id: str) -> HttpResponse:
    """One tap: what was agreed ends, with every token that came of it."""
    services.withdraw(client_id=client_id, by=actor_of(request))
    return _see("disconnected")


@require_POST
@require_account
def take_back(request: HttpRequest, client_id: str, scope: str) -> HttpResponse:
    """One tap: the RP is told this claim no longer."""
    withdrawing.take_back(client_id=client_id, scope=scope, by=actor_of(request))
    return _see("taken-back")


@require_POST
@require_account
def ask_again(request: HttpRequest, client_id: str, scope: str) -> HttpResponse:
    """What was refused is forgotten: the next sign-in asks anew."""
    withdrawing.ask_again(client_id=client_id, scope=scope, by=actor_of(request))
    return _see("ask-again")


def _see(done: str) -> HttpResponse:
    return see(f"{reverse('provider:connected')}?done={done}")


_DONE = {
    "disconnected": Text(
        th="ยกเลิกการเชื่อมต่อแล้ว บริการนั้นจะไม่ได้รับข้อมูลใดของท่านอีก",
        en="Disconnected: that service is told nothing of you any more",
    ),
    "taken-back": Text(
        th="ถอนความยินยอมแล้ว จะไม่มีการบอกข้อมูลนี้แก่บริการนั้นอีก", en="Taken back: that service is told this no more"
    ),
    "ask-again": Text(
        th="ครั้งต่อไปที่ท่านเข้าสู่ระบบ บริการนั้นจะถามท่านอีกครั้ง",
        en="You are asked again when you next sign in to that service",
    ),
}
