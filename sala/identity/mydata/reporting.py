"""“This was not me”: lock, tell, and put it before the officers of the department."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from django.db import transaction

from sala.identity.accounts import disowning, holdings
from sala.identity.accounts import services as accounts
from sala.identity.accounts.actor import Actor
from sala.identity.accounts.disowning import A_DAY, Locked
from sala.identity.accounts.sessions import own_id
from sala.identity.mydata import looks, words
from sala.identity.mydata.models import Report
from sala.identity.mydata.permissions import check_handles
from sala.identity.provider import withdrawing
from sala.identity.wallet import disowning as wallet
from sala.kit import audit, clock
from sala.kit.errors import Fault, Forbidden, Invalid, NotFound
from sala.kit.text import Text

KEPT = timedelta(days=730)
MOST = 200
"""Handled reports that the officers' page shows."""
REMARK_MAX = 2000


@dataclass(frozen=True, slots=True)
class Disowned:
    """What somebody says was not them: its sort, number, words, and since when a stranger may have been there."""

    about: str
    number: str
    words: Text
    at: datetime | None
    since: datetime


def what(about: str, number: str, *, by: Actor) -> Disowned:
    """The session, look or event that is told not to have been oneself. Raises NotFound for another's."""
    account = own_id(by)
    now = clock.now()
    if about == "session":
        began = holdings.session_since(account, UUID(number)) if _is_uuid(number) else None
        if began is None:
            raise NotFound
        return Disowned("session", number, words.ABOUT["session"], began, began)
    if about == "look":
        line = looks.one(account, number)
        if line is None:
            raise NotFound
        sort = {"service": "sign_in" if line.act == "authorize" else "look", "officer": "officer"}
        about = sort.get(line.kind, "activity")
        return Disowned(about, number, line.what or line.by, line.at, line.at - A_DAY)
    if about not in {"", "other", "approval", "copy"}:
        raise NotFound
    sort_of = about or "other"
    return Disowned(sort_of, number[:64], words.ABOUT[sort_of], None, now - A_DAY)


def disown(*, found: Disowned, by: Actor) -> Locked:
    """Lock the account, end every token, and tell the officers. May be repeated: what waits is reported once."""
    with transaction.atomic():
        locked = accounts.disown(since=found.since, about=found.about, by=by)
        _end(locked.account_id, found.since, by.label)
        _report(locked, found.about, {"number": found.number}, found.since, by_letter=False)
        return locked


def disown_by_letter(*, token: str) -> Locked:
    """The same by the link from a letter. Raises LinkGone."""
    with transaction.atomic():
        locked, seen = disowning.disown_by_letter(token=token)
        _end(seen.account_id, seen.since, f"account:{seen.account_id}")
        _report(locked, seen.about, {}, seen.since, by_letter=True)
        return locked


def _end(account: UUID, since: datetime, label: str) -> None:
    """What the rooms above accounts hold open for whoever was there."""
    wallet.disown(account_id=account, since=since)
    withdrawing.disown(account_id=account, since=since, label=label)


def _report(locked: Locked, about: str, detail: dict[str, Any], since: datetime, *, by_letter: bool) -> None:
    Report.objects.create(
        account_id=locked.account_id,
        about=about,
        detail=detail | {"doubtful_passkeys": locked.doubtful},
        since=since,
        reported_at=clock.now(),
        by_letter=by_letter,
    )


def of_account(account: UUID) -> list[dict[str, Any]]:
    """What somebody reported, for their own copy, the newest first."""
    rows = Report.objects.filter(account_id=account).order_by("-id")
    return [msgspec.to_builtins(row) for row in rows.values("about", "detail", "since", "reported_at", "handled_at")]


# --- The officers -------------------------------------------------------------------------------------


def waiting(by: Actor) -> list[Report]:
    """Reports that wait, the longest waiting first. They name nobody. Raises NotFound for who handles none."""
    check_handles(by)
    return list(Report.objects.filter(handled_at=None).order_by("reported_at")[:MOST])


def handled(by: Actor) -> list[Report]:
    """The reports handled last. Raises NotFound for who handles none."""
    check_handles(by)
    return list(Report.objects.filter(handled_at__isnull=False).order_by("-handled_at")[:20])


@dataclass(frozen=True, slots=True)
class Opened:
    """A report with its person, as an officer sees it."""

    report: Report
    person: Mapping[str, Any]


def opened(report: UUID, *, by: Actor) -> Opened:
    """One report. That it was looked at stands in the audit, and on its person's page. Raises NotFound."""
    check_handles(by)
    row = Report.objects.filter(id=report).first()
    if row is None:
        raise NotFound
    audit.record(by.label, "report.viewed", f"account:{row.account_id}", {"report": str(row.id)})
    return Opened(row, holdings.account(row.account_id))


def handle(*, report: UUID, remark: str, by: Actor) -> None:
    """Say what was found and done. May be repeated; the first word stands. Raises NotFound, Invalid, Forbidden."""
    check_handles(by)
    said = remark.strip()
    if not said or len(said) > REMARK_MAX:
        raise Invalid([Fault("remark", "missing" if not said else "too_long", words.NO_REMARK)])
    with transaction.atomic():
        row = Report.objects.select_for_update().filter(id=report).first()
        if row is None:
            raise NotFound
        if row.account_id == by.account_id:
            raise Forbidden(words.OWN_REPORT)
        if row.handled_at is None:
            row.handled_at, row.handled_by, row.remark = clock.now(), by.label, said
            row.save(update_fields=["handled_at", "handled_by", "remark"])
            audit.record(by.label, "report.handled", f"report:{row.id}")


def tidy() -> int:
    """Delete reports that were handled long ago; how many."""
    return Report.objects.filter(handled_at__lt=clock.now() - KEPT).delete()[0]


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
