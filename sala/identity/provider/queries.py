"""What a person sees of their consents: to whom they agreed, to tell what, and what they kept to themselves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sala.identity.provider import clients, showing
from sala.identity.provider.models import Consent
from sala.identity.provider.scopes import CLAIMS
from sala.kit.text import Text


@dataclass(frozen=True, slots=True)
class Claim:
    """One thing that an RP asked for: its scope, and what it is called."""

    scope: str
    label: Text


@dataclass(frozen=True, slots=True)
class Connection:
    """An RP that the person decided about: what it is told, and what was refused and is remembered."""

    client_id: str
    name: Text
    owner: str
    told: tuple[Claim, ...]
    kept: tuple[Claim, ...]
    since: datetime


def connections(account_id: UUID) -> list[Connection]:
    """The RPs that the person decided about, the latest first."""
    found = Consent.objects.filter(account_id=account_id).order_by("-changed_at")
    parties = [(consent, clients.party(consent.client_id)) for consent in found]
    return [
        Connection(
            client_id=party.id,
            name=party.name,
            owner=showing.owner(party),
            told=_claims(consent.agreed),
            kept=_claims(consent.refused),
            since=consent.changed_at,
        )
        for consent, party in parties
        if party
    ]


def _claims(scopes: list[str]) -> tuple[Claim, ...]:
    return tuple(Claim(scope, label) for scope, label in CLAIMS.items() if scope in scopes)
