"""The name that an account bears follows the register: in the script in which it is written."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from sala.identity.accounts import bereaved as accounts
from sala.identity.people import queries as people

_THAI = re.compile("[\u0e00-\u0e7f]")
PARTS = ("given_name", "middle_name", "family_name")


def follow(payload: dict[str, Any]) -> None:
    """Where the name changed, and the account is still this person's, it bears the new one. May be heard again."""
    account = UUID(payload["account"])
    linked = people.of_account(account)
    written = accounts.name_of(account)
    if linked is None or written is None or linked.person.id != payload["person"]:
        return
    code = "th" if _THAI.search(written) else "en"
    if not {f"{part}_{code}" for part in PARTS}.intersection(payload["fields"]):
        return
    given, middle, family = (str(getattr(linked.person, f"{part}_{code}")) for part in PARTS)
    accounts.rename(account_id=account, given_name=f"{given} {middle}".strip(), surname=family)
