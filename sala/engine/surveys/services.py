"""Answering the survey."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from django.db import transaction

from sala.engine.catalogue import queries as catalogue
from sala.engine.dashboards import services as dashboards
from sala.engine.surveys.models import Answer
from sala.engine.surveys.rules import HIGHEST, LOWEST, may_change
from sala.kit import clock
from sala.kit.errors import Conflict, Fault, Invalid, NotFound
from sala.kit.ids import keyed_digest
from sala.kit.text import Text

LONGEST_COMMENT = 1000

_CHOOSE = Text(th="โปรดเลือกระดับความพึงพอใจ", en="Choose how satisfied you are")
_TOO_LONG = Text(
    th=f"ข้อเสนอแนะ: ต้องไม่เกิน {LONGEST_COMMENT:,} ตัวอักษร",
    en=f"Comment: it must be {LONGEST_COMMENT:,} characters or fewer",
)
_TOO_LATE = Text(
    th="ท่านตอบแบบประเมินนี้ไปแล้วเกิน 30 วัน จึงแก้ไขไม่ได้",
    en="You answered more than 30 days ago, so the answer can no longer be changed",
)


class Rated(Protocol):
    """What the survey needs to know of a case."""

    @property
    def reference(self) -> str: ...
    @property
    def service(self) -> str: ...
    @property
    def version_id(self) -> str: ...
    @property
    def office_id(self) -> int: ...
    @property
    def decided_at(self) -> datetime | None: ...


@transaction.atomic
def answer(*, case: Rated, score: int | None, comment: str = "") -> None:
    """Say how the service was: 1 … 5 and, if wanted, words. The last answer of the first 30 days counts.

    Raises Invalid, NotFound where nothing is asked about the case, and Conflict after the 30 days. The caller has
    checked that the case is its reader's.
    """
    if not asks(case):
        raise NotFound
    score, words = _checked(score, comment)
    now = clock.now()
    given, new = Answer.objects.select_for_update(no_key=True).get_or_create(
        case_key=key_of(case),
        defaults={
            "service": case.service,
            "office_id": case.office_id,
            "score": score,
            "comment": words,
            "first_at": now,
            "answered_at": now,
        },
    )
    if not new:
        if (given.score, given.comment) == (score, words):
            return
        if not may_change(given.first_at, now):
            raise Conflict(_TOO_LATE)
        _count(given, -1)
        given.score, given.comment, given.answered_at = score, words, now
        given.save(update_fields=["score", "comment", "answered_at"])
    _count(given, 1)


def asks(case: Rated) -> bool:
    """Whether the case's applicant is asked: a result is there and the service wants to know."""
    return case.decided_at is not None and catalogue.version(case.version_id).declaration.survey is not None


def key_of(case: Rated) -> str:
    return keyed_digest("survey", case.reference)


def _checked(score: int | None, comment: str) -> tuple[int, str]:
    faults = []
    if score is None or not LOWEST <= score <= HIGHEST:
        faults.append(Fault("score", "required", _CHOOSE))
        score = LOWEST
    words = "".join(c for c in comment.replace("\r\n", "\n") if c == "\n" or c.isprintable()).strip()
    if len(words) > LONGEST_COMMENT:
        faults.append(Fault("comment", "too_long", _TOO_LONG))
    if faults:
        raise Invalid(faults)
    return score, words


def _count(given: Answer, value: int) -> None:
    day = clock.local_day(given.answered_at)
    dashboards.add([dashboards.Row(given.service, given.office_id, day, f"score:{given.score}", value)])
