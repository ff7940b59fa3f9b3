"""What an RP is told of a person, wherever it is told: at userinfo, in an ID token, beside ThaID's tokens."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sala.identity.people import claims as register
from sala.identity.people import queries as people
from sala.identity.provider import deciding


def told(account_id: UUID, person_id: int | None, client_id: str, scopes: Iterable[str]) -> dict[str, Any] | None:
    """The claims of `scopes` that the register has; None where the account is that person's no more.

    Asked again here: whatever went wrong before, a sandbox is not told of a real person.
    """
    linked = people.of_account(account_id)
    if linked is None or linked.person.id != person_id or not deciding.fits(client_id, linked.person.pid):
        return None
    return register.of_linked(linked, scopes)
