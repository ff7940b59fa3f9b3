"""Letters to the people of a relying party, for the post room that writes and sends them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

import msgspec
from django.conf import settings
from django.urls import reverse

from sala.identity.console.models import Invitation, Member, RelyingParty
from sala.identity.console.rules import Role
from sala.identity.console.words import DATA, PARTS
from sala.kit import outbox
from sala.kit.ids import keyed_digest, uuid7
from sala.kit.text import Text

TOPIC = "console.letter"


class Told(msgspec.Struct, frozen=True):
    """The payload of the topic: names of rows, and what an officer wrote."""

    kind: str
    id: str
    party: str
    invitation: str | None = None
    remarks: dict[str, str] = {}


class Asked(msgspec.Struct, frozen=True):
    """One letter to be written: `key` is the same however often it is asked."""

    key: str
    kind: str
    to: str
    language: str
    context: dict[str, Any]
    secret: bool = False


def tell(kind: str, party: UUID, *, invitation: UUID | None = None, remarks: Mapping[str, str] | None = None) -> None:
    """Have a letter written, within the caller's transaction."""
    told = Told(kind, str(uuid7()), str(party), str(invitation) if invitation else None, dict(remarks or {}))
    outbox.emit(TOPIC, msgspec.to_builtins(told))


def letters_for(payload: Mapping[str, Any]) -> list[Asked]:
    """The letters that an event asks for: to whom is invited, or else to every manager in their language."""
    told = msgspec.convert(payload, Told)
    row = RelyingParty.objects.filter(id=told.party).first()
    if row is None:
        return []
    return list(_invitation(told, row, told.invitation) if told.invitation else _to_managers(told, row))


def _invitation(told: Told, row: RelyingParty, invitation: str) -> Iterator[Asked]:
    found = Invitation.objects.filter(id=invitation, ended_at=None).first()
    if found is None:
        return
    context = {
        "service": _name(row).in_(found.language),
        "by": found.invited_by,
        "manager": found.role == Role.MANAGER.value,
        "url": url_of(found.id),
    }
    yield Asked(f"console:{told.id}", told.kind, found.email, found.language, context, secret=True)


def _to_managers(told: Told, row: RelyingParty) -> Iterator[Asked]:
    managers = Member.objects.filter(party=row, role=Role.MANAGER.value, account__closed_at=None)
    for one in managers.select_related("account").order_by("id"):
        language = one.account.language
        context = {
            "name": one.account.given_name,
            "service": _name(row).in_(language),
            "remarks": [(_place(key).in_(language), said) for key, said in told.remarks.items()],
            "url": settings.PUBLIC_URL + reverse("console:party", args=[row.id]),
        }
        yield Asked(f"console:{told.id}:{one.id}", told.kind, one.account.email, language, context)


def _name(row: RelyingParty) -> Text:
    return Text(th=row.content.get("name_th", ""), en=row.content.get("name_en", ""))


def _place(key: str) -> Text:
    return DATA.get(key) or PARTS.get(key) or PARTS["general"]


def token_of(invitation: UUID) -> str:
    """The secret in an invitation's link; derived, so that it is written nowhere but in the letter."""
    return keyed_digest("console.invitation", str(invitation))


def url_of(invitation: UUID) -> str:
    """The address that the letter gives."""
    return settings.PUBLIC_URL + reverse("console:join", args=[token_of(invitation)])
