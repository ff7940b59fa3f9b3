"""Filing and following a case by API: the same functions as the pages, in JSON."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from django.conf import settings
from msgspec import Meta, field

from sala.engine.cases import filing, queries, services
from sala.engine.cases.filing import Filed, Once, Prepared, TooEarly
from sala.engine.cases.queries import Asked, Happened, Status
from sala.engine.cases.routing import NeedsVisit
from sala.engine.cases.states import State
from sala.engine.catalogue import queries as catalogue
from sala.engine.catalogue.loaded import Loaded
from sala.identity.accounts.actor import ANONYMOUS, Actor
from sala.identity.accounts.api import Call, endpoint, needs_token
from sala.identity.accounts.requests import address_of
from sala.identity.accounts.rules import network
from sala.kit import idempotency, throttle
from sala.kit.api import route
from sala.kit.errors import NotFound, SalaError, TooMany
from sala.kit.problems import Refused
from sala.kit.text import Text

logger = logging.getLogger("sala.api")

R = TypeVar("R")
ROOT = f"{settings.PUBLIC_URL}/api/v1"
Reference = Annotated[str, Meta(description="the case's number", examples=["TM47-7K3M9QXT-4"])]
Key = Annotated[str, Meta(max_length=64, description="the key from the acknowledgement; with it no token is needed")]


class Link(msgspec.Struct, frozen=True):
    """An address to go on to."""

    href: str


class CaseLinks(msgspec.Struct, frozen=True):
    """Where to go on from a case."""

    self: Link
    service: Link


class NewCase(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A request to be filed."""

    answers: Annotated[
        dict[str, Any],
        Meta(
            description="by page, then by field, as the service's `schema` says; a repeated group is a list",
            examples=[{"stay": {"phone": "+66812345678"}}],
        ),
    ]
    language: Annotated[Literal["th", "en"], Meta(description="in which the applicant is written to")] = "th"


class Receipt(msgspec.Struct, frozen=True):
    """The acknowledgement: keep `reference` and `key`; `due_at` is the promised moment of the result."""

    reference: Reference
    status: State
    submitted_at: datetime
    due_at: datetime
    late: Annotated[bool, Meta(description="filed after the last day of its window; accepted all the same")]
    due_on: Annotated[date | None, Meta(description="the statutory date the filing window turns on")]
    key: Annotated[str, Meta(description="opens the status without a token: GET self with ?key=")]
    links: CaseLinks = field(name="_links")


class CaseStatus(msgspec.Struct, frozen=True):
    """Where a case stands, as its applicant sees it."""

    reference: Reference
    service: str
    status: State
    submitted_at: datetime
    due_at: datetime
    decided_at: datetime | None
    reason: Annotated[str | None, Meta(description="the published code of the reason, where refused")]
    late: bool
    next_due_on: Annotated[date | None, Meta(description="when the next report falls due, once approved")]
    question: Annotated[Asked | None, Meta(description="what waits for an answer")]
    history: Annotated[list[Happened], Meta(description="oldest first")]
    links: CaseLinks = field(name="_links")


class ByKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who has no token shows the key."""

    key: Key | None = None


class NewAnswer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The answer to an open question."""

    values: Annotated[dict[str, Any], Meta(description="page.field → value, of the fields asked about")] = {}
    message: Annotated[str, Meta(max_length=4000)] = ""


class Nothing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """No body is needed."""


@endpoint(
    "POST",
    body=NewCase,
    returns=Receipt,
    status=201,
    scope="cases:write",
    anonymous=True,
    refusals=("too_early", "needs_visit"),
    location=lambda receipt: str(receipt.links.self.href),
    together=True,
)
def file_case(calls: Sequence[Call[NewCase, None]]) -> list[Receipt | idempotency.Kept | SalaError]:
    """File a request.

    Acknowledged at once, with the moment by which the result comes. Before the first day of the service's
    filing window the answer is 409 `too_early` with `opens_on`: the API keeps no drafts, so send it again
    on or after that day. A late request is accepted and marked. A service that is given in person is filed
    with its visit, at /bookings; here the answer is 409 `needs_visit`. Send an Idempotency-Key, so that a
    repetition after a lost connection files nothing twice.
    """
    waiting: Counter[str] = Counter()
    judged = [_judged(call, waiting) for call in calls]
    together = [one for one in judged if isinstance(one, Prepared) and not one.attached]
    written = {id(one): filed for one, filed in zip(together, filing.write_all(together), strict=True)}
    # From here on nothing may raise: what is filed would be refused, and filed again.
    return [
        _settled(lambda: _filed(call, written[id(one)] if id(one) in written else _written(one)))  # noqa: B023
        if isinstance(one, Prepared)
        else one
        for call, one in zip(calls, judged, strict=True)
    ]


def _judged(call: Call[NewCase, None], waiting: Counter[str]) -> Prepared | idempotency.Kept | SalaError:
    """What is to be written, or what is answered instead. `waiting`: how many of each caller are to be written."""
    caller = _caller(call)
    try:
        loaded = catalogue.current(call.path["service"])
        if loaded.declaration.sign_in != "none" and call.by is ANONYMOUS:
            return needs_token()
        throttle.filings.check(caller, settings.API_FILINGS_A_DAY - waiting[caller])
        prepared = filing.prepare(
            service=loaded,
            answers=call.body.answers,
            by=call.by,
            language=call.body.language,
            channel="api",
            once=_once(call, loaded),
        )
    except TooEarly as early:
        return _too_early(early)
    except NeedsVisit:
        return Refused("needs_visit", members={"bookings": f"{ROOT}/bookings"})
    except TooMany as refusal:
        return _before(call) or refusal  # a repetition is no further request
    except SalaError as refusal:
        return refusal
    waiting[caller] += 1
    return prepared


