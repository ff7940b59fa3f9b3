"""A copy of everything that is held about somebody: JSON for programs, PDF for people; both of the same moment.

The PDF is set by a room above (typst), which registers its printer here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import translation

from sala.identity.accounts import disowning
from sala.identity.accounts.actor import Actor
from sala.identity.accounts.sessions import own_id
from sala.identity.mydata import looks, printed, sections
from sala.identity.mydata.looks import Line
from sala.identity.mydata.models import Copy
from sala.kit import audit, clock, outbox, ratelimit
from sala.kit.errors import NotFound
from sala.kit.ids import uuid7
from sala.kit.text import Text

VERSION = "1.0"
"""Of the JSON's schema: the second number grows with what is added, the first where a reader would break."""
KEPT = timedelta(days=1)
AT_ONCE = 150
"""Records up to which a copy is made within the request; more wait for the worker, and a letter tells."""
COPIES_A_DAY = 5
_LOOKS_AT_A_TIME = 2000

Printer = Callable[[dict[str, Any]], bytes]
_printers: list[Printer] = []


def register_printer(printer: Printer) -> None:
    """Who makes the PDF of `printed.document`; the last one registered does."""
    _printers.append(printer)


def ask(*, language: str, by: Actor) -> UUID:
    """Ask for a copy, for somebody who has just proven to be there. One that is being made is not asked twice.

    Raises TooMany.
    """
    account = own_id(by)
    now = clock.now()
    with transaction.atomic():
        waiting = Copy.objects.select_for_update().filter(account_id=account, made_at=None).first()
        if waiting:
            return waiting.id
        ratelimit.hit(f"copy:{account}", COPIES_A_DAY, 86_400)
        copy = Copy.objects.create(id=uuid7(), account_id=account, language=language, asked_at=now)
        audit.record(by.label, "mydata.copy_asked", by.label, {"copy": str(copy.id)})
        if sum(one.count(account) for one in sections.sections()) > AT_ONCE:
            outbox.emit("mydata.copy_asked", {"copy": str(copy.id)})
            return copy.id
        _fill(copy)
    return copy.id


def make(copy_id: UUID) -> None:
    """Make a copy that was asked for, and tell its person. May be repeated."""
    with transaction.atomic():
        copy = Copy.objects.select_for_update().filter(id=copy_id, made_at=None).first()
        if copy is None:
            return
        _fill(copy)
        disowning.tell_copy_ready(account_id=copy.account_id)


def _fill(copy: Copy) -> None:
    told = document(copy.account_id)
    copy.json = msgspec.json.format(msgspec.json.encode(told), indent=2)
    with translation.override(copy.language):
        copy.pdf = _printers[-1](printed.document(copy.account_id, copy.language))
    copy.made_at = clock.now()
    copy.expires_at = copy.made_at + KEPT
    copy.save(update_fields=["json", "pdf", "made_at", "expires_at"])


def latest(by: Actor) -> Copy | None:
    """The copy asked for last, while it is being made or can be saved."""
    copy = Copy.objects.defer("json", "pdf").filter(account_id=own_id(by)).order_by("-id").first()
    return copy if copy and (copy.expires_at is None or copy.expires_at > clock.now()) else None


def content(*, copy: UUID, form: str, by: Actor) -> bytes:
    """A copy's file, `json` or `pdf`, for its person; that it was saved is recorded. Raises NotFound."""
    rows = Copy.objects.filter(id=copy, account_id=own_id(by), expires_at__gt=clock.now())
    found = rows.values_list(form, flat=True).first()
    if found is None:
        raise NotFound
    audit.record(by.label, "mydata.copy_saved", by.label, {"copy": str(copy), "form": form})
    return bytes(found)


def document(account: UUID) -> dict[str, Any]:
    """Everything, as JSON: what `schema.SCHEMA` describes."""
    return {
        "$schema": settings.PUBLIC_URL + reverse("mydata:schema"),
        "version": VERSION,
        "made_at": clock.now().isoformat(),
        "account": str(account),
        "sections": [_section(one, account) for one in sections.sections()],
        "looks": [_look(line) for line in every_look(account)],
    }


def _section(one: sections.Section, account: UUID) -> dict[str, Any]:
    records = one.export(account)
    words = {"title": one.title, "why": one.why, "kept": one.kept, "law": one.law}
    return {"key": one.key, **{name: _text(text) for name, text in words.items()}, "records": records}


def every_look(account: UUID) -> Iterator[Line]:
    """Every look and every event in the account, each sort the newest first."""
    for whose in (looks.ALL.value, looks.MINE.value):
        cursor = ""
        while True:
            page = looks.page(account, whose=whose, cursor=cursor, limit=_LOOKS_AT_A_TIME)
            yield from page.lines
            if not page.next:
                break
            cursor = page.next


def _look(line: Line) -> dict[str, Any]:
    told = [{"claim": one.scope, "purpose": _text(one.purpose), "law": _text(one.basis)} for one in line.told]
    return {
        "number": line.number,
        "at": line.at.isoformat(),
        "kind": line.kind,
        "by": _text(line.by),
        "owner": _text(line.owner) if line.owner else None,
        "act": line.act,
        "reason": _text(line.reason) if line.reason else None,
        "told": told,
    }


def _text(text: Text) -> dict[str, str]:
    return {"th": text.th, "en": text.en}


def forget_account(account: UUID) -> None:
    """The account was closed: its copies go."""
    Copy.objects.filter(account_id=account).delete()


def tidy() -> int:
    """Delete copies whose day is over; how many."""
    return Copy.objects.filter(expires_at__lt=clock.now()).delete()[0]
