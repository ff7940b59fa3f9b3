"""The many: what the offices have had to do in the last months, and what waits now."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from sala.engine.cases import decisions, services
from sala.engine.cases.filing import Filed
from sala.engine.surveys import services as surveys
from sala.identity.accounts.actor import Actor
from sala.kit import clock
from sala.kit.ids import uuid7
from sala.web.demo.people import Crowd, Foreigner, Home, answers
from sala.web.demo.staff import BANGKOK, CHIANG_MAI, CHON_BURI, PHUKET, SAMUT_SAKHON, Team
from sala.web.demo.stage import at, bangkok, file, person, tell

Progress = Callable[[int], None]

# 94.8 % satisfied of 1,094 users at Samut Sakhon.
ASKED, SATISFIED = 1094, 1037
VOLUME = {BANGKOK: 90, CHON_BURI: 40, CHIANG_MAI: 50, PHUKET: 60}
WHO = {
    BANGKOK: {"GBR": 3, "USA": 3, "CHN": 4, "JPN": 4, "IND": 3, "PHL": 2, "FRA": 2, "DEU": 2},
    CHON_BURI: {"RUS": 3, "CHN": 3, "GBR": 3, "DEU": 2, "JPN": 2},
    CHIANG_MAI: {"USA": 3, "GBR": 3, "CHN": 3, "JPN": 2, "FRA": 2, "MMR": 2},
    SAMUT_SAKHON: {"MMR": 16, "LAO": 2, "KHM": 2},
    PHUKET: {"RUS": 6, "FRA": 2, "GBR": 2, "CHN": 2, "DEU": 2},
}
HOMES = {
    BANGKOK: [Home("flat", "88/12 ถนนสุขุมวิท ซอย 49", 103901, 10110, "Sukhumvit Residence"),
              Home("flat", "45 ถนนสาทรใต้", 102801, 10120, "สาทรเฮาส์"),
              Home("house", "9/3 ซอยลาดพร้าว 71", 103801, 10230, "สมศรี พูนทรัพย์")],
    CHON_BURI: [Home("flat", "315/20 ถนนพัทยาสาย 2", 200401, 20150, "Pattaya Hill"),
                Home("house", "77 หมู่ 5", 200701, 20110, "วินัย ศรีราชา")],
    CHIANG_MAI: [Home("house", "12/8 ถนนนิมมานเหมินท์", 500108, 50200, "คำปัน ใจคำ"),
                 Home("flat", "21 ถนนช้างคลาน", 500105, 50100, "Ping River Suites")],
    SAMUT_SAKHON: [Home("employer", "99/1 หมู่ 4 ถนนเศรษฐกิจ", 740110, 74000, "บริษัท มหาชัยซีฟู้ด จำกัด"),
                   Home("employer", "199 ซอยวัดเทพนรรัตน์", 740109, 74000, "โรงงานนาดีอาหารทะเล"),
                   Home("employer", "8/8 ถนนเพชรเกษม", 740202, 74130, "บริษัท อ้อมน้อยสิ่งทอ จำกัด")],
    PHUKET: [Home("flat", "51/9 ถนนวิเศษ", 830107, 83130, "Rawai Beach Apartments"),
             Home("hotel", "14 ถนนปฏัก", 830108, 83100, "Karon View Hotel")],
}  # fmt: skip
_WORKING_HOURS = (8.5, 16.4)
_AGENTS = ("วรรณา", "สมพร", "อุดม", "จิราพร", "บุญชัย", "พรทิพย์", "สมบัติ", "นงลักษณ์", "ไพศาล", "ลำดวน", "กิตติ", "อารี")


@dataclass(frozen=True, slots=True)
class Report:
    """One report of the crowd: who, where, and when it was filed."""

    who: Foreigner
    home: Home
    by: Actor
    filed: datetime


class Offices:
    """Files and decides for the crowd. Draws everything from one seed, so that two demos tell one story."""

    def __init__(self, teams: dict[int, Team], agents: dict[int, list[Actor]], today: date) -> None:
        self.crowd = Crowd(seed=47)
        self.chance = self.crowd.chance
        self.teams = teams
        self.agents = agents
        self.today = today
        self.people: list[Foreigner] = []
        self.references: list[str] = []

    def plan(self, province: int, day: date) -> Report:
        """Somebody who files on a day of their window (the register knows them)."""
        chance = self.chance
        due = day + timedelta(days=chance.choice([0, 0, 1, 2, 3, 5, 8, 12, 15]))
        anybody = self.crowd.person(WHO[province])
        who = anybody.due(due) if chance.random() < 0.3 else anybody.due_again(due, chance.randint(1, 3))
        if chance.random() < 0.04:  # late
            who = anybody.due_again(day - timedelta(days=chance.randint(1, 20)))
        self.people.append(who)
        filed = bangkok(day, chance.uniform(7, 22))
        return Report(who, chance.choice(HOMES[province]), chance.choice(self.agents[province]), filed)

    def file(self, report: Report, group: UUID | None = None) -> Filed:
        """File it at the clock's hour, and have it checked."""
        filed = file(report.by, answers(report.who, report.home, email=report.by.email), group=group)
        tell([filed.reference], letters=False)
        self.references.append(filed.reference)
        return filed

    def office_hour(self, after: datetime, *, slow: float = 0.02) -> datetime:
        """When an officer got to it: on one of the next two days, or too late now and then."""
        chance = self.chance
        days = 4 if chance.random() < slow else chance.choice([1, 1, 1, 2])
        return bangkok(clock.local_day(after) + timedelta(days=days), chance.uniform(*_WORKING_HOURS))


