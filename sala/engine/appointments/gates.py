"""Who may come to a calendar at this moment: asked before a page or the API shows one.

The waiting room stands above this room in the house, so it is not called by its name: it puts itself here when it is
there (`register`). Without it, everybody may come in.
"""

from __future__ import annotations

from typing import Protocol

from django.http import HttpRequest, HttpResponse

from sala.identity.accounts.actor import Actor


class Gate(Protocol):
    """What stands before calendars."""

    def before(self, request: HttpRequest, schedule: int) -> HttpResponse | None:
        """What to answer instead of the calendar; None where its reader may come in."""

    def chosen(self, request: HttpRequest, schedule: int) -> None:
        """The reader has taken a place: the next may come in."""

    def for_programs(self, by: Actor, schedule: int, network: str = "") -> None:
        """Raises TooMany, saying when to ask again, where a program has to wait its turn."""

    def program_chose(self, by: Actor, schedule: int) -> None:
        """A program has taken a place: its turn is over."""


class _Open:
    def before(self, request: HttpRequest, schedule: int) -> HttpResponse | None:
        return None

    def chosen(self, request: HttpRequest, schedule: int) -> None:
        pass

    def for_programs(self, by: Actor, schedule: int, network: str = "") -> None:
        pass

    def program_chose(self, by: Actor, schedule: int) -> None:
        pass


_gate: Gate = _Open()


def register(gate: Gate) -> None:
    """Let `gate` be asked from now on."""
    global _gate  # noqa: PLW0603
    _gate = gate


def gate() -> Gate:
    """What stands before the calendars now."""
    return _gate
