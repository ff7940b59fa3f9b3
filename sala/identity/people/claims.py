"""What a relying party is told of a person: ThaID's names and formats, one scope one claim.

Source: the published relying-party interface of ThaID, version 1.0.1. `openid` is a scope without a claim of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from sala.identity.directory import queries as directory
from sala.identity.people import rules
from sala.identity.people.queries import Linked, PersonCard

BANGKOK = 10


def _address(card: PersonCard) -> dict[str, str]:
    """`formatted` for people, `raw` as the card's chip has it."""
    province, district, subdistrict = directory.area_path(card.subdistrict)
    names = rules.area_names(subdistrict.name, district.name, province.name, bangkok=province.code == BANGKOK)
    parts = {name: getattr(card, name) for name in ("house_no", "moo", "lane", "road")}
    return {"formatted": rules.formatted_address(parts, *names), "raw": rules.raw_address(parts, *names)}


def _name(card: PersonCard) -> str:
    return rules.whole_name(card.title_th, card.given_name_th, card.middle_name_th, card.family_name_th, language="th")


def _name_en(card: PersonCard) -> str:
    return rules.whole_name(card.title_en, card.given_name_en, card.middle_name_en, card.family_name_en, language="en")


CLAIMS: dict[str, Callable[[PersonCard], Any]] = {
    "pid": lambda card: card.pid,
    "name": _name,
    "name_en": _name_en,
    "title": lambda card: card.title_th,
    "title_en": lambda card: card.title_en,
    "given_name": lambda card: card.given_name_th,
    "given_name_en": lambda card: card.given_name_en,
    "middle_name": lambda card: card.middle_name_th,
    "middle_name_en": lambda card: card.middle_name_en,
    "family_name": lambda card: card.family_name_th,
    "family_name_en": lambda card: card.family_name_en,
    "birthdate": lambda card: card.birth_date.isoformat(),
    "address": _address,
    "house_address": _address,
    "gender": lambda card: {"m": "male", "f": "female"}[card.sex],
    "ial": lambda card: float(card.ial) if card.ial else None,
    "smartcard_code": lambda card: card.card_number or None,
    "date_of_issuance": lambda card: card.card_issued_on.isoformat() if card.card_issued_on else None,
    "date_of_expiry": lambda card: card.card_expires_on.isoformat() if card.card_expires_on else None,
}
"""Every claim there is, by the scope that asks for it."""

_TITLE, _GIVEN, _MIDDLE, _FAMILY = (
    (f"{part}_th", f"{part}_en") for part in ("title", "given_name", "middle_name", "family_name")
)
_PLACE = ("house_no", "moo", "lane", "road", "subdistrict_id")
TOUCHES: dict[str, tuple[str, ...]] = {
    "pid": ("pid",),
    "name": (_TITLE[0], _GIVEN[0], _MIDDLE[0], _FAMILY[0]),
    "name_en": (_TITLE[1], _GIVEN[1], _MIDDLE[1], _FAMILY[1]),
    "title": _TITLE[:1],
    "title_en": _TITLE[1:],
    "given_name": _GIVEN[:1],
    "given_name_en": _GIVEN[1:],
    "middle_name": _MIDDLE[:1],
    "middle_name_en": _MIDDLE[1:],
    "family_name": _FAMILY[:1],
    "family_name_en": _FAMILY[1:],
    "birthdate": ("birth_date",),
    "address": _PLACE,
    "house_address": _PLACE,
    "gender": ("sex",),
    "ial": ("ial",),
    "smartcard_code": ("card_number",),
    "date_of_issuance": ("card_issued_on",),
    "date_of_expiry": ("card_expires_on",),
}
"""Of what each claim is made: the fields whose change it tells of."""


def touched(fields: Iterable[str]) -> list[str]:
    """The claims that say otherwise once these fields have changed."""
    fresh = set(fields)
    return [claim for claim, made_of in TOUCHES.items() if fresh.intersection(made_of)]


def claims(card: PersonCard, scopes: Iterable[str]) -> dict[str, Any]:
    """What `scopes` ask for; unknown ones, and what the register does not have, are left out."""
    found = {scope: CLAIMS[scope](card) for scope in scopes if scope in CLAIMS}
    return {name: value for name, value in found.items() if value not in (None, "")}


def of_linked(linked: Linked, scopes: Iterable[str]) -> dict[str, Any]:
    """What is told of the person of an account: `ial` is the lower of two truths, how surely the person was
    identified, and how surely the account is theirs. No claim can be surer than the link that it comes by."""
    return claims(replace(linked.person, ial=rules.lower_ial(linked.person.ial, linked.ial)), scopes)
