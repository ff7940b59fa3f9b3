"""Somebody with an identity card and an account, who has not yet shown that it is they: to try it on a phone."""

from __future__ import annotations

from datetime import date
from typing import Any

from sala.identity.people import cards, rules
from sala.identity.people import queries as people_queries
from sala.identity.people import services as people
from sala.web.demo.stage import DEMO, PASSWORD, SignIn, person

EMAIL = "krit@example.com"
_NUMBER = 900_000_022
PID = rules.invented_pid(_NUMBER)
LASER = cards.laser_of_invented(_NUMBER)
_KRIT: dict[str, Any] = {
    "pid": PID, "title_th": "นาย", "given_name_th": "กฤษณ์", "family_name_th": "ใจกล้า", "title_en": "Mr.",
    "given_name_en": "Krit", "family_name_en": "Chaikla", "birth_date": date(1998, 9, 5), "sex": "m",
    "house_no": "7/3", "moo": "5", "subdistrict_id": 740101, "card_number": "12345678901288",
    "card_issued_on": date(2023, 9, 6), "card_expires_on": date(2032, 9, 4),
}  # fmt: skip


def sign_in() -> SignIn:
    born = f"5 9 {1998 + 543}"
    hint = f"/id/enrol/: show that it is you, number {PID}, born {born}, code on the card {LASER}"
    return SignIn("Krit, with a card and no digital ID yet", EMAIL, PASSWORD, hint)


def play() -> None:
    """His entry, his card's code, and his account. May be repeated."""
    person(EMAIL, "กฤษณ์", "ใจกล้า", phone="+66821000022", language="th")
    if people_queries.by_pid(PID) is None:
        row = people.register(person=_KRIT, by=DEMO)
        cards.keep_laser(person=row, laser=LASER, by=DEMO)
