"""The key in a visit's letters: shows and changes that one visit without a sign-in.

Derived from the installation's secret, stored nowhere; raising the visit's `key_version` revokes it.
"""

from __future__ import annotations

import hmac
from uuid import UUID

from sala.kit.ids import keyed_digest


def key_of(visit_id: UUID, version: int = 1) -> str:
    return keyed_digest(f"visit-key:{version}", str(visit_id))


def opens(key: str, visit_id: UUID, version: int) -> bool:
    """Whether `key` is this visit's, compared in constant time."""
    return hmac.compare_digest(key.encode(), key_of(visit_id, version).encode())
