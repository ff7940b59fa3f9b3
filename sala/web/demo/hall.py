"""One morning in a hall, played minute by minute: who comes, who is called, who waits now."""

from __future__ import annotations

from datetime import datetime, timedelta

from sala.engine.appointments import changing, queries
from sala.engine.cases import decisions, services
from sala.engine.cases import queries as cases
from sala.engine.hall import arrivals, calling, counters
from sala.identity.accounts.actor import Actor
from sala.kit import clock
from sala.kit.ids import uuid7
from sala.web.demo.staff import Team
from sala.web.demo.stage import at, bangkok, tell

SERVICE = "extension-of-stay"
_STAMPED = "ประทับตราขยายเวลาในหนังสือเดินทางแล้ว\nThe extension is stamped in your passport."
_SERVED_IN = timedelta(minutes=13)


class Hall:
    """The counters of an office, and those who are expected today in the order of their times."""

    def __init__(self, team: Team, now: datetime) -> None:
        self.team, self.now = team, now
        self.office = next(seat.office for seat in team.officer.seats) or 0
        self.expected: list[str] = []
        self.seats: list[tuple[int, Actor]] = []

    def expects(self, reference: str) -> None:
        """A visit of today; empty for none."""
        if reference:
            self.expected.append(reference)

    def play(self) -> None:
        """Until now: those of past times were served but for one who did not come; the next ones have come."""
        with at(self.on_this_day(self.now - timedelta(hours=2))):
            numbers = [counters.define(office=self.office, name=name, services=(), by=self.team.senior)
                       for name in ("1", "2", "3")]  # fmt: skip
            self.seats = [(numbers[0], self.team.officer), (numbers[1], self.team.senior)]
            for counter, by in self.seats:
                counters.sit(counter=counter, by=by)
        visits = [queries.visit_at_the_door(reference) for reference in self.expected]
        past = [visit for visit in visits if visit.starts_at + timedelta(minutes=20) <= self.now]
        for number, visit in enumerate(past):
            if number == len(past) // 2:
                with at(visit.starts_at + timedelta(minutes=20)):
                    changing.missed(visit=visit.id, by=self.team.officer)
            else:
                self._served(visit.reference, visit.starts_at, *self.seats[number % 2])
        waiting = [
            visit for visit in visits if visit not in past and visit.starts_at < self.now + timedelta(minutes=40)
        ]
        for number, visit in enumerate(waiting[:5]):
            self.comes_in(visit.reference, minutes_ago=14 - 2 * number)
        self._somebody_walks_in()
        if waiting:
            with at(self.now - timedelta(minutes=3)):
                calling.call_next(counter=self.seats[1][0], by=self.team.senior)
        tell.nobody(self.expected)

    def comes_in(self, reference: str, *, minutes_ago: int) -> None:
        """Checked in at the door, on this day."""
        with at(self.on_this_day(self.now - timedelta(minutes=minutes_ago))):
            arrivals.check_in(office=self.office, code=reference, by=self.team.officer)

    def on_this_day(self, moment: datetime) -> datetime:
        """That moment, or midnight if it was yesterday: nobody comes in on another day than their own."""
        return max(moment, bangkok(clock.local_day(self.now), 0))

    def _served(self, reference: str, starts_at: datetime, counter: int, by: Actor) -> None:
        with at(self.on_this_day(starts_at - timedelta(minutes=6))):
            arrivals.check_in(office=self.office, code=reference, by=by)
        with at(starts_at + timedelta(minutes=2)):
            ticket = calling.call_next(counter=counter, by=by)
        if ticket is not None:
            with at(starts_at + timedelta(minutes=2) + _SERVED_IN):
                self._stamped(reference, by)
                calling.serve_done(ticket=ticket.id, counter=counter, by=by)

    def _stamped(self, reference: str, by: Actor) -> None:
        """The request is decided while its person sits there."""
        numbers = cases.references(
            [b.case_id for b in queries.visit_at_the_door(reference).bookings.all() if b.case_id]
        )
        for number in numbers.values():
            services.claim(reference=number, by=by)
            decisions.complete(reference=number, message=_STAMPED, by=by)
        tell.nobody(list(numbers.values()))

    def _somebody_walks_in(self) -> None:
        with at(self.on_this_day(self.now - timedelta(minutes=9))):
            arrivals.walk_in(
                office=self.office, service=SERVICE, by=self.team.officer, language="en", name="Aung Aung", once=uuid7()
            )
