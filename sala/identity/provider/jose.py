"""Which signatures of others are believed: joserfc's algorithms, narrowed and by all their names."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from joserfc.jws import JWSRegistry


class Registry(JWSRegistry):
    """Of the algorithms only `names`. `EdDSA` is what most libraries still call Ed25519 (RFC 9864)."""

    max_header_length = 4_000  # a proof of possession carries its key there

    def __init__(self, names: Collection[str]) -> None:
        super().__init__(algorithms=names, strict_check_header=False)

    def get_alg(self, name: str) -> Any:
        return super().get_alg("Ed25519" if name == "EdDSA" else name)
