"""Reads about letters."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sala.engine.messages.models import Message, StoppedReminders


@dataclass(frozen=True, slots=True)
class Sent:
    """A letter as an officer sees it on the case. `state`: queued, retrying, sent or bounced."""

    id: UUID
    kind: str
    to: str
    subject: str
    state: str
    attempts: int
    last_error: str
    created_at: datetime
    next_attempt_at: datetime
    sent_at: datetime | None


def of_case(reference: str) -> list[Sent]:
    """All letters about a case, oldest first."""
    rows = Message.objects.filter(case_reference=reference).exclude(case_reference="").order_by("id")
    return [Sent(*row) for row in rows.values_list(*Sent.__dataclass_fields__)]


@dataclass(frozen=True, slots=True)
class Words:
    """What a letter says."""

    subject: str
    text: str
    html: str


def words(reference: str, message: UUID) -> Words | None:
    """What one letter about a case says; None where there is none of that id about that case."""
    row = (
        Message.objects.filter(id=message, case_reference=reference)
        .exclude(case_reference="")
        .values_list("subject", "text", "html")
        .first()
    )
    return Words(*row) if row else None


def waiting() -> int:
    """How many letters wait for delivery, for monitoring."""
    return Message.objects.filter(state__in=[Message.State.QUEUED, Message.State.RETRYING]).count()


def stopped(references: Collection[str]) -> set[str]:
    """Those of these cases whose applicants want no more reminders."""
    rows = StoppedReminders.objects.filter(case_reference__in=references)
    return set(rows.values_list("case_reference", flat=True))


def keys_posted(keys: Collection[str]) -> set[str]:
    """Those of these keys under which a letter was posted already."""
    return set(Message.objects.filter(key__in=keys).values_list("key", flat=True))
