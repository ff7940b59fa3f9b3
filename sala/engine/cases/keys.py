"""The key on an acknowledgement: opens one case's status without a sign-in.

It is derived from the installation's secret, so it is stored nowhere and any letter can
carry it; raising the case's `key_version` revokes every key given out before.
"""

from __future__ import annotations

import hmac
from uuid import UUID

from sala.kit.ids import keyed_digest


def key_of(case_id: UUID, version: int = 1) -> str:
    return keyed_digest(f"case-key:{version}", str(case_id))


def opens(key: str, case_id: UUID, version: int) -> bool:
    """Whether `key` is this case's, compared in constant time."""
    return hmac.compare_digest(key.encode(), key_of(case_id, version).encode())
