"""Getting a copy of everything: asked for by somebody who has just proven to be there, saved within a day."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from sala.identity.accounts import passkeys
from sala.identity.accounts import services as accounts
from sala.identity.accounts.actor import Actor
from sala.identity.accounts.requests import actor_of, browser_of, require_account
from sala.identity.accounts.views import see
from sala.identity.mydata import exporting
from sala.identity.mydata.schema import SCHEMA
from sala.identity.mydata.views import form, page
from sala.kit.errors import Fault, SalaError
from sala.kit.text import language


@form
@require_account
def ask(request: HttpRequest) -> HttpResponse:
    """Ask for a copy, with the password or a passkey; and the way to the one that is there."""
    by = actor_of(request)
    if request.method != "POST":
        return _page(request, by)
    try:
        _prove(request, by)
        exporting.ask(language=language(), by=by)
    except SalaError as error:
        return _page(request, by, status=error.status, faults=error.faults)
    return see(reverse("mydata:copy"))


def _prove(request: HttpRequest, by: Actor) -> None:
    if credential := request.POST.get("credential", ""):
        passkeys.confirm(credential=credential, state=request.POST.get("state", ""), by=by)
        return
    accounts.prove_own(password=request.POST.get("current_password", ""), browser=browser_of(request), by=by)


def _page(request: HttpRequest, by: Actor, *, status: int = 200, faults: list[Fault] | None = None) -> HttpResponse:
    return page(
        request, "copy", status=status, faults=faults, copy=exporting.latest(by),
        ceremony=passkeys.to_confirm(by=by), origin=passkeys.site().origin,
    )  # fmt: skip


@require_safe
@require_account
def as_json(request: HttpRequest, copy: UUID) -> HttpResponse:
    """The copy for programs."""
    return _file(request, copy, "json", "application/json")


@require_safe
@require_account
def as_pdf(request: HttpRequest, copy: UUID) -> HttpResponse:
    """The copy for people."""
    return _file(request, copy, "pdf", "application/pdf")


def _file(request: HttpRequest, copy: UUID, kind: str, media_type: str) -> HttpResponse:
    content = exporting.content(copy=copy, form=kind, by=actor_of(request))
    response = HttpResponse(content, content_type=media_type)
    response.headers["Content-Disposition"] = f'attachment; filename="sala-my-data.{kind}"'
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


@require_safe
def schema(request: HttpRequest) -> HttpResponse:
    """The schema of the copy in JSON."""
    return JsonResponse(SCHEMA, content_type="application/schema+json")
