"""The door of a calendar: a page that lets people in, or shows them the waiting room until it is their turn.

    if waits := door.before(request, schedule):
        return waits

The turn is remembered in a signed cookie, bound to the account, or to the browser where nobody is signed in: sent to
somebody else it is worth nothing. Who is signed in has one turn everywhere, programs included.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from sala.engine.appointments import queries as appointments
from sala.engine.appointments.presenters import clock_words
from sala.engine.catalogue import queries as catalogue
from sala.engine.waiting import load, room
from sala.engine.waiting.room import Waits
from sala.identity.accounts.actor import Actor
from sala.identity.accounts.requests import actor_of, network_of, private
from sala.identity.directory import queries as directory
from sala.kit.errors import SalaError, TooMany
from sala.kit.ids import keyed_digest
from sala.kit.text import Text

COOKIE = "sala_room"
AGAIN = 10
"""Seconds after which a waiting page asks again."""
KEPT = 4 * 3600
MOST_TURNS = 5
_SALT = "sala.room"


class InLine(TooMany):
    """Many want places at this moment: a program waits its turn like everybody else."""

    def __init__(self, waits: Waits) -> None:
        known = waits.position is not None
        th = f"ท่านอยู่ลำดับที่ {waits.position}" if known else "กำลังรอการจับลำดับ"
        en = f"You are number {waits.position}" if known else "The order is about to be drawn by lot"
        message = Text(
            th=f"ขณะนี้มีผู้ต้องการคิวจำนวนมาก {th} โปรดลองใหม่ใน {AGAIN} วินาที ลำดับของท่านยังอยู่",
            en=f"Many want places at this moment. {en}. Ask again in {AGAIN} seconds; your turn is kept",
        )
        SalaError.__init__(self, message)
        self.retry_after = AGAIN
        self.position = waits.position


def before(request: HttpRequest, schedule: int) -> HttpResponse | None:
    """What to answer instead of the calendar; None where its reader may come in.

    Off, it costs a look at memory. A POST from outside is led to the page, where it waits.
    """
    turns = _shown(request) if COOKIE in request.COOKIES else {}
    shown = turns.get(str(schedule))
    stands = load.standing(schedule) if shown else load.note_load(schedule)
    if stands is None:
        return None
    found = room.enter(
        stands,
        turn=UUID(shown) if shown else None,
        account=actor_of(request).account_id,
        network=network_of(request),
    )
    if not isinstance(found, Waits):
        return None
    if request.method == "POST":
        return HttpResponseRedirect(request.get_full_path(), status=303)
    response = _page(request, schedule, found)
    if shown != str(found.turn):
        _remember(request, response, {**turns, str(schedule): str(found.turn)})
    return response


def chosen(request: HttpRequest, schedule: int) -> None:
    """The reader has taken a place: the next may come in."""
    turn = _shown(request).get(str(schedule))
    if turn:
        room.done(schedule=schedule, turn=UUID(turn))


def for_programs(by: Actor, schedule: int, network: str = "") -> None:
    """The same for the API: the account's turn is the one that its owner has in the browser. Raises InLine.

    Asking without an account gives no turn and no way in, else a program would be a door past the people.
    """
    if by.account_id is None:
        if load.note_load(schedule) is not None:
            raise TooMany(AGAIN)
        return
    found = room.pass_through(schedule=schedule, account=by.account_id, network=network)
    if isinstance(found, Waits):
        raise InLine(found)


def program_chose(by: Actor, schedule: int) -> None:
    """A program has booked with its owner's turn, which is over: one turn is one choice, by whatever way."""
    if by.account_id is not None and load.standing(schedule) is not None:
        room.done_of(schedule=schedule, account=by.account_id)


def _page(request: HttpRequest, schedule: int, found: Waits) -> HttpResponse:
    plan = appointments.schedule(schedule)
    context = {
        "found": found,
        "minutes": int(found.wait.total_seconds() // 60) if found.wait is not None else None,
        "drawn_at": clock_words(found.draws_at),
        "seconds": AGAIN,
        "service": catalogue.latest(plan.service).declaration.name,
        "office": directory.office(plan.office),
        "here": request.get_full_path(),
    }
    response = private(render(request, "waiting/room.html", context))
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _shown(request: HttpRequest) -> dict[str, Any]:
    """The turns that this browser has, by schedule."""
    try:
        kept = signing.loads(request.COOKIES.get(COOKIE, ""), salt=_SALT, max_age=KEPT)
    except signing.BadSignature:
        return {}
    # A turn drawn before signing in goes with whoever signs in, in the same browser.
    mine = {_browser(request), actor_of(request).label}
    return dict(kept["turns"]) if kept["of"] in mine else {}


def _remember(request: HttpRequest, response: HttpResponse, turns: dict[str, Any]) -> None:
    by = actor_of(request)
    response.set_cookie(
        COOKIE,
        signing.dumps(
            {"of": by.label if by.account_id else _browser(request), "turns": dict([*turns.items()][-MOST_TURNS:])},
            salt=_SALT,
        ),
        max_age=KEPT,
        httponly=True,
        samesite="Lax",
        secure=settings.SECURE_COOKIES,
    )


def _browser(request: HttpRequest) -> str:
    return keyed_digest("browser", request.headers.get("User-Agent", ""))
