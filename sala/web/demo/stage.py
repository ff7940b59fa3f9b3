"""Playing the demonstration through the real services, at the hours at which things happened."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import msgspec
from procrastinate.contrib.django import app

from sala.engine.cases import filing
from sala.engine.cases.filing import Filed
from sala.engine.catalogue import queries as catalogue
from sala.identity.accounts import services as accounts
from sala.identity.accounts.actor import Actor, Seat, system
from sala.identity.directory import queries as directory
from sala.identity.directory import services as appointments
from sala.kit import clock, sql
from sala.services.immigration.offices import AGENCY, KIND
from sala.web.wiring import HEARERS

SERVICE = "tm47"
PASSWORD = "ninety days sala"  # noqa: S105 - the demo's, printed at every start
DEMO = system("demo")

_TAKE = "DELETE FROM kit_outboxevent WHERE id > %s AND payload->>'reference' = ANY(%s) RETURNING id, topic, payload"
_DROP = "DELETE FROM kit_outboxevent WHERE payload->>'reference' = ANY(%s)"


@dataclass(frozen=True, slots=True)
class SignIn:
    """One who can sign in, and what there is to see for them."""

    who: str
    email: str
    password: str
    hint: str


def bangkok(day: date, hour: float) -> datetime:
    """A moment in Thailand; 8.5 is half past eight."""
    return datetime.combine(day, time(), clock.THAILAND) + timedelta(hours=hour)


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """The clock of everything within the block."""
    with clock.frozen(moment):
        yield


def person(
    email: str, given_name: str, surname: str, *, phone: str, language: str = "en", password: str = PASSWORD
) -> Actor:
    """The account of this address, made if it is not there, as an actor without posts."""
    account, _link = accounts.create_account(
        email=email, given_name=given_name, surname=surname, phone=phone, language=language, password=password, by=DEMO
    )
    return _actor(account, email=email, given_name=given_name, surname=surname, phone=phone, language=language)


def officer(email: str, given_name: str, surname: str, *, role: str, province: int | None, since: date) -> Actor:
    """An officer with a post at the office of a province, or in the whole bureau."""
    account = person(email, given_name, surname, phone="+66821000000", language="th").account_id or UUID(int=0)
    office = None if province is None else directory.office_for(KIND, province)
    appointments.appoint(account=account, agency=AGENCY, role=role, office=office, since=since, by=DEMO)
    return _actor(
        account, email=email, given_name=given_name, surname=surname, phone="+66821000000", language="th",
        seats=(Seat(AGENCY, office, role),),
    )  # fmt: skip


def _actor(account: UUID, *, given_name: str, surname: str, **known: Any) -> Actor:
    return Actor(
        kind="account",
        id=str(account),
        account_id=account,
        name=f"{given_name} {surname}".strip(),
        given_name=given_name,
        surname=surname,
        **known,
    )


def file(by: Actor, answers: dict[str, Any], *, group: UUID | None = None) -> Filed:
    """File a report at the clock's hour."""
    return filing.file(
        service=catalogue.current(SERVICE), answers=answers, by=by, language=by.language, channel="web", group=group
    )


class Teller:
    """Tells what happened to its hearers at the clock's hour, as the relay would have."""

    def __init__(self) -> None:
        self._after = 0  # so that a long transaction does not look through all that it has told already

    def __call__(self, references: Iterable[str], *, letters: bool) -> None:
        """Without `letters` only the automatic checks hear: nobody reads the mail of the crowd."""
        told = list(references)
        # Hearing makes further facts, such as that a case was checked.
        while rows := sorted(sql.fetch_all(_TAKE, (self._after, told))):
            for number, topic, payload in rows:
                self._after = number
                for hearer in HEARERS.get(topic, ()):
                    if letters or hearer == "cases.check":
                        app.tasks[hearer].func(payload=msgspec.json.decode(payload))

    def nobody(self, references: list[str]) -> None:
        """What else happened to the crowd's cases: nobody waits for it."""
        sql.execute(_DROP, (references,))


tell = Teller()