def agents() -> dict[int, list[Actor]]:
    """Those who file for many: employers and agencies of each province."""
    numbers = {province: 12 if province == SAMUT_SAKHON else 5 for province in WHO}
    return {
        province: [
            person(f"agent{number}.{province}@sala.example", _AGENTS[number % len(_AGENTS)], "ตัวแทนจัดหางาน",
                   phone="+66834567890", language="th", password="")
            for number in range(1, count + 1)
        ]
        for province, count in numbers.items()
    }  # fmt: skip


def satisfied_month(offices: Offices) -> list[Report]:
    """Samut Sakhon's last calendar month: as many reports as people were asked."""
    end = offices.today.replace(day=1) - timedelta(days=1)
    first = end.replace(day=1)
    # The last days of the month are left to the officers, so that every answer falls within it.
    return [
        offices.plan(SAMUT_SAKHON, first + timedelta(days=number * (end.day - 6) // ASKED)) for number in range(ASKED)
    ]


def last_months(offices: Offices) -> list[tuple[int, Report]]:
    """What the other offices decided in the last ninety days."""
    planned = []
    for province, volume in VOLUME.items():
        for number in range(volume):
            day = offices.today - timedelta(days=90 - number * 85 // volume)
            planned.append((province, offices.plan(province, day)))
    return planned


def play_satisfied_month(offices: Offices, reports: Iterable[Report], progress: Progress) -> None:
    """File, check, approve, and have each asked how it was."""
    team = offices.teams[SAMUT_SAKHON]
    groups = {agent.id: uuid7() for agent in offices.agents[SAMUT_SAKHON]}
    for number, report in enumerate(reports, start=1):
        with at(report.filed):
            filed = offices.file(report, group=groups[report.by.id])
        if number % 9 == 0:
            groups[report.by.id] = uuid7()
        decided = offices.office_hour(report.filed, slow=0.01)
        with at(decided):
            case = decisions.approve(reference=filed.reference, by=team.officer if number % 3 else team.senior)
        with at(decided + timedelta(hours=offices.chance.uniform(0.2, 20))):
            score = offices.chance.choice([4, 5, 5]) if number <= SATISFIED else offices.chance.choice([1, 2, 3, 3])
            surveys.answer(case=case, score=score)
        progress(number)


def play_last_months(offices: Offices, planned: Iterable[tuple[int, Report]], progress: Progress) -> None:
    """Approved mostly; some asked first, some refused, referred or withdrawn; half tell how it was."""
    for number, (province, report) in enumerate(planned, start=1):
        chance = offices.chance
        with at(report.filed):
            filed = offices.file(report)
        decided = offices.office_hour(report.filed)
        with at(decided):
            case = _end(filed.reference, chance.random(), report.by, offices.teams[province].officer)
        if chance.random() < 0.5:
            with at(decided + timedelta(hours=chance.uniform(0.2, 30))):
                surveys.answer(case=case, score=chance.choices([1, 2, 3, 4, 5], [1, 2, 5, 30, 62])[0])
        progress(number)


def _end(reference: str, fate: float, applicant: Actor, by: Actor) -> surveys.Rated:
    if fate < 0.03:
        return services.withdraw(reference=reference, by=applicant)
    services.claim(reference=reference, by=by)
    if fate < 0.06:
        return decisions.refuse(reference=reference, reason="already_reported", by=by)
    if fate < 0.08:
        return decisions.refer(reference=reference, message=_COME, by=by)
    if fate < 0.14:
        services.ask(reference=reference, fields=["stay.address"], message=_ROOM, by=by)
        services.answer(reference=reference, values={}, message="Room 402, 4th floor", by=applicant)
    return decisions.approve(reference=reference, by=by)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Reports that wait now: how many at each office, filed how many hours ago, how far an officer has come."""

    count: int
    hours: tuple[float, float]
    step: str


NOW = (
    Waiting(6, (0.5, 30), "new"),
    Waiting(3, (1, 40), "claimed"),
    Waiting(3, (50, 70), "new"),
    Waiting(2, (76, 110), "claimed"),
    Waiting(2, (10, 45), "asked"),
)


def waiting_now(offices: Offices, now: datetime) -> list[tuple[int, Report, str]]:
    """What is in the queues of each office at this moment."""
    planned = []
    for province in offices.teams:
        for kind in NOW:
            for _ in range(kind.count):
                moment = now - timedelta(hours=offices.chance.uniform(*kind.hours))
                report = offices.plan(province, clock.local_day(moment))
                planned.append((province, replace(report, filed=moment), kind.step))
    return planned


def play_now(offices: Offices, planned: Iterable[tuple[int, Report, str]], now: datetime, progress: Progress) -> None:
    """File what waits, and take it as far as it has come."""
    for number, (province, report, step) in enumerate(planned, start=1):
        officer = offices.teams[province].officer
        with at(report.filed):
            filed = offices.file(report)
        if step != "new":
            with at(report.filed + (now - report.filed) / 2):
                services.claim(reference=filed.reference, by=officer)
                if step == "asked":
                    services.ask(reference=filed.reference, fields=["arrival.stamp"], message=_STAMP, by=officer)
        progress(number)


_COME = "โปรดนำหนังสือเดินทางมาพบเจ้าหน้าที่ภายใน 7 วัน\nPlease bring your passport to the office within 7 days."
_ROOM = "โปรดเพิ่มเลขห้องและชั้น\nPlease add the room and the floor."
_STAMP = "โปรดส่งภาพถ่ายตราประทับขาเข้าครั้งล่าสุด\nPlease send a photo of your latest arrival stamp."
