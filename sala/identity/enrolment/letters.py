"""What the letters about enrolments say, for the post room that writes and sends them. They hold no picture, no
number and no code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec
from django.conf import settings

from sala.identity.accounts import queries as accounts
from sala.identity.directory import queries as directory
from sala.identity.enrolment import stopping
from sala.identity.enrolment.models import Enrolment
from sala.kit import outbox
from sala.kit.ids import uuid7

TOPIC = "enrolment.letter"


class Told(msgspec.Struct, frozen=True):
    """The payload of the topic: names of rows."""

    kind: str
    id: str
    account: UUID
    enrolment: UUID | None = None


def tell(kind: str, account: UUID, *, enrolment: UUID | None = None) -> None:
    """Have a letter written, within the caller's transaction."""
    outbox.emit(TOPIC, msgspec.to_builtins(Told(kind, str(uuid7()), account, enrolment)))


def letter_for(payload: Mapping[str, Any]) -> dict[str, Any] | None:
    """The letter that an event asks for: kind, id, to, language and the context of its template; None for nobody.

    The context has `name`, `reason` (an officer's), `office` (its name), `level`, and the addresses `enrol_url`,
    `pin_url`, `forgotten_url`, `looks_url`, `recover_url`, and of a recovery `stop_url`.
    """
    told = msgspec.convert(payload, Told, strict=False)
    reader = accounts.officer(told.account)
    if reader is None:
        return None
    row = Enrolment.objects.filter(id=told.enrolment).first() if told.enrolment else None
    office = directory.office(row.office_id).name.in_(reader.language) if row and row.office_id else ""
    words = {
        "name": reader.given_name,
        "reason": row.reason if row else "",
        "level": row.level if row else "",
        "office": office,
        "enrol_url": f"{settings.PUBLIC_URL}/id/enrol/",
        "pin_url": f"{settings.PUBLIC_URL}/id/pin/",
        "forgotten_url": f"{settings.PUBLIC_URL}/account/forgotten/",
        "looks_url": f"{settings.PUBLIC_URL}/account/my-data/looks/",
        "recover_url": f"{settings.PUBLIC_URL}/id/recover/",
        "stop_url": stopping.url_of(row.id) if row and row.purpose == "recover" else "",
    }
    return {"kind": told.kind, "id": told.id, "to": reader.email, "language": reader.language, "context": words}
