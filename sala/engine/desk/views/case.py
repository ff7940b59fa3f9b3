"""The case on one screen, and the small acts on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header

from sala.engine.cases import attachments, consent_on_paper, decisions, queries, services
from sala.engine.cases.permissions import Permission, can
from sala.engine.catalogue import queries as catalogue
from sala.engine.desk.presenters import STATES
from sala.engine.desk.rules import without_links
from sala.engine.desk.screen import due_of, holder_of, screen
from sala.engine.desk.views.doors import case_act, case_glance, case_page
from sala.engine.desk.views.frame import see_other
from sala.engine.messages import queries as messages
from sala.identity.accounts.actor import Actor
from sala.identity.directory import queries as directory
from sala.kit import audit, live
from sala.kit.errors import Conflict, Fault, Invalid, NotFound
from sala.kit.text import Text

if TYPE_CHECKING:
    from sala.engine.cases.models import Case

DONE = {
    "claimed", "unclaimed", "assigned", "noted", "held", "hold_lifted", "asked",
    "approved", "refused", "referred", "completed", "consent_recorded", "proposed",
}  # fmt: skip
_NO_COLLEAGUE = Text(th="โปรดเลือกเจ้าหน้าที่ที่จะรับเรื่อง", en="Choose the officer who is to take the case")
_INLINE = frozenset({"image/jpeg", "image/png"})


@case_page
def case(request: HttpRequest, case: Case, by: Actor) -> HttpResponse:
    """Everything about one case."""
    return show(request, case, by)


@case_glance
def state(request: HttpRequest, case: Case, by: Actor) -> HttpResponse:
    """Where the case stands, for a page that is open."""
    context = {"case": case, "due": due_of(case), "who": holder_of(case), "by": by, "states": STATES}
    return render(request, "desk/state.html", context)


def show(
    request: HttpRequest,
    case: Case,
    by: Actor,
    *,
    faults: list[Fault] | None = None,
    conflict: Text | None = None,
    typed: dict[str, str] | None = None,
) -> HttpResponse:
    """The page, also as the answer to an act that could not be done: nothing typed is lost."""
    service = catalogue.version(case.version_id)
    found = screen(case, service, queries.dossier(case, by=by), by=by)
    done = request.GET.get("done", "")
    context = {
        "nav": "desk",
        "s": found,
        "case": case,
        "by": by,
        "office": directory.office(case.office_id),
        "colleagues": directory.colleagues(case.office_id) if found.powers.assign else [],
        "done": done if done in DONE else "",
        "faults": faults or [],
        "conflict": conflict,
        "typed": typed or {},
        "live": live.ticket([f"case:{case.reference}"]),
    }
    return render(request, "desk/case.html", context, status=409 if conflict else 422 if faults else 200)


def _acted(request: HttpRequest, case: Case, by: Actor, act: Callable[[], Any], *, done: str) -> HttpResponse:
    """Do it and show the case again; a fault or a colleague who was faster is told on the page."""
    try:
        act()
    except Invalid as error:
        return show(request, _fresh(case, by), by, faults=error.faults, typed=_typed(request))
    except Conflict as error:
        return show(request, _fresh(case, by), by, conflict=error.message, typed=_typed(request))
    return see_other("desk:case", case.reference, query=f"?done={done}" if done else "#steps")


def _fresh(case: Case, by: Actor) -> Case:
    return queries.case_for_officer(reference=case.reference, by=by)


def _typed(request: HttpRequest) -> dict[str, str]:
    return {key: request.POST.get(key, "") for key in ("text", "reason", "consent_reason")}


@case_act
def claim(request: HttpRequest, case: Case, by: Actor) -> HttpResponse:
    return _acted(request, case, by, lambda: services.claim(reference=case.reference, by=by), done="claimed")


@case_act
def unclaim(request: HttpRequest, case: Case, by: Actor) -> HttpResponse:
    return _acted(request, case, by, lambda: services.unclaim(reference=case.reference, by=by), done="unclaimed")


@case_act
def assign(request: HttpRequest, case: Case, by: Actor) -> HttpResponse:
    def act() -> None:
        try:
            to = UUID(request.POST.get("to", ""))
        except ValueError:
            raise Invalid([Fault("to", "required", _NO_COLLEAGUE)]) from None
        services.assign(reference=case.reference, to=to, by=by)

    return _acted(request, case, by, act, done="assigned")


@case_act
def note(request: HttpRequest, case: Case, by: Actor) -> HttpResponse:
    text = request.POST.get("text", "")
    return _acted(
        request, case, by, lambda: services.add_note(reference=case.reference, text=text, by=by), done="noted"
    )


@case_act
def step(request: HttpRequest, case: Case, by: Actor) -> HttpResponse:
    """Tick (`done` = 1) or untick a line of the written procedure."""
    step, done = request.POST.get("step", ""), request.POST.get("done") == "1"
    return _acted(
        request,
        case,
        by,
        lambda: services.mark_step(reference=case.reference, step=step, done=done, by=by),
        done="",
    )


@case_act
def consent(request: HttpRequest, case: Case, by: Actor) -> HttpResponse:
    """Note that another person's consent was given at the office, and how."""
    key, reason = request.POST.get("consent", ""), request.POST.get("consent_reason", "")
    return _acted(
        request,
        case,
        by,
        lambda: consent_on_paper.record(reference=case.reference, consent=key, reason=reason, by=by),
        done="consent_recorded",
    )


@case_act
def hold(request: HttpRequest, case: Case, by: Actor) -> HttpResponse:
    """Stop the case. It passes to those who may see holds: to others it is gone from here on."""
    reason = request.POST.get("reason", "")
    answer = _acted(
        request, case, by, lambda: decisions.hold(reference=case.reference, reason=reason, by=by), done="held"
    )
    gone = answer.status_code == 303 and not can(by, case, Permission.SEE_HOLDS)
    return see_other("desk:home", query="?done=held") if gone else answer


@case_act
def lift_hold(request: HttpRequest, case: Case, by: Actor) -> HttpResponse:
    note = request.POST.get("note", "")
    return _acted(
        request,
        case,
        by,
        lambda: decisions.lift_hold(reference=case.reference, note=note, by=by),
        done="hold_lifted",
    )


@case_page
def paper(request: HttpRequest, case: Case, by: Actor, attachment: UUID) -> HttpResponse:
    """A file the applicant gave. Only pictures of kinds that cannot hold a program are shown; all else is saved."""
    file = attachments.read_of_case(case=case.id, attachment=attachment)
    audit.record(by.label, "case.file_viewed", f"case:{case.reference}", {"file": str(attachment)})
    inline = file.media_type in _INLINE and "save" not in request.GET
    response = HttpResponse(file.content, content_type=file.media_type)
    response.headers["Content-Disposition"] = content_disposition_header(not inline, file.name) or "attachment"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


@case_page
def letter(request: HttpRequest, case: Case, by: Actor, letter: UUID) -> HttpResponse:
    """The words of a letter about the case, as plain text, without what would open the case as its applicant."""
    words = messages.words(case.reference, letter)
    if words is None:
        raise NotFound
    context = {"nav": "desk", "case": case, "subject": words.subject, "text": without_links(words.text)}
    return render(request, "desk/letter.html", context)
