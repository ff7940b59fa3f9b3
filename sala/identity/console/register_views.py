"""Pages of the register: the public one, and the officers', who can end what was let in."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods, require_safe

from sala.identity.accounts.requests import actor_of, require_officer
from sala.identity.console import register, wishes, words
from sala.identity.console.client_views import faults_of
from sala.identity.console.views import page, see
from sala.identity.provider.scopes import CLAIMS
from sala.kit.errors import Fault


@require_safe
def public(request: HttpRequest) -> HttpResponse:
    """Who may ask what about people, what for and by which law: for everybody."""
    typed, kind = request.GET.get("q", "")[:100].strip(), request.GET.get("kind", "")
    kind = kind if kind in {"government", "private"} else ""
    found = register.search(typed, kind=kind, page=_number(request))
    return page(request, "register", found=found, q=typed, kind=kind, scopes=CLAIMS, nav="")


@require_safe
@require_officer
def clients(request: HttpRequest) -> HttpResponse:
    """All that are served or suspended."""
    typed = request.GET.get("q", "")[:100].strip()
    found = register.search_all(typed, page=_number(request), by=actor_of(request))
    return page(request, "clients", found=found, q=typed, scopes=words.DATA, nav="desk")


@require_http_methods(["GET", "HEAD", "POST"])
@require_officer
def client(request: HttpRequest, client_id: str) -> HttpResponse:
    """One of them: what it asks, what was decided; suspend it, close it, serve it again."""
    by = actor_of(request)
    known = register.one(client_id, by)
    faults, status, why = list[Fault](), 200, request.POST.get("why", "")
    if request.method == "POST":
        act = request.POST.get("act", "")
        if act == "resume":
            faults, status = faults_of(lambda: register.resume(client_id=client_id, by=by))
        else:
            good = act == "close"
            faults, status = faults_of(lambda: register.halt(client_id=client_id, for_good=good, why=why, by=by))
        if not faults:
            return see("console:clients") if act == "close" else see("console:served", client_id)
    described = wishes.described(wishes.of_client(known.row.client))
    context = {"known": known, "described": described, "scopes": words.DATA, "why": why, "history": words.HISTORY}
    return page(request, "served", status=status, faults=faults, nav="desk", **context)


def _number(request: HttpRequest) -> int:
    text = request.GET.get("page", "1")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 1
