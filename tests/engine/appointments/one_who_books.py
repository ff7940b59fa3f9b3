"""A process of its own that books, moves and cancels without end, until it is killed. Run by test_races.py."""

from __future__ import annotations

import traceback
from datetime import timedelta
from multiprocessing.connection import Connection
from typing import Any

import django
from django.db import connection

django.setup()  # once, in the server that the processes are forked from

# ruff: noqa: E402 - what needs it, loaded there too
from sala.engine.appointments import booking, changing, holding
from sala.engine.appointments.claims import Taken
from sala.engine.catalogue import queries as catalogue
from sala.identity.accounts.actor import ANONYMOUS
from sala.kit import clock
from tests.engine.appointments.conftest import NINE, NOW, SYSTEM, answers_of, holder


def run(told: Connection, database: dict[str, Any], schedule: int, first: int) -> None:
    """Send the id of each visit that it was told is booked; or, where something is wrong, what."""
    connection.settings_dict.update(database)
    try:
        with clock.frozen(NOW):
            _book_without_end(told, schedule, first)
    except Exception:
        told.send(traceback.format_exc())


def _book_without_end(told: Connection, schedule: int, number: int) -> None:
    service = catalogue.current("test-visit")
    while True:
        number += 1
        starts_at = NINE + timedelta(minutes=30 * (number % 2))
        mine = holder() if number % 3 == 0 else None
        people = [answers_of(number * 10 + n) for n in range(1 + number % 3)]
        try:
            if mine:
                holding.hold(schedule=schedule, starts_at=starts_at, people=len(people), holder=mine, ahead=True)
            booked = booking.book(
                service=service, schedule=schedule, starts_at=starts_at, answers=people, by=ANONYMOUS,
                language="en", channel="web", holder=mine, ahead=True,
            )  # fmt: skip
        except Taken:
            continue
        told.send(booked.visit_id)
        if number % 4 == 0:
            changing.move(visit=booked.visit_id, starts_at=NINE + timedelta(hours=1), by=SYSTEM, ahead=True)
        if number % 10:
            changing.cancel(visit=booked.visit_id, by=SYSTEM)
