"""Those who work on the reports."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sala.identity.accounts.actor import Actor
from sala.web.demo.stage import PASSWORD, SignIn, officer

BANGKOK, CHON_BURI, CHIANG_MAI, SAMUT_SAKHON, PHUKET = 10, 20, 50, 74, 83
_PLACES = {
    BANGKOK: ("bangkok", "Bangkok"),
    CHON_BURI: ("chonburi", "Chon Buri"),
    CHIANG_MAI: ("chiangmai", "Chiang Mai"),
    SAMUT_SAKHON: ("samutsakhon", "Samut Sakhon"),
    PHUKET: ("phuket", "Phuket"),
}
_NAMES = {
    BANGKOK: (("สมชาย", "ใจดี"), ("วิภา", "ศรีสุข"), ("ธนากร", "วงศ์ไทย")),
    CHON_BURI: (("อนุชา", "ทองคำ"), ("รัตนา", "บุญมา"), ("ประเสริฐ", "แสงทอง")),
    CHIANG_MAI: (("ณัฐพล", "คำแก้ว"), ("กาญจนา", "อินทนนท์"), ("ชัยวัฒน์", "ลานนา")),
    SAMUT_SAKHON: (("ปิยะ", "มหาชัย"), ("สุดารัตน์", "เกลือสินธุ์"), ("วรวิทย์", "ท่าจีน")),
    PHUKET: (("อภิชาติ", "อันดามัน"), ("นภัสสร", "ราไวย์"), ("สุรินทร์", "กะรน")),
}
_HINTS = {
    "officer": "Queues of the {place} office: claim, ask, decide; the hall: call next",
    "senior": "Assigns, and sees what is held and why",
    "manager": "How well the office does, and CSV",
}
_SHOWN = {
    SAMUT_SAKHON: ("officer", "senior", "manager"),
    BANGKOK: ("officer", "senior"),
    PHUKET: ("senior",),
}
_BUREAU = {
    "manager": ("ดวงใจ", "รักษ์ไทย", "Figures of all offices; last month in Samut Sakhon 94.8 % satisfied"),
    "auditor": ("ยุติธรรม", "มั่นคง", "Sees all, held cases too; changes nothing"),
    "administrator": ("มานะ", "ตั้งใจ", "Appoints officers; sees no case"),
}


@dataclass(frozen=True, slots=True)
class Team:
    """The people of one office."""

    officer: Actor
    senior: Actor
    manager: Actor


def sign_ins() -> list[SignIn]:
    """Those worth being, with what there is to see; every office of the demo has its three."""
    of_offices = [
        SignIn(f"{role.capitalize()}, {place}", _email(role, slug), PASSWORD, _HINTS[role].format(place=place))
        for province, roles in _SHOWN.items()
        for slug, place in [_PLACES[province]]
        for role in roles
    ]
    of_bureau = [
        SignIn(f"{role.capitalize()}, bureau", _email(role), PASSWORD, hint)
        for role, (_given, _surname, hint) in _BUREAU.items()
    ]
    return of_offices + of_bureau


def appoint(since: date) -> dict[int, Team]:
    """Make their accounts and give them their posts; the teams by province."""
    for role, (given_name, surname, _hint) in _BUREAU.items():
        officer(_email(role), given_name, surname, role=role, province=None, since=since)
    return {province: _team(province, slug, since) for province, (slug, _place) in _PLACES.items()}


def _team(province: int, slug: str, since: date) -> Team:
    return Team(
        **{
            role: officer(_email(role, slug), given_name, surname, role=role, province=province, since=since)
            for role, (given_name, surname) in zip(_HINTS, _NAMES[province], strict=True)
        }
    )


def _email(role: str, office: str = "") -> str:
    return f"{role}.{office}@sala.example" if office else f"{role}@sala.example"
