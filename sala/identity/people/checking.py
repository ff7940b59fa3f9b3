"""Whether what is to be entered about a person can be true: all faults at once, each with its field."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from functools import cache
from typing import Any

import pycountry

from sala.identity.directory import queries as directory
from sala.identity.people import queries, rules, words
from sala.identity.people.models import HouseRole, Ial
from sala.identity.people.queries import FIELDS
from sala.kit import clock
from sala.kit.errors import Fault, Invalid, NotFound
from sala.kit.text import Text

LONGEST = 100
_THAI = re.compile(r"[\u0e01-\u0e3a\u0e40-\u0e4e. ()-]+")
_LATIN = re.compile(r"[A-Za-z.' ()-]+")
_DATES = ("birth_date", "card_issued_on", "card_expires_on", "died_on")
_NEEDED = ("title_th", "given_name_th", "family_name_th", "title_en", "given_name_en", "family_name_en", "house_no")
_TEXTS = tuple(name for name in FIELDS if name not in {*_DATES, "subdistrict_id", "house_id"})
EARLIEST = date(1880, 1, 1)
"""Nobody alive was born before it, and no register of ours begins before it."""
ADDRESS = ("house_no", "moo", "lane", "road", "subdistrict_id")
_PARENTS = (("father", "m"), ("mother", "f"))
_YOUNGEST_PARENT = 10 * 365  # days


def whole(
    person: Mapping[str, Any], *, parent: Callable[[str], queries.Parent | None] = queries.parent
) -> dict[str, Any]:
    """All fields of a person, tidied. Raises Invalid with every fault. `parent` finds one by number."""
    known: dict[str, Any] = {name: person.get(name) for name in FIELDS}
    known["nationality"] = known["nationality"] or "THA"
    known["house_id"] = known["house_id"] or None
    faults = [Fault(str(name), "unknown", words.UNKNOWN) for name in person if name not in FIELDS]
    for name in _TEXTS:
        known[name] = " ".join(str(known[name] or "").split())
    for judge in (_texts, _dates, _card, _codes, _house):
        faults += judge(known)
    faults += _parents(known, parent)
    if faults:
        raise Invalid(faults)
    return known


def house(code: str, address: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a house's address, tidied. Raises Invalid with every fault."""
    clean: dict[str, Any] = {n: " ".join(str(address.get(n) or "").split()) for n in ADDRESS[:-1]}
    clean["subdistrict_id"] = address.get("subdistrict_id")
    faults = [Fault("house_id", "invalid", words.HOUSE)] if not rules.is_house_code(code) else []
    faults += [Fault("house_no", "missing", words.MISSING)] if not clean["house_no"] else []
    faults += [Fault(n, "too_long", words.LONG) for n in ADDRESS[:-1] if len(clean[n]) > LONGEST]
    if not _is_subdistrict(clean["subdistrict_id"]):
        faults.append(Fault("subdistrict_id", "invalid", words.SUBDISTRICT))
    if faults:
        raise Invalid(faults)
    return clean


def _house(known: Mapping[str, Any]) -> list[Fault]:
    faults = []
    if known["house_id"] is not None and not rules.is_house_code(str(known["house_id"])):
        faults.append(Fault("house_id", "invalid", words.HOUSE))
    if bool(known["house_id"]) != (known["house_role"] in HouseRole.values):
        faults.append(Fault("house_role", "invalid", words.HOUSE_ROLE))
    return faults


def _parents(known: Mapping[str, Any], find: Callable[[str], queries.Parent | None]) -> list[Fault]:
    faults = []
    for which, sex in _PARENTS:
        field, pid = f"{which}_pid", known[f"{which}_pid"]
        if not pid:
            continue
        if not rules.is_pid(pid) or pid == known["pid"]:
            faults.append(Fault(field, "invalid", words.PARENT))
            continue
        found, born = find(pid), known["birth_date"]
        late = found and _is_date(born) and (born - found.birth_date).days < _YOUNGEST_PARENT
        if found and (found.sex != sex or late):
            faults.append(Fault(field, "other", words.PARENT_OTHER))
    return faults


def _texts(known: Mapping[str, Any]) -> list[Fault]:
    faults = [Fault(name, "missing", words.MISSING) for name in _NEEDED if not known[name]]
    faults += [Fault(name, "too_long", words.LONG) for name in _TEXTS if len(known[name]) > LONGEST]
    scripts: tuple[tuple[str, re.Pattern[str], Text], ...] = (
        ("_th", _THAI, words.THAI_NAME),
        ("_en", _LATIN, words.LATIN_NAME),
    )
    for ending, script, message in scripts:
        wrong = (n for n in known if n.endswith(ending) and known[n] and not script.fullmatch(known[n]))
        faults += [Fault(name, "script", message) for name in wrong]
    return faults


def _dates(known: Mapping[str, Any]) -> list[Fault]:
    faults = [Fault(n, "date", words.DATE) for n in _DATES if known[n] is not None and not _is_date(known[n])]
    if known["birth_date"] is None:
        faults.append(Fault("birth_date", "missing", words.MISSING))
    if faults:
        return faults
    past = ("birth_date", "card_issued_on", "died_on")
    early = (n for n in _DATES if known[n] is not None and known[n] < EARLIEST)
    faults += [Fault(n, "early", words.EARLY) for n in early]
    faults += [Fault(n, "future", words.FUTURE) for n in past if known[n] is not None and known[n] > clock.today()]
    if known["died_on"] is not None and known["died_on"] < known["birth_date"]:
        faults.append(Fault("died_on", "before_birth", words.DIED_BEFORE_BIRTH))
    return faults


def _card(known: Mapping[str, Any]) -> list[Fault]:
    issued, expires = known["card_issued_on"], known["card_expires_on"]
    parts = [bool(known["card_number"]), issued is not None, expires is not None]
    if any(parts) and not all(parts):
        return [Fault("card_number", "card", words.CARD_WHOLE)]
    if all(parts) and _is_date(issued) and _is_date(expires) and issued >= expires:
        return [Fault("card_expires_on", "card", words.CARD_ORDER)]
    return []


def _codes(known: Mapping[str, Any]) -> list[Fault]:
    judged: tuple[tuple[str, Callable[[Any], bool], Text], ...] = (
        ("pid", rules.is_pid, words.PID),
        ("sex", lambda sex: sex in {"m", "f"}, words.SEX),
        ("ial", lambda ial: ial in {"", *Ial.values}, words.IAL),
        ("nationality", _is_country, words.NATIONALITY),
        ("subdistrict_id", _is_subdistrict, words.SUBDISTRICT),
    )
    return [Fault(name, "invalid", message) for name, right, message in judged if not right(known[name])]


def _is_date(value: Any) -> bool:
    return type(value) is date


@cache
def _is_country(code: Any) -> bool:
    return pycountry.countries.get(alpha_3=str(code)) is not None


def _is_subdistrict(code: Any) -> bool:
    try:
        return isinstance(code, int) and directory.area(code).level == "subdistrict"
    except NotFound:
        return False
