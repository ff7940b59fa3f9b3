"""Somebody in the register, to be recognised."""

from __future__ import annotations

from datetime import date
from typing import Any

from sala.identity.accounts.actor import system
from sala.identity.people import rules, services

BY = system("test")


def details(number: int) -> dict[str, Any]:
    """An entry of the register."""
    return {
        "pid": rules.invented_pid(number),
        "title_th": "นาย", "given_name_th": "สมชาย", "family_name_th": "ใจดี",
        "title_en": "Mr.", "given_name_en": "Somchai", "family_name_en": "Jaidee",
        "birth_date": date(1985, 4, 13), "sex": "m", "house_no": "99/1", "subdistrict_id": 740101,
    }  # fmt: skip


def registered(number: int) -> int:
    """A person of the register; their row."""
    return services.register(person=details(number), by=BY)
