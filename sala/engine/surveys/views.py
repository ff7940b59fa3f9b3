"""The survey after a result: one question, five faces, and room for words (R-001.44)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from sala.engine.cases import queries as cases
from sala.engine.cases.access import hold, reader
from sala.engine.catalogue import queries as catalogue
from sala.engine.surveys import queries, services
from sala.engine.surveys.rules import may_change
from sala.identity.accounts.requests import private
from sala.kit import clock
from sala.kit.errors import Fault, Invalid, NotFound
from sala.kit.text import Text

# From the best down: who is in a hurry and satisfied need not read on.
SCORES: tuple[tuple[int, Text], ...] = (
    (5, Text(th="พอใจมาก", en="Very satisfied")),
    (4, Text(th="พอใจ", en="Satisfied")),
    (3, Text(th="เฉย ๆ", en="Neither satisfied nor dissatisfied")),
    (2, Text(th="ไม่พอใจ", en="Dissatisfied")),
    (1, Text(th="ไม่พอใจมาก", en="Very dissatisfied")),
)


@require_http_methods(["GET", "POST"])
def answer(request: HttpRequest, reference: str) -> HttpResponse:
    """How the service was. `?key=` opens it and leaves the address."""
    if key := request.GET.get("key"):
        case = cases.case_by_key(reference=reference, key=key)
        response = HttpResponseRedirect(reverse("surveys:answer", args=[case.reference]))
        hold(request, response, case, whole=True)
        return private(response)
    case = reader(request, reference).case
    if not services.asks(case):
        raise NotFound
    before = queries.given(case)
    score, comment = (before.score, before.comment) if before else (None, "")
    faults: list[Fault] = []
    if request.method == "POST":
        score, comment = _score(request.POST.get("score", "")), request.POST.get("comment", "")
        try:
            services.answer(case=case, score=score, comment=comment)
            return HttpResponseRedirect(f"{request.path}?done", status=303)
        except Invalid as invalid:
            faults = invalid.faults
    context = {
        "case": case,
        "service": catalogue.version(case.version_id).declaration.name,
        "scores": SCORES,
        "score": score,
        "comment": comment,
        "faults": faults,
        "done": before is not None and "done" in request.GET,
        "fixed": before is not None and not may_change(before.first_at, clock.now()),
    }
    return private(render(request, "surveys/answer.html", context, status=422 if faults else 200))


def _score(typed: str) -> int | None:
    return int(typed) if typed in {"1", "2", "3", "4", "5"} else None
