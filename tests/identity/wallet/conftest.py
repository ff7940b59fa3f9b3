"""A PIN is hashed as slowly as a password; where dozens are tried, the tests take a quick one of the same kind."""

from __future__ import annotations

import pytest

from sala.identity.accounts.hashers import Argon2
from tests import factories


@pytest.fixture(autouse=True)
def _quick_hashes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    factories._hashed()  # noqa: SLF001 - remembered for the whole run, so made as it is in earnest
    if "takes_as_long" not in request.node.name:
        monkeypatch.setattr(Argon2, "memory_cost", 64)
        monkeypatch.setattr(Argon2, "time_cost", 1)
