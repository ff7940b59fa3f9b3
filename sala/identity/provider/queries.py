"""What a person sees of the relying parties: to whom they agreed, who asked what, when and for what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sala.identity.provider import clients, showing
from sala.identity.provider.models import ClientScope, Consent, Look
from sala.identity.provider.scopes import CLAIMS
from sala.kit.text import Text

NEWEST = 50
"""Looks that the page shows."""


@dataclass(frozen=True, slots=True)
class Connection:
    """An RP that the person agreed to tell something."""

    client_id: str
    name: Text
    owner: str
    told: tuple[Text, ...]
    kept: tuple[Text, ...]
    since: datetime


@dataclass(frozen=True, slots=True)
class Asked:
    """One time an RP was told something: what, and for what, as the purposes stood then."""

    at: datetime
    name: Text
    told: tuple[tuple[Text, Text], ...]


def connections(account_id: UUID) -> list[Connection]:
    """The RPs that the person agreed to, the latest first."""
    found = Consent.objects.filter(account_id=account_id).order_by("-changed_at")
    parties = [(consent, clients.party(consent.client_id)) for consent in found]
    return [
        Connection(
            client_id=party.id,
            name=party.name,
            owner=showing.owner(party),
            told=_labels(consent.agreed),
            kept=_labels(consent.refused),
            since=consent.changed_at,
        )
        for consent, party in parties
        if party
    ]


def looks(account_id: UUID) -> list[Asked]:
    """The newest times that RPs were told something about the person, the newest first."""
    found = Look.objects.filter(account_id=account_id, act="userinfo", outcome="").select_related("client")
    rows = list(found.order_by("-id")[:NEWEST])
    whys = list(ClientScope.objects.filter(client__in={row.client_id for row in rows}))
    return [Asked(row.at, Text(th=row.client.name_th, en=row.client.name_en), tuple(_told(row, whys))) for row in rows]


@dataclass(frozen=True, slots=True)
class Call:
    """One call of an RP, for the RP itself: never of whom it was. `outcome` is empty, or the error's code."""

    number: int
    at: datetime
    act: str
    scopes: tuple[str, ...]
    outcome: str
    detail: str


def calls(client_id: str, *, before: int | None = None, faulty: bool = False, limit: int = NEWEST) -> list[Call]:
    """The newest calls of an RP, older than number `before`; only those that failed, if `faulty`."""
    found = Look.objects.filter(client_id=client_id)
    if before is not None:
        found = found.filter(id__lt=before)
    if faulty:
        found = found.exclude(outcome="")
    rows = found.order_by("-id")[:limit]
    return [Call(row.id, row.at, row.act, tuple(row.scopes), row.outcome, row.detail) for row in rows]


def _told(row: Look, whys: list[ClientScope]) -> list[tuple[Text, Text]]:
    then = {
        why.scope: Text(th=why.purpose_th, en=why.purpose_en)
        for why in whys
        if why.client_id == row.client_id and why.since <= row.at and (why.ended_at is None or why.ended_at > row.at)
    }
    return [(CLAIMS[scope], then[scope]) for scope in CLAIMS if scope in row.scopes and scope in then]


def _labels(scopes: list[str]) -> tuple[Text, ...]:
    return tuple(words for scope, words in CLAIMS.items() if scope in scopes)
