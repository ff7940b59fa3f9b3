"""Appointments of the demonstration: booked ahead, come today, waiting, displaced; at an office that is open now.

Whenever the demonstration is started, the hall of Samut Sakhon is open: outside the usual hours it opens for this
day around the present hour. A public holiday alone leaves it empty.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

from sala.engine.appointments import booking, rules
from sala.engine.appointments.booking import Booked, Taken
from sala.engine.appointments.office import schedules
from sala.engine.appointments.office.changes import Terms
from sala.engine.appointments.rules import Opening
from sala.engine.catalogue import queries as catalogue
from sala.engine.catalogue.workdays import is_holiday
from sala.engine.waiting import waitlist
from sala.identity.accounts.actor import Actor
from sala.identity.directory import queries as directory
from sala.kit import clock
from sala.kit.errors import Invalid
from sala.kit.text import Text
from sala.services.immigration.offices import KIND
from sala.web.demo import patients, stories
from sala.web.demo.crowd import HOMES, WHO
from sala.web.demo.hall import Hall
from sala.web.demo.people import Crowd, Foreigner, Home
from sala.web.demo.staff import BANGKOK, PHUKET, SAMUT_SAKHON, Team
from sala.web.demo.stage import DEMO, at, bangkok, tell

SERVICE = "extension-of-stay"
RANONG = 85
COUNTERS = 3
AHEAD = 4
"""Days ahead on which Samut Sakhon has visits."""
_USUAL = (9.0, 15.5)
"""Within these hours an office with the usual opening has a past and a future today."""
_TERMS = Terms(minutes=20, counters=COUNTERS, lead_minutes=120, horizon_days=30, late_percent=20)
_FULL = Terms(minutes=60, counters=1, lead_minutes=120, horizon_days=4)
_REASON = Text(th="ตรวจสอบระบบไฟฟ้าของอาคาร", en="The building's wiring is being inspected")


def extension(person: Foreigner, home: Home, *, email: str, reason: str = "work") -> dict[str, Any]:
    """A whole request of one person."""
    pages = person.pages()
    permitted = pages["permission"]["permitted_until"]
    return {
        "passport": {**pages["passport"], "permitted_until": permitted},
        "name": pages["name"],
        "stay": {"reason": reason, "address": home.pages(email="", phone="")["stay"]["address"]},
        "contact": {"email": email, "phone": "+66812345678"},
    }


def opening_now(now: datetime) -> tuple[Opening, ...]:
    """The usual hours, and for today's weekday hours that have the present in their midst."""
    local = now.astimezone(clock.THAILAND)
    hour, weekday = local.hour + local.minute / 60, local.weekday()
    if weekday < 5 and _USUAL[0] <= hour <= _USUAL[1]:
        return rules.USUAL_HOURS
    opens = time(max(0, min(local.hour - 3, 16)))
    closes = time(23, 59) if local.hour >= 19 else time(local.hour + 5)
    others = tuple(opening for opening in rules.USUAL_HOURS if opening.weekday != weekday)
    return (*others, Opening(weekday, opens, closes))


