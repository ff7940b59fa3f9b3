"""Pages of the officers who decide. To others they do not exist."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods, require_safe

from sala.identity.accounts.requests import actor_of, require_officer
from sala.identity.console import deciding, queries, wishes, words
from sala.identity.console.queries import Shown
from sala.identity.console.views import page, see
from sala.kit.errors import Conflict, Fault, Invalid, SalaError

PLACES = ("about", "addresses", "settings", "general")


@require_safe
@require_officer
def waiting(request: HttpRequest) -> HttpResponse:
    """Requests that wait, the longest waiting first."""
    return page(request, "waiting", parties=queries.waiting(actor_of(request)), nav="desk")


@require_http_methods(["GET", "HEAD", "POST"])
@require_officer
def decide(request: HttpRequest, party: UUID) -> HttpResponse:
    """One request, claim by claim: approve it, or say what to change."""
    by = actor_of(request)
    shown = queries.to_decide(party, by)
    if request.method != "POST":
        return _decide(request, shown)
    remarks = {key: request.POST.get(f"remark-{key}", "") for key in (*shown.content.scopes, *PLACES)}
    try:
        _act(request, party, remarks)
    except SalaError as error:
        shown = queries.to_decide(party, by) if not isinstance(error, Conflict) else shown
        return _decide(request, shown, status=error.status, faults=error.faults, remarks=remarks)
    return see("console:waiting")


def _act(request: HttpRequest, party: UUID, remarks: dict[str, str]) -> None:
    by, version = actor_of(request), request.POST.get("version", "")
    number = int(version) if version.isascii() and version.isdigit() and len(version) < 9 else 0
    if request.POST.get("act") == "refuse":
        deciding.refuse(party=party, version=number, why=remarks["general"], by=by)
        return
    if request.POST.get("act") != "approve":
        deciding.send_back(party=party, version=number, remarks=remarks, by=by)
        return
    if any(text.strip() for text in remarks.values()):
        raise Invalid([Fault("remark-general", "remarks", words.REMARKS_LEFT)])
    deciding.approve(party=party, version=number, by=by)


def _decide(
    request: HttpRequest,
    shown: Shown,
    *,
    status: int = 200,
    faults: list[Fault] | None = None,
    remarks: dict[str, str] | None = None,
) -> HttpResponse:
    served = shown.live
    agreed = {
        scope: (why.purpose.th, why.purpose.en, why.basis.th, why.basis.en)
        for scope, why in (served.scopes.items() if served else ())
    }
    same = {
        scope
        for scope, why in shown.content.scopes.items()
        if agreed.get(scope) == (why.purpose_th, why.purpose_en, why.basis_th, why.basis_en)
    }
    uris = set(served.redirect_uris) if served else set()
    gone = [words.DATA[scope] for scope in shown.given_up]
    return page(
        request, "decide", status=status, faults=faults, shown=shown, remarks=remarks or {}, scopes=words.DATA,
        same=same, uris=uris, gone=gone, nav="desk", anchors={"general": "remark-general"},
        described=wishes.described(shown.content.wish),
        was=wishes.described(wishes.of_client(served)) if served else [],
    )  # fmt: skip
