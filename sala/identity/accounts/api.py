"""The API's endpoints as this house uses them: callers are accounts, by their API tokens."""

from __future__ import annotations

from functools import partial
from typing import TypeAlias, TypeVar

from sala.identity.accounts.actor import ANONYMOUS, Actor
from sala.identity.accounts.requests import address_of, bearers
from sala.identity.accounts.rules import SCOPES
from sala.kit import api
from sala.kit.problems import Refused

__all__ = ["IDENTIFICATION", "SCOPES", "Call", "endpoint", "needs_token"]

B = TypeVar("B")
Q = TypeVar("Q")

IDENTIFICATION: api.Identification[Actor] = api.Identification(bearers=bearers, nobody=ANONYMOUS, address=address_of)

Call: TypeAlias = api.Call[Actor, B, Q]

endpoint = partial(api.endpoint, identification=IDENTIFICATION)
"""`sala.kit.api.endpoint` for this house's actors."""


def needs_token() -> Refused:
    """The caller has to say who they are (401)."""
    return api.unauthorized('Bearer realm="sala"')
