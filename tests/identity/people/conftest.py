"""Somebody to enter into the register."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from sala.identity.people import rules


@pytest.fixture
def somchai(offices: dict[int, int]) -> dict[str, Any]:
    return {
        "pid": rules.invented_pid(7),
        "title_th": "นาย", "given_name_th": "สมชาย", "family_name_th": "ใจดี",
        "title_en": "Mr.", "given_name_en": "Somchai", "family_name_en": "Jaidee",
        "birth_date": date(1985, 4, 13), "sex": "m",
        "house_no": "99/1", "moo": "4", "road": "เศรษฐกิจ", "subdistrict_id": 740101,
        "card_number": "10370307051018", "card_issued_on": date(2022, 1, 5), "card_expires_on": date(2031, 4, 12),
        "ial": "2.3",
    }  # fmt: skip
