"""Test people: invented, in the reserved range of numbers, each with an account to sign in with."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import transaction

from sala.identity.accounts import services as accounts
from sala.identity.accounts.actor import Actor, system
from sala.identity.console import services, words
from sala.identity.console.models import TestPerson
from sala.identity.console.rules import MOST_TEST_PEOPLE
from sala.identity.directory import queries as directory
from sala.identity.people import rules as people_rules
from sala.identity.people import services as people
from sala.kit.errors import Conflict

# Given and family names in both scripts, birth date, sex: one of each kind that forms get wrong.
_CAST = (
    ("นาย", "สมมติ", "ทดสอบดี", "Mr.", "Sommut", "Thotsopdi", date(1990, 2, 28), "m"),
    ("นางสาว", "ตัวอย่าง", "ลองระบบ", "Miss", "Tuayang", "Longrabop", date(2001, 12, 31), "f"),
    ("นาง", "จำลอง", "เพชรชมพู", "Mrs.", "Chamlong", "Phetchomphu", date(1948, 1, 1), "f"),
    ("นาย", "เอก", "ณ อยุธยา", "Mr.", "Ek", "Na Ayutthaya", date(1975, 10, 14), "m"),
    ("นางสาว", "กุลสตรีศรีสง่า", "พิพัฒน์พงศ์ไพศาลสกุล", "Miss", "Kulasatrisisanga", "Phiphatphongphaisansakun",
     date(2008, 2, 29), "f"),
)  # fmt: skip
_MAKER = system("sandbox")
_HOME = 740101


@dataclass(frozen=True, slots=True)
class Made:
    """A test person's e-mail address and password; the password is shown this once."""

    email: str
    password: str


def make_person(*, party: UUID, by: Actor) -> Made:
    """Another test person for this RP's sandbox. Raises Conflict when there are five."""
    with transaction.atomic():
        row = services.locked(party, by)
        count = row.people.count()
        if count >= MOST_TEST_PEOPLE:
            raise Conflict(words.ENOUGH_PEOPLE)
        title, given, family, title_en, given_en, family_en, born, sex = _CAST[count]
        # The generator fills the range from its beginning; these come from its far half.
        pid = people_rules.invented_pid(500_000_000 + secrets.randbelow(500_000_000))
        email, password = f"test-{secrets.token_hex(6)}@people.sandbox.invalid", secrets.token_urlsafe(12)
        account, _link = accounts.create_account(
            email=email, given_name=given_en, surname=family_en, phone="+66800000000", password=password, by=_MAKER
        )
        person = {
            "pid": pid, "title_th": title, "given_name_th": given, "family_name_th": family,
            "title_en": title_en, "given_name_en": given_en, "family_name_en": family_en, "birth_date": born,
            "sex": sex, "house_no": "1/1", "subdistrict_id": directory.area(_HOME).code, "ial": "2.3",
        }  # fmt: skip
        people.register(person=person, by=_MAKER)
        people.link_enrolled(account=account, pid=pid, by=_MAKER)
        row.people.create(
            account_id=account, name_th=f"{given} {family}", name_en=f"{given_en} {family_en}", email=email
        )
    return Made(email, password)


def people_of(party: UUID) -> list[TestPerson]:
    return list(TestPerson.objects.filter(party_id=party).order_by("id"))
