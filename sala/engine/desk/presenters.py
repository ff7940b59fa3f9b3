"""What the templates draw, made ready: words and choices stay out of the views, formatting out of the models."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sala.engine.cases.queues import Row
from sala.engine.cases.states import State
from sala.engine.catalogue import queries as catalogue
from sala.engine.desk.rules import Left, time_left
from sala.identity.accounts.names import names
from sala.identity.directory import queries as directory
from sala.kit import clock
from sala.kit.errors import NotFound
from sala.kit.text import Text

STATES: dict[State, Text] = {
    State.SUBMITTED: Text(th="รับเรื่องแล้ว", en="Received"),
    State.IN_REVIEW: Text(th="กำลังพิจารณา", en="Being checked"),
    State.INFO_REQUESTED: Text(th="รอผู้ยื่น", en="Waiting for the applicant"),
    State.APPROVED: Text(th="อนุมัติแล้ว", en="Approved"),
    State.REFUSED: Text(th="ไม่อนุมัติ", en="Refused"),
    State.REFERRED: Text(th="ส่งต่อแล้ว", en="Referred"),
    State.COMPLETED: Text(th="เสร็จสิ้น", en="Completed"),
    State.WITHDRAWN: Text(th="ผู้ยื่นถอนเรื่อง", en="Withdrawn"),
}
Tone = Literal["", "soon", "over", "paused", "done"]


@dataclass(frozen=True, slots=True)
class Due:
    """The promise in words, with the exact moment beside it; None while there is none, for want of a visit."""

    words: str
    at: datetime | None
    tone: Tone


def due(
    *, state: str, due_at: datetime, warn_at: datetime, paused_at: datetime | None, decided_at: datetime | None
) -> Due:
    """How a case stands by its promise."""
    now = clock.now()
    if decided_at:
        words = _("In time") if decided_at <= due_at else _("Too late")
        return Due(words, due_at, "done" if decided_at <= due_at else "over")
    if paused_at and state != State.INFO_REQUESTED:  # its visit lost its time
        return Due(_("After the new visit"), None, "paused")
    if paused_at:
        return Due(_("Clock stopped"), due_at, "paused")
    left = time_left(due_at, now)
    return Due(_left_words(left), due_at, "over" if left.over else "soon" if warn_at <= now else "")


def _left_words(left: Left) -> str:
    if left.over:
        words = {
            "minutes": ngettext("%(count)s minute over", "%(count)s minutes over", left.number),
            "hours": ngettext("%(count)s hour over", "%(count)s hours over", left.number),
            "days": ngettext("%(count)s day over", "%(count)s days over", left.number),
        }
    else:
        words = {
            "minutes": ngettext("%(count)s minute left", "%(count)s minutes left", left.number),
            "hours": ngettext("%(count)s hour left", "%(count)s hours left", left.number),
            "days": ngettext("%(count)s day left", "%(count)s days left", left.number),
        }
    return words[left.unit] % {"count": left.number}


@dataclass(frozen=True, slots=True)
class Line:
    """One case in a list."""

    reference: str
    name: str
    subject: str
    service: str
    office: str
    state: State
    state_words: str
    due: Due
    submitted_at: datetime
    late: bool
    bereaved: bool
    held: bool
    grouped: bool
    alerts: int
    consents: bool
    claimed_by: str
    mine: bool
    open: bool


def lines(rows: Sequence[Row], *, me: UUID | None) -> list[Line]:
    """Rows of a queue, with the names of those who claimed them in one read."""
    owners = names(f"account:{row.claimed_by_id}" for row in rows if row.claimed_by_id)
    return [
        Line(
            reference=row.reference,
            name=row.applicant_name,
            subject=row.subject_key.rpartition(":")[2],
            service=service_name(row.service),
            office=office_name(row.office_id),
            state=row.state,
            state_words=str(STATES[row.state]),
            due=due(
                state=row.state,
                due_at=row.due_at,
                warn_at=row.warn_at,
                paused_at=row.paused_at,
                decided_at=row.decided_at,
            ),
            submitted_at=row.submitted_at,
            late=row.late,
            bereaved=row.applicant_died_on is not None,
            held=row.held,
            grouped=row.grouped,
            alerts=row.alerts,
            consents=row.consents,
            claimed_by=owners.get(f"account:{row.claimed_by_id}", "") if row.claimed_by_id else "",
            mine=row.claimed_by_id is not None and row.claimed_by_id == me,
            open=row.decided_at is None,
        )
        for row in rows
    ]


def service_name(slug: str) -> str:
    """A service's name; its slug where it takes no more cases."""
    try:
        return str(catalogue.current(slug).declaration.name)
    except NotFound:
        return slug


def office_name(office_id: int) -> str:
    try:
        return str(directory.office(office_id).name)
    except NotFound:
        return str(office_id)


# A history that was altered holds anything: its page must still open.
_ACCOUNT = re.compile(r"account:[0-9a-f-]{36}")


def people(labels: Iterable[str]) -> Mapping[str, str]:
    """Who stands behind actors' labels: a person's name, or what acted."""
    wanted = {label for label in labels if label}
    found = names(label for label in wanted if _ACCOUNT.fullmatch(label))
    words = {"system": _("Sala, by itself"), "key": _("The applicant, by link"), "anonymous": _("The applicant")}
    return {
        label: found.get(label) or words.get(label.partition(":")[0]) or _("Somebody whose account was closed")
        for label in wanted
    }
