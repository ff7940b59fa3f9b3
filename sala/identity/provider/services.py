"""What people decide about relying parties. Each is one transaction and may be repeated."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db import transaction

from sala.identity.accounts.actor import Actor
from sala.identity.provider import deciding, logout, waiting, webhook_sending
from sala.identity.provider.clients import Party
from sala.identity.provider.deciding import Known, Ready
from sala.identity.provider.models import Assertion, AuthorizationRequest, Consent, Decoupled, Grant, Token
from sala.identity.provider.rules import SKEW, Asked
from sala.identity.provider.scopes import OPENID
from sala.kit import audit, clock, sql
from sala.kit.errors import NotFound

_DECIDE = """
INSERT INTO provider_consent AS consent (id, account_id, client_id, agreed, refused, changed_at)
VALUES (gen_random_uuid(), %(account)s, %(client)s, %(agreed)s, %(refused)s, %(now)s)
ON CONFLICT (account_id, client_id) DO UPDATE SET
  agreed = ARRAY(SELECT unnest(consent.agreed) EXCEPT SELECT unnest(%(asked)s::text[])
                 UNION SELECT unnest(excluded.agreed)),
  refused = ARRAY(SELECT unnest(consent.refused) EXCEPT SELECT unnest(%(asked)s::text[])
                  UNION SELECT unnest(excluded.refused)),
  changed_at = excluded.changed_at
"""


def agree(*, handle: str, asked: Asked, known: Known, client: Party, chosen: Iterable[str], by: Actor) -> str:
    """The person signs in at the RP and tells it `chosen` of what it asked; the rest is remembered as refused.

    Returns the code. Raises NotFound if the request was answered already or ran out.
    """
    with transaction.atomic():
        if not waiting.take(handle):
            raise NotFound
        return decided(asked=asked, known=known, client=client, chosen=chosen, by=by.label)


def decided(*, asked: Asked, known: Known, client: Party, chosen: Iterable[str], by: str) -> str:
    """What the person said (`by`: an actor's label) holds, and signs them in: the code. Within the caller's
    transaction."""
    claims = [scope for scope in asked.scopes if scope != OPENID]
    agreed = [scope for scope in claims if scope in set(chosen)]
    refused = [scope for scope in claims if scope not in agreed]
    row = {"account": known.account_id, "client": client.id, "agreed": agreed, "refused": refused}
    sql.execute(_DECIDE, {**row, "asked": claims, "now": clock.now()})
    _narrow(known.account_id, client.id, refused)
    detail = {"agreed": agreed, "refused": refused}
    audit.record(by, "provider.consented", f"client:{client.id}", detail)
    return deciding.grant(asked, Ready(known, asked.granted(agreed)), client)


def _narrow(account_id: UUID, client_id: str, refused: list[str]) -> None:
    """What is refused now is no longer told by tokens of earlier sign-ins either."""
    if refused:
        sql.execute(_NARROW, {"account": account_id, "client": client_id, "refused": refused})


_NARROW = """
UPDATE provider_grant SET scopes = ARRAY(SELECT unnest(scopes) EXCEPT SELECT unnest(%(refused)s::text[]))
 WHERE account_id = %(account)s AND client_id = %(client)s AND revoked_at IS NULL AND scopes && %(refused)s::text[]
"""


def withdraw(*, client_id: str, by: Actor) -> None:
    """The person takes back what they agreed to: the RP's tokens of theirs end, and it asks anew next time."""
    if by.account_id is None:
        raise NotFound
    with transaction.atomic():
        if Consent.objects.filter(account_id=by.account_id, client_id=client_id).delete()[0]:
            _revoke(by.account_id, client_id)
            audit.record(by.label, "provider.consent_withdrawn", f"client:{client_id}")


def forget_account(account_id: UUID) -> None:
    """The account was closed: nothing may be asked in its name. What was looked at stays on record."""
    with transaction.atomic():
        Consent.objects.filter(account_id=account_id).delete()
        _revoke(account_id)


def _revoke(account_id: UUID, client_id: str | None = None) -> None:
    living = Grant.objects.filter(account_id=account_id, revoked_at=None)
    if client_id is not None:
        living = living.filter(client_id=client_id)
    living.update(revoked_at=clock.now())


def tidy() -> dict[str, int]:
    """Delete what has run out: requests, proofs, tokens, and grants that nothing can refresh any more."""
    now = clock.now()
    late = now - SKEW
    gone = {
        "requests": AuthorizationRequest.objects.filter(expires_at__lt=late),
        "decoupled": Decoupled.objects.filter(expires_at__lt=late),
        "assertions": Assertion.objects.filter(expires_at__lt=late),
        # A used refresh token must be known as long as its family lives: whoever brings it again has stolen it.
        "tokens": Token.objects.filter(kind="access", expires_at__lt=late),
        "grants": Grant.objects.filter(ends_at__lt=late),
    }
    return {name: rows.delete()[0] for name, rows in gone.items()} | {
        "notices": logout.tidy(),
        "messages": webhook_sending.tidy(),
    }
