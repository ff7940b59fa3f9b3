"""The desk by API: queues, the whole case, and every action an officer has on the page.

A token needs the scope, and its owner the post: the scope alone opens nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import msgspec
from msgspec import Meta, field

from sala.engine.cases import decisions, queries, queues, services
from sala.engine.cases.api import ROOT, Link, Nothing, Reference
from sala.engine.cases.states import State
from sala.identity.accounts.actor import Actor
from sala.identity.accounts.api import Call, endpoint
from sala.identity.directory import queries as directory
from sala.kit.api import Endpoint, route
from sala.kit.errors import Forbidden
from sala.kit.text import Text

if TYPE_CHECKING:
    from sala.engine.cases.models import Case

Words = Annotated[str, Meta(max_length=4000)]
NeededWords = Annotated[str, Meta(min_length=1, max_length=4000, pattern=r"\S")]


class DeskLinks(msgspec.Struct, frozen=True):
    """Where to go on from a case on the desk."""

    self: Link


class DeskCase(msgspec.Struct, frozen=True):
    """One line of a queue."""

    reference: Reference
    service: str
    status: State
    office: Annotated[str, Meta(description="the office's slug")]
    applicant_name: str
    submitted_at: datetime
    due_at: datetime
    late: bool
    held: bool
    claimed_by: Annotated[UUID | None, Meta(description="account")]
    claimed_at: datetime | None
    decided_at: datetime | None
    links: DeskLinks = field(name="_links")


class DeskPage(msgspec.Struct, frozen=True):
    """Some cases of a queue, the most pressing first."""

    items: list[DeskCase]
    next_cursor: Annotated[str | None, Meta(description="give it as `cursor` for the next page; null at the end")]


class DeskEvent(msgspec.Struct, frozen=True):
    """A past fact of a case's history."""

    number: Annotated[int, Meta(description="from 1, among the facts that the reader may see")]
    at: datetime
    type: str
    actor: str
    data: dict[str, Any]
    public: Annotated[bool, Meta(description="the applicant sees it")]


class DeskCheck(msgspec.Struct, frozen=True):
    """What an automatic check found."""

    id: str
    outcome: Annotated[str, Meta(description="passed, alert or unknown")]
    at: datetime


class DeskNote(msgspec.Struct, frozen=True):
    """A note between officers."""

    text: str
    author: UUID
    at: datetime


class DeskHold(msgspec.Struct, frozen=True):
    """Why a case stood still; only for those who may see holds."""

    reason: str
    placed_by: str
    placed_at: datetime
    lifted_at: datetime | None


class DeskQuestion(msgspec.Struct, frozen=True):
    """A question to the applicant, and the answer."""

    fields: list[str]
    message: str
    asked_at: datetime
    answered_at: datetime | None
    answer: str
    before: Annotated[dict[str, Any], Meta(description="the named fields' values before the answer")]


class DeskRegister(msgspec.Struct, frozen=True):
    """What a register said; `facts` null = it was out of reach."""

    facts: dict[str, Any] | None
    at: datetime


class DeskDossier(msgspec.Struct, frozen=True):
    """A case with all that stands beside it."""

    case: DeskCase
    email: str
    language: str
    channel: str
    answers: dict[str, Any]
    history: list[DeskEvent]
    checks: list[DeskCheck]
    registers: dict[str, DeskRegister]
    notes: list[DeskNote]
    steps_done: Annotated[list[str], Meta(description="of the written procedure")]
    questions: list[DeskQuestion]
    holds: list[DeskHold]
    same_subject: Annotated[list[str], Meta(description="references of other cases about the same subject")]
    group: Annotated[list[str], Meta(description="references of cases filed together")]


class QueueQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which cases."""

    queue: Annotated[queues.QueueName, Meta(description="`open` is all that is not decided")] = "new"
    office: (
        Annotated[str, Meta(min_length=1, max_length=50, description="one office's slug; all of one's own without")]
        | None
    ) = None
    cursor: Annotated[str, Meta(max_length=200, pattern="^[A-Za-z0-9_-]+$")] | None = None
    limit: Annotated[int, Meta(ge=1, le=100)] = 25


class Assignment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """To whom a case is given."""

    to: Annotated[UUID, Meta(description="the colleague's account")]


class Ask(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A question to the applicant."""

    fields: Annotated[list[str], Meta(min_length=1, max_length=50, description="page.field paths asked about")]
    message: NeededWords