class Visits:
    """Plans who comes before anything is played, so that the register knows them."""

    def __init__(self, teams: dict[int, Team], agents: dict[int, list[Actor]], now: datetime, today: date) -> None:
        self.teams, self.agents, self.now, self.today = teams, agents, now, today
        self.crowd = Crowd(seed=51)
        self.chance = self.crowd.chance
        self.cast = stories.Cast(today)
        self.people = [self._person(SAMUT_SAKHON) for _ in range(260)]
        self._next = iter(self.people)
        self.hours = opening_now(now)
        self.hall = Hall(teams[SAMUT_SAKHON], now)

    @property
    def all(self) -> list[Callable[[], None]]:
        return [
            self.samut_sakhon_opens,
            self.today_at_samut_sakhon,
            self.the_coming_days,
            self.john_comes_in_some_days,
            self.maria_loses_her_time,
            self.ranong_is_full,
            lambda: patients.play(self.now, self.today),
        ]

    # The plays

    def samut_sakhon_opens(self) -> None:
        with at(self._then):
            schedule = self._schedule(SAMUT_SAKHON)
            schedules.set_hours(office=self._office(SAMUT_SAKHON), hours=self.hours, by=DEMO)
            schedules.set_schedule(schedule=schedule, terms=_TERMS, by=DEMO)
            schedules.extend(schedule)

    def today_at_samut_sakhon(self) -> None:
        """The last two hours went by, some wait now, others come later.

        Zaw and Thida, of one family, wait too: their ticket shows how many are before them.
        """
        coming = [moment for moment in self._times(self.today) if moment > self.now][1:2]
        starts_at = coming[0] if coming else self._times(self._open_days(1)[0])[0]
        family = self._story("zaw", [stories.ZAW, stories.THIDA], SAMUT_SAKHON, starts_at)
        for starts_at in self._times(self.today):
            before = self.now - timedelta(hours=2) < starts_at
            many = 2 if before and starts_at < self.now + timedelta(minutes=40) else self.chance.choice([0, 1, 1, 2])
            for _ in range(many if before else 0):
                self.hall.expects(self._crowd_books(SAMUT_SAKHON, starts_at))
        self.hall.play()
        if coming:
            self.hall.comes_in(family.reference, minutes_ago=2)

    def the_coming_days(self) -> None:
        for day in self._open_days(AHEAD):
            for starts_at in self._times(day):
                for _ in range(self.chance.choice([0, 0, 1, 1, 2, 3])):
                    self._crowd_books(SAMUT_SAKHON, starts_at)

    def john_comes_in_some_days(self) -> None:
        self._story("john", [self.cast.john], BANGKOK, self._times(self._open_days(4)[3])[4], reason="retirement")

    def maria_loses_her_time(self) -> None:
        """Phuket has to close on her afternoon: she is offered another time."""
        day = self._open_days(3)[2]
        starts_at = bangkok(day, 14)
        booked = self._story("maria", [self.cast.maria], PHUKET, starts_at)
        with at(self.now - timedelta(hours=2)):
            closed = bangkok(day, 13), bangkok(day, 16.5)
            schedules.close(
                office=self._office(PHUKET), starts_at=closed[0], ends_at=closed[1], reason=_REASON, by=DEMO
            )
            tell([booked.reference, *(filed.reference for filed in booked.filed)], letters=True)

    def ranong_is_full(self) -> None:
        """One counter, every hour taken: whoever comes now joins the waiting list, as Anna did."""
        with at(self.now):
            schedule = self._schedule(RANONG)
            schedules.set_schedule(schedule=schedule, terms=_FULL, by=DEMO)
        for day in [self.today, *self._open_days(_FULL.horizon_days)]:
            for starts_at in rules.times_of(day, rules.USUAL_HOURS, _FULL.minutes):
                if starts_at >= self.now + timedelta(minutes=_FULL.lead_minutes):
                    self._crowd_books(RANONG, starts_at, as_of=self.now)
        with at(self.now):
            for person, by in ((self._another(), self._agent()), (self._another(), self._agent())):
                self._joins(schedule, person, by)
            self._joins(schedule, self.cast.anna, stories.account("anna"))

    # How it is done

    @property
    def _then(self) -> datetime:
        """When the visits of today were booked."""
        return self.now - timedelta(days=2)

    def _open_days(self, count: int) -> list[date]:
        days = (self.today + timedelta(days=number) for number in range(1, 60))
        return [day for day in days if day.weekday() < 5 and not is_holiday(day)][:count]

    def _times(self, day: date) -> list[datetime]:
        return [] if is_holiday(day) else rules.times_of(day, self.hours, _TERMS.minutes)

    def _person(self, province: int) -> Foreigner:
        somebody = self.crowd.person(WHO[province])
        return somebody.stamped(
            arrived=self.today - timedelta(days=self.chance.randint(60, 300)),
            permitted=self.today + timedelta(days=self.chance.randint(8, 40)),
        )

    def _another(self) -> Foreigner:
        return next(self._next)

    def _agent(self) -> Actor:
        return self.chance.choice(self.agents[SAMUT_SAKHON])

    def _office(self, province: int) -> int:
        return directory.office_for(KIND, province) or 0

    def _schedule(self, province: int) -> int:
        return schedules.ensure(catalogue.current(SERVICE), self._office(province))

    def _crowd_books(self, province: int, starts_at: datetime, *, as_of: datetime | None = None) -> str:
        """The number of a visit of somebody; empty where the time is taken. Nobody reads its mail."""
        by = self._agent()
        home = self.chance.choice(HOMES[SAMUT_SAKHON])
        try:
            with at(as_of or self._then + timedelta(minutes=self.chance.randint(1, 600))):
                booked = self._book([extension(self._another(), home, email=by.email)], by, province, starts_at)
        except (Taken, Invalid):  # taken, or beyond the horizon
            return ""
        cases = [filed.reference for filed in booked.filed]
        tell(cases, letters=False)
        tell.nobody([booked.reference, *cases])
        return booked.reference

    def _story(
        self, key: str, people: Sequence[Foreigner], province: int, starts_at: datetime, *, reason: str = "work"
    ) -> Booked:
        by, home = stories.account(key), HOMES[province][0]
        whole = [replace(one, permitted=self.today + timedelta(days=25)) for one in people]
        with at(self._then):
            asked = [extension(one, home, email=by.email, reason=reason) for one in whole]
            booked = self._book(asked, by, province, starts_at)
            tell([booked.reference, *(filed.reference for filed in booked.filed)], letters=True)
        return booked

    def _book(self, asked: Sequence[Mapping[str, Any]], by: Actor, province: int, starts_at: datetime) -> Booked:
        return booking.book(
            service=catalogue.current(SERVICE), schedule=self._schedule(province), starts_at=starts_at, answers=asked,
            by=by, language=by.language, channel="web", ahead=True,
        )  # fmt: skip

    def _joins(self, schedule: int, person: Foreigner, by: Actor) -> None:
        home = HOMES[PHUKET][0]
        joined = waitlist.join(
            service=catalogue.current(SERVICE), schedule=schedule, by=by, language=by.language,
            answers=[extension(person, home, email=by.email, reason="tourism")],
        )  # fmt: skip
        tell([joined.reference], letters=by.email.startswith("anna"))

    def records(self) -> Iterator[dict[str, Any]]:
        """What the immigration register knows of those who come."""
        return (person.record() for person in self.people)
