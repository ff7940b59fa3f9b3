"""Asking the applicant, and deciding: what they will read is shown before it is sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from sala.engine.cases import decisions, letters, queries, services
from sala.engine.cases.journal import not_now
from sala.engine.cases.permissions import Permission, check
from sala.engine.cases.rules import Event
from sala.engine.cases.services import LONGEST_TEXT
from sala.engine.catalogue import queries as catalogue
from sala.engine.catalogue.loaded import Loaded
from sala.engine.desk.rules import without_links
from sala.engine.desk.screen import screen
from sala.engine.desk.views.case import show
from sala.engine.desk.views.doors import case_form
from sala.engine.desk.views.frame import see_other
from sala.engine.messages.letters import Letter
from sala.identity.accounts.actor import Actor
from sala.kit.errors import Conflict, Fault, Invalid, NotFound
from sala.kit.text import Text

if TYPE_CHECKING:
    from sala.engine.cases.models import Case

_CHOOSE_REASON = Text(th="โปรดเลือกเหตุผลจากรายการ", en="Choose a reason from the list")
_SAY_SOMETHING = Text(th="โปรดพิมพ์ข้อความถึงผู้ยื่น", en="Enter a message to the applicant")
_TOO_LONG = Text(
    th=f"ข้อความต้องไม่เกิน {LONGEST_TEXT:,} ตัวอักษร", en=f"The message must be {LONGEST_TEXT:,} characters or fewer"
)
_NOT_NOW = Text(th="ขณะนี้ทำรายการนี้กับเรื่องนี้ไม่ได้", en="This cannot be done with the case as it stands now")
NEEDS_MESSAGE = frozenset({"referred", "completed"})


@case_form
def ask(request: HttpRequest, case: Case, by: Actor) -> HttpResponse:
    """Which answers are in question, and a message; `?letter=` begins with a ready one (R-001.31)."""
    check(by, case, Permission.WORK)
    service = catalogue.version(case.version_id)
    letter = next((one for one in service.declaration.letters if one.id == request.GET.get("letter")), None)
    if request.method == "POST":
        fields, message = request.POST.getlist("fields"), request.POST.get("message", "")
        try:
            services.ask(reference=case.reference, fields=fields, message=message, by=by)
        except Invalid as error:
            return _ask_page(request, case, by, fields=fields, message=message, faults=error.faults)
        except Conflict as error:
            return show(request, _again(case, by), by, conflict=error.message)
        return see_other("desk:case", case.reference, query="?done=asked")
    fields = list(letter.fields) if letter else request.GET.getlist("fields")
    return _ask_page(request, case, by, fields=fields, message=letter.body.in_(case.language) if letter else "")


def _ask_page(
    request: HttpRequest, case: Case, by: Actor, *, fields: list[str], message: str, faults: list[Fault] | None = None
) -> HttpResponse:
    service = catalogue.version(case.version_id)
    found = screen(case, service, queries.dossier(case, by=by), by=by)
    if not found.powers.ask and not faults:
        return show(request, case, by, conflict=_why_not(case, by))
    context = {
        "nav": "desk",
        "s": found,
        "fields": set(fields),
        "message": message,
        "faults": faults or [],
        "longest": LONGEST_TEXT,
    }
    return render(request, "desk/ask.html", context, status=422 if faults else 200)


@case_form
def decide(request: HttpRequest, case: Case, by: Actor, decision: str) -> HttpResponse:
    """Two steps: what the applicant will read is written, then shown and confirmed. A person decides (R-001.41)."""
    service = catalogue.version(case.version_id)
    if decision not in _DECISIONS or decision not in service.declaration.decisions:
        raise NotFound
    check(by, case, Permission.DECIDE)
    typed = {"reason": request.POST.get("reason", ""), "message": request.POST.get("message", "").strip()}
    if request.method != "POST":
        return _decide_page(request, case, by, decision, typed)
    faults = _faults(decision, service, typed)
    if faults or request.POST.get("confirm") != "1":
        preview = not faults and "change" not in request.POST
        return _decide_page(request, case, by, decision, typed, faults=faults, preview=preview)
    try:
        decided = _DECISIONS[decision](case.reference, by, typed)
    except Invalid as error:
        return _decide_page(request, case, by, decision, typed, faults=error.faults)
    except Conflict as error:
        return show(request, _again(case, by), by, conflict=error.message)
    done = decision if decided.state == decision else "proposed"
    return see_other("desk:case", case.reference, query=f"?done={done}")


_DECISIONS: dict[str, Callable[[str, Actor, dict[str, str]], Any]] = {
    "approved": lambda case, by, typed: decisions.approve(reference=case, by=by, message=typed["message"]),
    "refused": lambda case, by, typed: decisions.refuse(
        reference=case, by=by, reason=typed["reason"], message=typed["message"]
    ),
    "referred": lambda case, by, typed: decisions.refer(reference=case, by=by, message=typed["message"]),
    "completed": lambda case, by, typed: decisions.complete(reference=case, by=by, message=typed["message"]),
}


def _faults(decision: str, service: Loaded, typed: dict[str, str]) -> list[Fault]:
    faults = []
    if decision == "refused" and typed["reason"] not in {reason.code for reason in service.declaration.reasons}:
        faults.append(Fault("reason", "unknown_reason", _CHOOSE_REASON))
    if decision in NEEDS_MESSAGE and not typed["message"]:
        faults.append(Fault("message", "required", _SAY_SOMETHING))
    if len(typed["message"]) > LONGEST_TEXT:
        faults.append(Fault("message", "too_long", _TOO_LONG))
    return faults


def _decide_page(
    request: HttpRequest,
    case: Case,
    by: Actor,
    decision: str,
    typed: dict[str, str],
    *,
    faults: list[Fault] | None = None,
    preview: bool = False,
) -> HttpResponse:
    service = catalogue.version(case.version_id)
    found = screen(case, service, queries.dossier(case, by=by), by=by)
    if decision not in found.powers.decisions:
        return show(request, case, by, conflict=_why_not(case, by))
    context = {
        "nav": "desk",
        "s": found,
        "decision": decision,
        "typed": typed,
        "letter": _letter(case, decision, typed) if preview else None,
        "faults": faults or [],
        "preview": preview,
        "longest": LONGEST_TEXT,
        "needs_message": decision in NEEDS_MESSAGE,
        "alerts": [check for check in found.checks if check.outcome in {"alert", "unknown"}],
        "unsettled": [consent for consent in found.consents if consent.open or consent.state == "pending"],
        "undone": [step for step in found.steps if not step.done],
        "differing": [
            a for section in found.sections for a in section.answers if a.fact and a.fact.saying == "differs"
        ],
    }
    return render(request, "desk/decide.html", context, status=422 if faults else 200)


def _letter(case: Case, decision: str, typed: dict[str, str]) -> Letter:
    """What the applicant will read, without the addresses that open the case as the applicant."""
    letter = letters.preview(case, Event(decision), typed)
    return Letter(letter.subject, without_links(letter.text), "")


def _why_not(case: Case, by: Actor) -> Text:
    """Who has the case, or who decided it and when; that it is held, or waits, is on the page anyway."""
    if case.decided_at:
        return not_now(case).message
    try:
        services.check_free(case, by)
    except Conflict as error:
        return error.message
    return _NOT_NOW


def _again(case: Case, by: Actor) -> Case:
    return queries.case_for_officer(reference=case.reference, by=by)
