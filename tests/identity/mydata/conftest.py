"""A citizen with a relying party, signed in."""

from __future__ import annotations

from tests.identity.accounts.conftest import letters
from tests.identity.provider.conftest import _fresh, browser, citizen, rp, signed_in

__all__ = ["_fresh", "browser", "citizen", "letters", "rp", "signed_in"]
