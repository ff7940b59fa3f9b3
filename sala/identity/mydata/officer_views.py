"""For the department's officers: what people said was not them. To others these pages do not exist."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from sala.identity.accounts.requests import actor_of, require_officer
from sala.identity.accounts.views import see
from sala.identity.mydata import reporting, words
from sala.identity.mydata.views import form, page
from sala.kit.errors import Fault, SalaError


@require_safe
@require_officer
def reports(request: HttpRequest) -> HttpResponse:
    """Reports that wait, the longest waiting first, and those handled last. The list names nobody."""
    by = actor_of(request)
    context: dict[str, Any] = {"waiting": reporting.waiting(by), "handled": reporting.handled(by), "about": words.ABOUT}
    return page(request, "reports", nav="desk", **context)


@form
@require_officer
def report(request: HttpRequest, report: UUID) -> HttpResponse:
    """One report with its person, and what was found and done. Every look is recorded."""
    by = actor_of(request)
    faults: list[Fault] = []
    if request.method == "POST":
        try:
            reporting.handle(report=report, remark=request.POST.get("remark", ""), by=by)
            return see(reverse("mydata:reports"))
        except SalaError as error:
            faults = error.faults
    found = reporting.opened(report, by=by)
    context: dict[str, Any] = {
        "found": found,
        "about": words.ABOUT,
        "typed": request.POST.get("remark", ""),
        "faults": faults,
    }
    return page(request, "report", nav="desk", status=422 if faults else 200, **context)
