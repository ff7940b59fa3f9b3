"""Taking back what was agreed, claim by claim; being asked again; and all of it, when it was not the person.

Each is one transaction and may be repeated.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from sala.identity.accounts.actor import Actor
from sala.identity.accounts.sessions import own_id
from sala.identity.provider.models import Consent, Grant
from sala.identity.provider.scopes import CLAIMS
from sala.kit import audit, clock, sql
from sala.kit.errors import NotFound

# Tokens read what they may from their grant, so that they tell less from the next call on.
_NARROW = """
UPDATE provider_grant SET scopes = array_remove(scopes, %(scope)s::text)
 WHERE account_id = %(account)s AND client_id = %(client)s AND revoked_at IS NULL AND %(scope)s::text = ANY (scopes)
"""


def take_back(*, client_id: str, scope: str, by: Actor) -> None:
    """The RP is told this claim no longer, neither anew nor by the tokens it holds. Raises NotFound."""
    with transaction.atomic():
        row = _locked(client_id, scope, by)
        if scope not in row.agreed:
            return
        row.agreed = [one for one in row.agreed if one != scope]
        row.refused = [*row.refused, scope]
        row.changed_at = clock.now()
        row.save(update_fields=["agreed", "refused", "changed_at"])
        sql.execute(_NARROW, {"account": by.account_id, "client": client_id, "scope": scope})
        audit.record(by.label, "provider.claim_withdrawn", f"client:{client_id}", {"scope": scope})


def ask_again(*, client_id: str, scope: str, by: Actor) -> None:
    """What was refused is remembered no longer: the RP's next sign-in asks anew. Raises NotFound."""
    with transaction.atomic():
        row = _locked(client_id, scope, by)
        if scope not in row.refused:
            return
        row.refused = [one for one in row.refused if one != scope]
        row.changed_at = clock.now()
        row.save(update_fields=["refused", "changed_at"])
        audit.record(by.label, "provider.refusal_forgotten", f"client:{client_id}", {"scope": scope})


def disown(*, account_id: UUID, since: datetime, label: str) -> None:
    """Somebody else was in the account: every RP's tokens end, and what was agreed since `since` was never agreed.

    RPs that want to hear of it hear it from the end of the sessions (`logout`).
    """
    with transaction.atomic():
        Grant.objects.filter(account_id=account_id, revoked_at=None).update(revoked_at=clock.now())
        for client_id in Consent.objects.filter(account_id=account_id, changed_at__gte=since).values_list(
            "client_id", flat=True
        ):
            audit.record(label, "provider.consent_withdrawn", f"client:{client_id}", {"disowned": True})
        Consent.objects.filter(account_id=account_id, changed_at__gte=since).delete()


def _locked(client_id: str, scope: str, by: Actor) -> Consent:
    own = Consent.objects.select_for_update().filter(account_id=own_id(by), client_id=client_id)
    row = own.first() if scope in CLAIMS else None
    if row is None:
        raise NotFound
    return row