def _written(prepared: Prepared) -> Filed | None:
    """One with files is filed by itself, in a transaction with what binds them."""
    try:
        return filing.write(prepared)
    except filing.AlreadyAnsweredError:
        return None


def _filed(call: Call[NewCase, None], filed: Filed | None) -> Receipt | idempotency.Kept | SalaError:
    if filed is None:
        return _before(call) or _unavailable()  # swept between the conflict and this read
    throttle.filings.count(_caller(call))
    return _receipt(filed, call.path["service"])


def _settled(work: Callable[[], R]) -> R | SalaError:
    try:
        return work()
    except SalaError as refusal:
        return refusal
    except Exception:  # whatever it is, it is this request's alone
        logger.exception("A request failed beside its group")
        return _unavailable()


def _unavailable() -> Refused:
    return Refused("unavailable", headers={"Retry-After": "5"})


def _before(call: Call[NewCase, None]) -> idempotency.Kept | SalaError | None:
    """The answer that this request had before, if it is a repetition."""
    try:
        return idempotency.recalled(call.key) if call.key else None
    except Refused as refusal:  # the key was another request's
        return refusal


def _caller(call: Call[NewCase, None]) -> str:
    return call.by.label if call.by is not ANONYMOUS else network(address_of(call.request))


def _once(call: Call[NewCase, None], loaded: Loaded) -> Once | None:
    return Once(key=call.key, respond=lambda filed: call.kept(_receipt(filed, loaded.slug))) if call.key else None


def _receipt(filed: Filed, service: str) -> Receipt:
    return Receipt(
        reference=filed.reference,
        status=filed.status,
        submitted_at=filed.submitted_at,
        due_at=filed.due_at,
        late=filed.late,
        due_on=filed.due_on,
        key=filed.key,
        links=links(filed.reference, service),
    )


def _too_early(early: TooEarly) -> Refused:
    message = Text(
        th=f"{early.message.th} ทาง API ไม่เก็บฉบับร่าง โปรดส่งอีกครั้งตั้งแต่วันนั้น",
        en=f"{early.message.en}. The API keeps no drafts: send it again on or after that day",
    )
    return Refused("too_early", message, members={"opens_on": early.window.first_day})


@endpoint("GET", query=ByKey, returns=CaseStatus, scope="cases:read", anonymous=True, together=True)
def read_case(calls: Sequence[Call[None, ByKey]]) -> list[CaseStatus | SalaError]:
    """Where a case stands.

    For its applicant's token, or with `?key=` from the acknowledgement. Anybody else is told 404.
    """
    looks = [queries.Looked(call.path["reference"], call.by, call.query.key) for call in calls]
    return [
        _shown(found) if found else _unseen(call) for call, found in zip(calls, queries.statuses(looks), strict=True)
    ]


def _unseen(call: Call[None, ByKey]) -> SalaError:
    """To who shows neither token nor key nothing was found, and they are told what to show."""
    return needs_token() if call.by is ANONYMOUS and call.query.key is None else NotFound()


@endpoint(
    "POST", body=NewAnswer, query=ByKey, returns=CaseStatus, scope="cases:write", anonymous=True, refusals=("conflict",)
)
def answer_case(call: Call[NewAnswer, ByKey], *, reference: str) -> CaseStatus:
    """Answer the officer's question: new values for the fields asked about, and words."""
    by = _applicant(call, reference)
    services.answer(reference=reference, values=call.body.values, message=call.body.message, by=by)
    return _status(call, reference)


@endpoint(
    "POST", body=Nothing, query=ByKey, returns=CaseStatus, scope="cases:write", anonymous=True, refusals=("conflict",)
)
def withdraw_case(call: Call[Nothing, ByKey], *, reference: str) -> CaseStatus:
    """Take a request back, as long as it is not decided."""
    services.withdraw(reference=reference, by=_applicant(call, reference))
    return _status(call, reference)


def _applicant(call: Call[Any, ByKey], reference: str) -> Actor:
    """The caller, or the holder of the case's key."""
    if call.query.key is not None:
        case = queries.case_by_key(reference=reference, key=call.query.key)
        return Actor(kind="key", id=case.reference)
    if call.by is ANONYMOUS:
        raise needs_token()
    return call.by


def _status(call: Call[Any, ByKey], reference: str) -> CaseStatus:
    return _shown(queries.status(reference=reference, by=call.by, key=call.query.key))


def _shown(found: Status) -> CaseStatus:
    return CaseStatus(
        reference=found.reference,
        service=found.service,
        status=found.state,
        submitted_at=found.submitted_at,
        due_at=found.due_at,
        decided_at=found.decided_at,
        reason=found.reason_code or None,
        late=found.late,
        next_due_on=found.next_due_on,
        question=found.question,
        history=found.history,
        links=links(found.reference, found.service),
    )


def links(reference: str, service: str) -> CaseLinks:
    """Where to go on from a case."""
    return CaseLinks(self=Link(f"{ROOT}/cases/{reference}"), service=Link(f"{ROOT}/services/{service}"))


urlpatterns = [
    route("services/<slug:service>/cases", file_case, name="file_case"),
    route("cases/<str:reference>", read_case, name="case"),
    route("cases/<str:reference>/answer", answer_case, name="answer_case"),
    route("cases/<str:reference>/withdraw", withdraw_case, name="withdraw_case"),
]
