"""Some people whose reports tell what the service does; each can sign in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sala.engine.cases import decisions, reminding, services
from sala.engine.catalogue import queries as catalogue
from sala.engine.drafts import content as contents
from sala.engine.drafts import sending
from sala.engine.drafts import services as drafts
from sala.engine.drafts.content import Place
from sala.engine.drafts.services import Posted
from sala.engine.surveys import services as surveys
from sala.identity.accounts.actor import Actor
from sala.kit import clock
from sala.kit.ids import uuid7
from sala.web.demo.people import Foreigner, Home, answers
from sala.web.demo.staff import BANGKOK, CHIANG_MAI, PHUKET, SAMUT_SAKHON, Team
from sala.web.demo.stage import PASSWORD, SERVICE, SignIn, at, bangkok, file, person, tell

_ASOKE = Home("flat", "159/21 ถนนสุขุมวิท ซอย 21", 103901, 10110, "Asoke Place")
_NIMMAN = Home("house", "8 ซอยนิมมานเหมินท์ 9", 500108, 50200, "บัวผัน ใจดี")
_MAHACHAI = Home("employer", "99/1 หมู่ 4 ถนนเศรษฐกิจ 1", 740110, 74000, "บริษัท มหาชัยซีฟู้ด จำกัด")
_RAWAI = Home("flat", "51/9 ถนนวิเศษ", 830107, 83130, "Rawai Beach Apartments")


OLIVIA = Foreigner("GBR", "533401872", "Olivia", "Bennett", date(1991, 6, 3), "f", "non_b")
HIROSHI = Foreigner("JPN", "TR7710452", "Hiroshi", "Tanaka", date(1956, 11, 20), "m", "retirement")
MARIA = Foreigner("PHL", "P4471208B", "Maria", "Santos", date(1988, 2, 14), "f", "non_b")
LUKAS = Foreigner("DEU", "C01X7K2M4", "Lukas", "Weber", date(1979, 9, 30), "m", "non_o")
ANNA = Foreigner("FRA", "19EK44120", "Anna", "Marchand", date(1994, 1, 8), "f", "dtv")
JOHN = Foreigner("USA", "567120984", "John", "Miller", date(1962, 7, 4), "m", "retirement")
IVAN = Foreigner("RUS", "758812340", "Ivan", "Petrov", date(1985, 5, 17), "m", "dtv")
RAJESH = Foreigner("IND", "Z5512087", "Rajesh", "Kumar", date(1990, 12, 1), "m", "non_b")
WEI = Foreigner("CHN", "EB4471209", "Wei", "Zhang", date(1987, 3, 25), "m", "non_b")
ZAW = Foreigner("MMR", "MB204417", "Zaw Min Htun", "", date(1986, 8, 12), "m", "labour")
THIDA = Foreigner("MMR", "MB204418", "Thida", "", date(1989, 10, 2), "f", "labour")
HNIN = Foreigner("MMR", "MB204419", "Hnin Ei", "", date(2012, 4, 21), "f", "labour")
KYAW = Foreigner("MMR", "MB204420", "Kyaw Zin", "", date(2015, 1, 30), "m", "labour")

_PEOPLE: dict[str, tuple[Foreigner, str]] = {
    "olivia": (OLIVIA, "First report: arrived 80 days ago, due in 9 days: file it"),
    "hiroshi": (HIROSHI, "Next one due in 10 days: all filled in"),
    "zaw": (ZAW, "A family of four, filed at once; waits in the hall with a ticket"),
    "maria": (MARIA, "Asked for a photo of the arrival stamp; her visit lost its time"),
    "lukas": (LUKAS, "Too early: his draft files itself in 5 days"),
    "anna": (ANNA, "Last reported 102 days ago, 12 days late: see where to go; on a waiting list"),
    "john": (JOHN, "One withdrawn, one refused; a visit to move or cancel"),
    "ivan": (IVAN, ""),
    "rajesh": (RAJESH, ""),
    "wei": (WEI, ""),
}
FIRST = "hiroshi"


def sign_ins() -> list[SignIn]:
    """The applicants who are worth being, with what there is to see."""
    return [
        SignIn(f"{who.name}, {who.nationality}", _email(key), PASSWORD, hint)
        for key, (who, hint) in _PEOPLE.items()
        if hint
    ]


def account(key: str) -> Actor:
    """The account of one of them, made if it is not there."""
    who, _hint = _PEOPLE[key]
    given_name, surname = (who.given_name, who.surname) if who.surname else who.given_name.rsplit(" ", 1)
    return person(_email(key), given_name, surname, phone="+66812345678")


def _email(key: str) -> str:
    return f"{key}@sala.example"


@dataclass(frozen=True, slots=True)
class Cast:
    """The people with the stamps that fit today."""

    today: date

    @property
    def olivia(self) -> Foreigner:
        return OLIVIA.due(self.today + timedelta(days=9))

    @property
    def hiroshi(self) -> Foreigner:
        """With a report of 80 days ago, which was his third."""
        return HIROSHI.due_again(self.today - timedelta(days=70), rounds=2)

    @property
    def lukas(self) -> Foreigner:
        return LUKAS.due(self.today + timedelta(days=20))

    @property
    def anna(self) -> Foreigner:
        return ANNA.due_again(self.today - timedelta(days=12))

    @property
    def maria(self) -> Foreigner:
        return MARIA.due(self.today + timedelta(days=4))

    @property
    def john(self) -> Foreigner:
        return JOHN.due_again(self.today + timedelta(days=1))

    @property
    def ivan(self) -> Foreigner:
        return IVAN.due(self.today + timedelta(days=3))

    @property
    def rajesh(self) -> Foreigner:
        """Stayed five days longer than he may."""
        return replace(RAJESH.due(self.today), permitted=self.today - timedelta(days=5))

    @property
    def wei(self) -> Foreigner:
        return WEI.due(self.today + timedelta(days=6))

    @property
    def family(self) -> list[Foreigner]:
        return [member.due_again(self.today + timedelta(days=5)) for member in (ZAW, THIDA, HNIN, KYAW)]

    def records(self) -> list[dict[str, Any]]:
        """As the register has them. Of Wei it knows another birth date; John it does not know."""
        agreeing = [
            self.olivia, self.hiroshi, self.lukas, self.anna, self.maria, self.ivan, self.rajesh, *self.family,
        ]  # fmt: skip
        return [*(one.record() for one in agreeing), {**self.wei.record(), "birth_date": date(1978, 3, 25)}]

    def warrants(self) -> list[dict[str, Any]]:
        """One for Ivan by passport, one that has nothing to do with anybody, one withdrawn."""
        return [
            {"number": "จ.112/2569", "passport_no": IVAN.passport, "nationality": "RUS", "given_name": "IVAN",
             "surname": "PETROV", "birth_date": IVAN.born, "issued_on": self.today - timedelta(days=40)},
            {"number": "จ.87/2569", "given_name": "JOHN", "surname": "MILLER",
             "issued_on": self.today - timedelta(days=90)},
            {"number": "จ.12/2568", "passport_no": HIROSHI.passport, "nationality": "JPN", "given_name": "HIROSHI",
             "surname": "TANAKA", "birth_date": HIROSHI.born, "issued_on": self.today - timedelta(days=500),
             "withdrawn_on": self.today - timedelta(days=300)},
        ]  # fmt: skip


class Stories:
    """Plays them, one after the other."""

    def __init__(self, teams: dict[int, Team], now: datetime, today: date) -> None:
        self.teams = teams
        self.now = now
        self.today = today
        self.cast = Cast(today)

    @property
    def all(self) -> list[Callable[[], None]]:
        return [
            self.two_have_nothing_yet,
            self.hiroshi_knows_it_by_now,
            self.a_family_files_at_once,
            self.maria_is_asked,
            self.lukas_is_too_early,
            self.john_has_reported_before,
            self.three_are_held,
        ]

    def two_have_nothing_yet(self) -> None:
        account("olivia")
        account("anna")

    def hiroshi_knows_it_by_now(self) -> None:
        by = account("hiroshi")
        filed_on = self.today - timedelta(days=80)
        with at(bangkok(filed_on, 10.2)):
            reference = file(by, answers(self.cast.hiroshi, _NIMMAN, email=by.email)).reference
            tell([reference], letters=True)
        with at(bangkok(filed_on + timedelta(days=1), 9.1)):
            services.claim(reference=reference, by=self.teams[CHIANG_MAI].officer)
            for step in ("address", "history", "decide"):
                services.mark_step(reference=reference, step=step, done=True, by=self.teams[CHIANG_MAI].officer)
            case = decisions.approve(reference=reference, by=self.teams[CHIANG_MAI].officer)
            tell([reference], letters=True)
        with at(bangkok(filed_on + timedelta(days=1), 19.5)):
            surveys.answer(case=case, score=5)
        with at(bangkok(self.today - timedelta(days=5), 8)):
            reminding.remind(clock.today())

    def a_family_files_at_once(self) -> None:
        by = account("zaw")
        officer, group = self.teams[SAMUT_SAKHON].officer, uuid7()
        with at(self.now - timedelta(hours=26)):
            filed = [file(by, answers(one, _MAHACHAI, email=by.email), group=group) for one in self.cast.family]
            tell([one.reference for one in filed], letters=True)
        with at(self.now - timedelta(hours=3)):
            services.claim(reference=filed[0].reference, by=officer)
            decisions.approve(reference=filed[0].reference, by=officer)
            services.claim(reference=filed[1].reference, by=officer)
            services.add_note(reference=filed[1].reference, text="โทรยืนยันกับนายจ้างแล้ว พักที่เดียวกันทั้งครอบครัว", by=officer)
            tell([one.reference for one in filed[:2]], letters=True)

    def maria_is_asked(self) -> None:
        by = account("maria")
        officer = self.teams[PHUKET].officer
        with at(self.now - timedelta(hours=30)):
            reference = file(by, answers(self.cast.maria, _RAWAI, email=by.email)).reference
            tell([reference], letters=True)
        with at(self.now - timedelta(hours=6)):
            services.claim(reference=reference, by=officer)
            question = "Please send a photo of your latest arrival stamp on which the date can be read."
            services.ask(
                reference=reference, fields=["arrival.stamp", "arrival.arrived_on"], message=question, by=officer
            )
            tell([reference], letters=True)

    def lukas_is_too_early(self) -> None:
        by = account("lukas")
        report = answers(self.cast.lukas, _RAWAI, email=by.email)
        service = catalogue.current(SERVICE)
        with at(self.now - timedelta(hours=4)):
            draft = drafts.start(service=service, language="en", by=by)
            for key, page in service.pages.items():
                place = Place(key, page.group or "", 1 if page.group else 0)
                was = contents.fingerprint(contents.read(draft.content), place)
                posted = Posted(fields=service.typed(key, report, "en"), files={}, was=was)
                drafts.save_page(draft=draft.id, place=place, posted=posted, language="en")
            drafts.settle(draft=draft.id, group="people")
            sending.send(draft=draft.id, by=by, language="en", file_early=True)

    def john_has_reported_before(self) -> None:
        by = account("john")
        officer = self.teams[BANGKOK].officer
        report = answers(self.cast.john, _ASOKE, email=by.email)
        with at(self.now - timedelta(days=5)):
            first = file(by, report).reference
            tell([first], letters=True)
        with at(self.now - timedelta(days=4, hours=20)):
            services.withdraw(reference=first, by=by)
            second = file(by, report).reference
            tell([first, second], letters=True)
        with at(self.now - timedelta(days=3)):
            services.claim(reference=second, by=officer)
            decisions.refuse(reference=second, reason="already_reported", by=officer)
            tell([second], letters=True)

    def three_are_held(self) -> None:
        """A warrant, an overstay, another birth date: the applicants see "received" and nothing else."""
        for key, who, home in (
            ("ivan", self.cast.ivan, _RAWAI),
            ("rajesh", self.cast.rajesh, _ASOKE),
            ("wei", self.cast.wei, _ASOKE),
        ):
            by = account(key)
            with at(self.now - timedelta(hours=20)):
                reference = file(by, answers(who, home, email=by.email)).reference
                tell([reference], letters=True)
