"""What a person's data look like: number, name, address. No Django here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from sala.kit.text import Text

RESERVED = "199"
"""The beginning of every number that is invented: its second and third digit would name a province, and none is 99."""
RESERVED_HOUSE = "99"
"""The beginning of every invented house's code: no office of a province has it."""
MOST_RESERVED = 10**9
MAJORITY = 20
"""Years at whose end somebody is of age (Civil and Commercial Code, section 19)."""

_WEIGHTS = range(13, 1, -1)


def check_digit(twelve: str) -> str:
    """The thirteenth digit of a number that begins with these twelve: modulus 11 over weights 13 to 2."""
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, twelve, strict=True))
    return str((11 - total % 11) % 10)


def is_pid(text: str) -> bool:
    """Whether `text` is thirteen digits of a citizen's number whose last one is right."""
    well_formed = len(text) == 13 and text.isascii() and text.isdigit() and text[0] in "12345678"
    return well_formed and check_digit(text[:12]) == text[12]


def invented_pid(number: int) -> str:
    """The `number`-th of the reserved range, from 0: valid, and nobody's."""
    if not 0 <= number < MOST_RESERVED:
        raise ValueError(f"the reserved range has {MOST_RESERVED} numbers")
    twelve = f"{RESERVED}{number:09d}"
    return twelve + check_digit(twelve)


def is_invented(pid: str) -> bool:
    return pid.startswith(RESERVED)


def house_check_digit(ten: str) -> str:
    """The eleventh digit of a house's code: modulus 11 over weights 11 to 2, in the manner of citizens' numbers.

    The department publishes the code's shape (four digits of the office, six of the house, one that checks), not how
    it checks; an installation with real houses changes this one function if theirs differ.
    """
    total = sum(weight * int(digit) for weight, digit in zip(range(11, 1, -1), ten, strict=True))
    return str((11 - total % 11) % 10)


def is_house_code(text: str) -> bool:
    """Whether `text` is eleven digits of a house's code whose last one is right."""
    return len(text) == 11 and text.isascii() and text.isdigit() and house_check_digit(text[:10]) == text[10]


def written_pid(number: str) -> str:
    """A citizen's number as cards write it: 1 2345 67890 12 3. Anything else as it is."""
    if len(number) != 13:
        return number
    return " ".join((number[0], number[1:5], number[5:10], number[10:12], number[12]))


def written_house(code: str) -> str:
    """A house's code as house registration books write it: 9901-001002-3."""
    return f"{code[:4]}-{code[4:10]}-{code[10:]}" if is_house_code(code) else code


def house_code(ten: str) -> str:
    """A whole code: the office's four digits and the house's six, with the check digit."""
    return ten + house_check_digit(ten)


def gave_up(pid: str, nationality: str) -> bool:
    """Whether a number of a Thai's is of somebody who is none any more: with the nationality the digital ID went."""
    return pid[:1] in "12345" and nationality != "THA"


def lower_ial(one: str, other: str) -> str:
    """The lower of two levels of identity assurance, such as 1.3 and 2.3; none if either is none."""
    return min(one, other) if one and other else ""


def whole_name(title: str, given: str, middle: str, family: str, *, language: str) -> str:
    """The name in one line: in Thai the title stands before the given name without a space."""
    first = f"{title}{given}" if language == "th" else f"{title} {given}"
    return " ".join(part for part in (first.strip(), middle, family) if part)


def raw_address(person: Mapping[str, Any], subdistrict: str, district: str, province: str) -> str:
    """As the card's chip has it: house, village, trok, soi, road, sub-district, district, province, parted by #."""
    village = f"หมู่ที่ {person['moo']}" if person["moo"] else ""
    parts = (person["house_no"], village, "", person["lane"], person["road"], *(subdistrict, district, province))
    return "#".join(parts)


def formatted_address(person: Mapping[str, Any], subdistrict: str, district: str, province: str) -> str:
    """The address in one line, in Thai, as it stands on an envelope."""
    village = f"หมู่ที่ {person['moo']}" if person["moo"] else ""
    road = f"ถนน{person['road']}" if person["road"] else ""
    parts = (person["house_no"], village, person["lane"], road, subdistrict, district, province)
    return " ".join(part for part in parts if part)


def area_names(subdistrict: Text, district: Text, province: Text, *, bangkok: bool) -> tuple[str, str, str]:
    """The three names with what each is, which Bangkok says otherwise than the provinces."""
    if bangkok:
        return f"แขวง{subdistrict.th}", f"เขต{_bare(district.th, 'เขต')}", province.th
    return f"ตำบล{subdistrict.th}", f"อำเภอ{_bare(district.th, 'อำเภอ')}", f"จังหวัด{province.th}"


def _bare(name: str, prefix: str) -> str:
    return name.removeprefix(prefix)


def of_age_on(born: date) -> date:
    """The day from which somebody is of age by years; born on 29 February: 1 March, where there is none.

    Marriage makes of age too (section 20); the register does not know of it, so an officer says so.
    """
    try:
        return born.replace(year=born.year + MAJORITY)
    except ValueError:
        return date(born.year + MAJORITY, 3, 1)


def last_day_of_minority(born: date) -> date:
    """The last day on which a parent or guardian acts for somebody."""
    return of_age_on(born) - timedelta(days=1)


def is_minor(born: date, on: date) -> bool:
    """Whether somebody is not yet of age by years on a day."""
    return on < of_age_on(born)
