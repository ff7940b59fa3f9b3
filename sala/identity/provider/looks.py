"""Who of the relying parties looked at somebody: what, when, for what purpose and by which law, as these stood then."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sala.identity.provider.models import Client, ClientScope, Consent
from sala.identity.provider.scopes import CLAIMS
from sala.kit import clock, sql
from sala.kit.text import Text

SIGN_IN, HEARD = "authorize", "webhook"
TOLD = (SIGN_IN, "userinfo", HEARD)
"""The acts by which something was learnt of a person: that they signed in, what the register has, that it changed."""

_PAGE = """
SELECT id, at, client_id, act, scopes FROM provider_look
 WHERE account_id = %(account)s AND act = ANY (%(acts)s) AND outcome = '' AND id < %(before)s
   AND (%(client)s::text IS NULL OR client_id = %(client)s)
 ORDER BY id DESC LIMIT %(limit)s
"""
_LOOKERS = """
SELECT DISTINCT client_id FROM provider_look WHERE account_id = %(account)s AND act = ANY (%(acts)s) AND outcome = ''
"""


@dataclass(frozen=True, slots=True)
class Told:
    """One claim that was told, why it was asked then, and by which law."""

    scope: str
    label: Text
    purpose: Text
    basis: Text


@dataclass(frozen=True, slots=True)
class Looked:
    """One time that an RP learnt something. `told` is empty where it learnt only that it is this person."""

    number: int
    at: datetime
    client_id: str
    name: Text
    owner: Text
    act: str
    told: tuple[Told, ...]


def page(account_id: UUID, *, before: int | None = None, client: str | None = None, limit: int) -> list[Looked]:
    """The newest looks older than number `before`, perhaps of one RP alone."""
    given: dict[str, Any] = {"account": account_id, "acts": list(TOLD), "client": client, "limit": limit}
    rows = sql.fetch_all(_PAGE, given | {"before": before if before is not None else 2**62})
    clients = _names({row[2] for row in rows})
    whys = list(ClientScope.objects.filter(client__in=clients))
    return [_looked(row, clients, whys) for row in rows]


def of_number(account_id: UUID, number: int) -> Looked | None:
    """One look at this account, by its number."""
    found = page(account_id, before=number + 1, limit=1) if 0 < number < 2**62 else []
    return found[0] if found and found[0].number == number else None


def lookers(account_id: UUID) -> dict[str, Text]:
    """Every RP that ever learnt something, by its id, as long as looks are kept."""
    found = sql.fetch_all(_LOOKERS, {"account": account_id, "acts": list(TOLD)})
    return {client: name for client, (name, _) in _names({row[0] for row in found}).items()}


def consents(account_id: UUID) -> list[dict[str, Any]]:
    """What the person decided about each RP, as it stands, the latest first: rows for their own copy."""
    rows = Consent.objects.filter(account_id=account_id).select_related("client").order_by("-changed_at")
    return [
        {
            "client_id": row.client_id,
            "name": {"th": row.client.name_th, "en": row.client.name_en},
            "agreed": sorted(row.agreed),
            "refused": sorted(row.refused),
            "changed_at": row.changed_at.isoformat(),
        }
        for row in rows
    ]


def _names(clients: Iterable[str]) -> dict[str, tuple[Text, Text]]:
    rows = Client.objects.filter(id__in=clients).select_related("agency")
    return {row.id: (Text(th=row.name_th, en=row.name_en), _owner(row)) for row in rows}


def _owner(row: Client) -> Text:
    if row.agency is None:
        return Text(th=row.company, en=row.company)
    return Text(th=row.agency.name_th, en=row.agency.name_en)


def _looked(row: tuple[Any, ...], clients: dict[str, tuple[Text, Text]], whys: list[ClientScope]) -> Looked:
    number, at, client_id, act, scopes = row
    told = () if act == SIGN_IN else tuple(_told(at, client_id, scopes, whys))
    name, owner = clients[client_id]
    return Looked(number, at, client_id, name, owner, act, told)


def _told(at: datetime, client_id: str, scopes: list[str], whys: list[ClientScope]) -> Iterable[Told]:
    then = {
        why.scope: why
        for why in whys
        if why.client_id == client_id and why.since <= at and (why.ended_at is None or why.ended_at > at)
    }
    for scope, label in CLAIMS.items():
        if scope in scopes and (why := then.get(scope)):
            purpose, basis = Text(th=why.purpose_th, en=why.purpose_en), Text(th=why.basis_th, en=why.basis_en)
            yield Told(scope, label, purpose, basis)


LOOKS_KEPT = timedelta(days=730)
"""The citizen's page says so; the law asks for 90 days of traffic at least (Computer Crime Act, section 26)."""
_BATCH = 10_000
# The oldest by number, of those the ones that are old: no index on the moment is needed, and none is read for nothing.
_FORGET = """
DELETE FROM provider_look WHERE id IN (
  SELECT id FROM (SELECT id, at FROM provider_look ORDER BY id LIMIT %(batch)s) oldest WHERE at < %(late)s)
"""


def forget() -> int:
    """Delete the looks that are older than `LOOKS_KEPT`; how many."""
    given = {"batch": _BATCH, "late": clock.now() - LOOKS_KEPT}
    total = 0
    while gone := sql.execute(_FORGET, given):
        total += gone
        if gone < _BATCH:
            break
    return total