class Approval(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A decision for the applicant."""

    message: Words = ""


class Refusal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A decision against the applicant."""

    reason: Annotated[str, Meta(max_length=40, description="a code that the service publishes in `reasons`")]
    message: Words = ""


class Told(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Words that the applicant reads."""

    message: NeededWords


class HoldReason(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why a case is stopped; the applicant never sees it."""

    reason: NeededWords


class LiftNote(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What colleagues should know of it."""

    note: Words = ""


class NewNote(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A note between officers."""

    text: NeededWords


@endpoint("GET", query=QueueQuery, returns=DeskPage, scope="desk:read")
def list_cases(call: Call[None, QueueQuery]) -> DeskPage:
    """One page of a queue of the caller's offices, the most pressing first."""
    _check_officer(call.by)
    asked = call.query
    office = directory.office_by_slug(asked.office).id if asked.office else None
    page = queues.queue(name=asked.queue, by=call.by, office=office, cursor=asked.cursor, limit=asked.limit)
    return DeskPage([_line(case) for case in page.cases], page.next_cursor)


@endpoint("GET", returns=DeskDossier, scope="desk:read")
def read_desk_case(call: Call[None, None], *, reference: str) -> DeskDossier:
    """A case of one's office, whole. The look is recorded in the audit."""
    case = queries.case_for_officer(reference=reference, by=call.by)
    found = queries.dossier(case, by=call.by)
    return DeskDossier(
        case=_line(case),
        email=case.email,
        language=case.language,
        channel=case.channel,
        answers=case.answers,
        # Counted anew: a gap in the stored numbers would tell of a hold to those who may not see it.
        history=[DeskEvent(n, e.at, e.type, e.actor, e.data, e.public) for n, e in enumerate(found.history, start=1)],
        checks=[DeskCheck(c.check_id, c.outcome, c.at) for c in found.checks],
        registers={name: DeskRegister(facts.facts, facts.at) for name, facts in found.facts.items()},
        notes=[DeskNote(n.text, n.author_id, n.at) for n in found.notes],
        steps_done=sorted(found.marks),
        questions=[
            DeskQuestion(list(q.fields), q.message, q.asked_at, q.answered_at, q.answer, q.before)
            for q in found.questions
        ],
        holds=[DeskHold(h.reason, h.placed_by, h.placed_at, h.lifted_at) for h in found.holds],
        same_subject=[other.reference for other in found.same_subject],
        group=[other.reference for other in found.group],
    )


def _action(name: str, body: Any, summary: str, do: Callable[[str, Actor, Any], Case]) -> Endpoint[Actor]:
    """An officer's action on one case; its answer is the case's line."""

    def act(call: Call[Any, None], *, reference: str) -> DeskCase:
        return _line(do(reference, call.by, call.body))

    act.__name__, act.__doc__ = name, summary
    return endpoint("POST", body=body, returns=DeskCase, scope="desk:decide", refusals=("conflict",))(act)


ACTIONS: dict[str, Endpoint[Actor]] = {
    "claim": _action(
        "claim_case", Nothing, "Take a case to work on.", lambda r, by, _: services.claim(reference=r, by=by)
    ),
    "unclaim": _action(
        "unclaim_case", Nothing, "Put a case back for others.", lambda r, by, _: services.unclaim(reference=r, by=by)
    ),
    "assign": _action(
        "assign_case",
        Assignment,
        "Give a case to a colleague of its office.",
        lambda r, by, body: services.assign(reference=r, to=body.to, by=by),
    ),
    "ask": _action(
        "ask_case",
        Ask,
        "Ask the applicant about named fields.",
        lambda r, by, body: services.ask(reference=r, fields=body.fields, message=body.message, by=by),
    ),
    "approve": _action(
        "approve_case",
        Approval,
        "Decide for the applicant.",
        lambda r, by, body: decisions.approve(reference=r, message=body.message, by=by),
    ),
    "refuse": _action(
        "refuse_case",
        Refusal,
        "Decide against the applicant, for a published reason.",
        lambda r, by, body: decisions.refuse(reference=r, reason=body.reason, message=body.message, by=by),
    ),
    "refer": _action(
        "refer_case",
        Told,
        "Close the case here and tell the applicant where to go.",
        lambda r, by, body: decisions.refer(reference=r, message=body.message, by=by),
    ),
    "complete": _action(
        "complete_case",
        Told,
        "Close the case with an answer.",
        lambda r, by, body: decisions.complete(reference=r, message=body.message, by=by),
    ),
    "hold": _action(
        "hold_case",
        HoldReason,
        "Stop a case for identification; the applicant sees no difference.",
        lambda r, by, body: decisions.hold(reference=r, reason=body.reason, by=by),
    ),
    "lift-hold": _action(
        "lift_hold",
        LiftNote,
        "Let a held case go on.",
        lambda r, by, body: decisions.lift_hold(reference=r, note=body.note, by=by),
    ),
    "notes": _action(
        "add_note",
        NewNote,
        "Leave a note to colleagues.",
        lambda r, by, body: services.add_note(reference=r, text=body.text, by=by),
    ),
}


def _line(case: Case | queues.Row) -> DeskCase:
    return DeskCase(
        reference=case.reference,
        service=case.service,
        status=State(case.state),
        office=directory.office(case.office_id).slug,
        applicant_name=case.applicant_name,
        submitted_at=case.submitted_at,
        due_at=case.due_at,
        late=case.late,
        held=case.held,
        claimed_by=case.claimed_by_id,
        claimed_at=case.claimed_at,
        decided_at=case.decided_at,
        links=DeskLinks(self=Link(f"{ROOT}/desk/cases/{case.reference}")),
    )


def _check_officer(by: Actor) -> None:
    if not by.is_officer:
        raise Forbidden(Text(th="ท่านไม่มีตำแหน่งในสำนักงานใด", en="You hold no post in any office"))


urlpatterns = [
    route("desk/cases", list_cases, name="desk_cases"),
    route("desk/cases/<str:reference>", read_desk_case, name="desk_case"),
    *(route(f"desk/cases/<str:reference>/{name}", action, name=action.name) for name, action in ACTIONS.items()),
]
