"""Invented people: real-looking names and passports of the countries most foreigners in Thailand come from."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

ORDINARY = date(1900, 1, 1)


@dataclass(frozen=True, slots=True)
class Country:
    """Names and the shape of a passport number: `A` any letter, `9` any digit, the rest as it is."""

    code: str
    passport: str
    women: tuple[str, ...]
    men: tuple[str, ...]
    surnames: tuple[str, ...]
    visas: tuple[str, ...]


COUNTRIES: dict[str, Country] = {
    country.code: country
    for country in (
        Country("MMR", "MB999999", ("Su Su Hlaing", "Khin Mar", "Ei Phyu", "May Thu", "Hnin Wai", "Thida"),
                ("Zaw Min", "Aung Kyaw", "Ko Ko Lwin", "Thant Zin", "Myo Htet", "Kyaw Swar"), ("",), ("labour",)),
        Country("LAO", "PA999999", ("Souksavanh", "Manivanh", "Dalavanh"), ("Bounmy", "Khamphone", "Somphet"),
                ("Vongsa", "Phommachanh", "Sisoulith", "Inthavong"), ("labour",)),
        Country("KHM", "N9999999", ("Sreymom", "Chanthy", "Bopha"), ("Sokha", "Vichea", "Dara"),
                ("Chea", "Sok", "Keo", "Heng"), ("labour",)),
        Country("CHN", "EA9999999", ("Xiaoyan", "Li Na", "Meiling"), ("Jianguo", "Wei", "Haoran"),
                ("Zhang", "Wang", "Chen", "Liu"), ("non_b", "non_ed")),
        Country("JPN", "TR9999999", ("Yuko", "Naomi", "Haruka"), ("Kenji", "Takashi", "Daisuke"),
                ("Sato", "Suzuki", "Watanabe", "Ito"), ("non_b", "retirement")),
        Country("GBR", "999999999", ("Emma", "Charlotte", "Susan"), ("James", "Oliver", "Graham"),
                ("Taylor", "Wright", "Hughes", "Clarke"), ("retirement", "non_o", "non_b")),
        Country("USA", "599999999", ("Jennifer", "Ashley", "Karen"), ("Michael", "David", "Robert"),
                ("Johnson", "Anderson", "Nguyen", "Garcia"), ("retirement", "non_ed", "dtv")),
        Country("DEU", "C01A99T9A", ("Anke", "Sabine", "Lena"), ("Stefan", "Jürgen", "Tobias"),
                ("Schneider", "Fischer", "Krüger", "Hoffmann"), ("retirement", "non_o")),
        Country("FRA", "99AA99999", ("Camille", "Élodie", "Sylvie"), ("Julien", "François", "Bernard"),
                ("Lefèvre", "Moreau", "Dubois", "Girard"), ("dtv", "non_o")),
        Country("RUS", "759999999", ("Olga", "Natalia", "Ekaterina"), ("Sergei", "Dmitri", "Alexei"),
                ("Ivanov", "Smirnov", "Volkov", "Sokolov"), ("dtv", "non_ed", "non_b")),
        Country("IND", "Z9999999", ("Priya", "Anjali", "Deepa"), ("Rahul", "Vikram", "Suresh"),
                ("Sharma", "Patel", "Iyer", "Singh"), ("non_b",)),
        Country("PHL", "P9999999A", ("Maricel", "Jasmine", "Rosalie"), ("Jose", "Mark", "Ramon"),
                ("Santos", "Reyes", "Cruz", "Bautista"), ("non_b",)),
    )
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Foreigner:
    """One person as the passport and the stamps in it have them."""

    nationality: str
    passport: str
    given_name: str
    surname: str
    born: date
    sex: str
    visa: str
    arrived: date = ORDINARY
    permitted: date = ORDINARY
    reported: date | None = None

    @property
    def name(self) -> str:
        return f"{self.given_name} {self.surname}".strip()

    def stamped(self, *, arrived: date, reported: date | None = None, permitted: date | None = None) -> Foreigner:
        """With an arrival, a permission (a year unless given) and a last report."""
        year_on = arrived + timedelta(days=364)
        return replace(self, arrived=arrived, permitted=permitted or year_on, reported=reported)

    def due(self, on: date) -> Foreigner:
        """Arrived so that a first report falls due on that day."""
        return self.stamped(arrived=on - timedelta(days=89))

    def due_again(self, on: date, rounds: int = 1) -> Foreigner:
        """Arrived earlier, with the last report so that the next falls due on that day."""
        last = on - timedelta(days=90)
        return self.stamped(
            arrived=last - timedelta(days=90 * rounds - 5), reported=last, permitted=on + timedelta(days=200)
        )

    def record(self) -> dict[str, Any]:
        """As the immigration register has them."""
        return {
            "passport_no": self.passport,
            "nationality": self.nationality,
            "given_name": self.given_name.upper(),
            "surname": self.surname.upper(),
            "birth_date": self.born,
            "arrived_on": self.arrived,
            "arrival_card_no": "",
            "permitted_until": self.permitted,
            "last_report_on": self.reported,
        }

    def pages(self) -> dict[str, dict[str, Any]]:
        """The pages of the report that are about the person."""
        previous: dict[str, Any] = {"reported": self.reported is not None}
        if self.reported:
            previous["reported_on"] = self.reported.isoformat()
        else:
            previous["host_reported"] = "yes_done"
        names = {"given_name": self.given_name, "surname": self.surname}
        return {
            "passport": {"nationality": self.nationality, "number": self.passport},
            "name": {key: value for key, value in names.items() if value},
            "birth": {"birth_date": self.born.isoformat(), "sex": self.sex},
            "arrival": {"arrived_on": self.arrived.isoformat()},
            "journey": {"transport": "land" if self.nationality in {"MMR", "LAO", "KHM"} else "air"},
            "permission": {"permitted_until": self.permitted.isoformat(), "visa": self.visa},
            "previous": previous,
        }


@dataclass(frozen=True, slots=True)
class Home:
    """Where somebody stays: kind of place, line, sub-district code and its postcode, whose it is."""

    kind: str
    line: str
    subdistrict: int
    postcode: int
    host: str

    def pages(self, *, email: str, phone: str) -> dict[str, dict[str, Any]]:
        """The pages of the report that a family shares."""
        address = {
            "line": self.line,
            "subdistrict": self.subdistrict,
            "district": self.subdistrict // 100,
            "province": self.subdistrict // 10_000,
            "postcode": self.postcode,
        }
        return {
            "stay": {"kind": self.kind, "address": address},
            "host": {"name": self.host},
            "contact": {"email": email, "phone": phone},
            "declaration": {"confirmed": True},
        }


def answers(person: Foreigner, home: Home, *, email: str, phone: str = "+66812345678") -> dict[str, Any]:
    """A whole report of one person."""
    return {**person.pages(), **home.pages(email=email, phone=phone)}


class Crowd:
    """Makes people up, always the same ones, no two with one passport."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)  # noqa: S311 - nothing secret
        self._passports: set[str] = set()

    def person(self, weights: Mapping[str, int]) -> Foreigner:
        """Somebody of one of these countries."""
        chance = self.chance
        country = COUNTRIES[chance.choices(list(weights), list(weights.values()))[0]]
        sex = chance.choice("fm")
        return Foreigner(
            nationality=country.code,
            passport=self._passport(country.passport),
            given_name=chance.choice(country.women if sex == "f" else country.men),
            surname=chance.choice(country.surnames),
            born=date(chance.randint(1958, 2001), chance.randint(1, 12), chance.randint(1, 28)),
            sex=sex,
            visa=chance.choice(country.visas),
        )

    def _passport(self, shape: str) -> str:
        letters, digits = "ABCDEFGHKLMNPRTXYZ", "0123456789"
        while True:
            number = "".join(
                self.chance.choice(letters) if c == "A" and i else self.chance.choice(digits) if c == "9" else c
                for i, c in enumerate(shape)
            )
            if number not in self._passports:
                self._passports.add(number)
                return number
