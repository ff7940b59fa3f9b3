"""The key in a letter about a turn on the waiting list, or about an offer: opens its page without a sign-in.

Derived from the installation's secret, so it is stored nowhere.
"""

from __future__ import annotations

import hmac
from uuid import UUID

from sala.kit.ids import keyed_digest


def key_of_turn(waiting: UUID) -> str:
    return keyed_digest("waiting-key", str(waiting))


def key_of_offer(offer: UUID) -> str:
    return keyed_digest("offer-key", str(offer))


def same(key: str, right: str) -> bool:
    """Whether the key shown is the right one, compared in constant time."""
    return hmac.compare_digest(key.encode(), right.encode())
