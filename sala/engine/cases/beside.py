"""What other rooms show on a request's page, such as its visit. They stand above this one: it cannot ask them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sala.engine.cases.models import Case
from sala.kit.text import Text


@dataclass(frozen=True, slots=True)
class Panel:
    """A part of the page: its template, which gets `panel`. `withdrawal`: what taking the request back does besides."""

    template: str
    context: Mapping[str, Any] = field(default_factory=dict)
    withdrawal: Text | None = None


Ask = Callable[[Case], Panel | None]
_asked: list[Ask] = []


def register(ask: Ask) -> None:
    """From an AppConfig.ready: `ask` is asked of each request that is shown whole."""
    if ask not in _asked:
        _asked.append(ask)


def panels(case: Case) -> list[Panel]:
    """What stands beside this request."""
    return [panel for ask in _asked if (panel := ask(case)) is not None]


@dataclass(frozen=True, slots=True)
class Way:
    """Where a number leads that is no request's: its `page`, and where a POST of `email` asks for the link to it."""

    page: str
    link: str


Elsewhere = Callable[[str], Way | None]
_elsewhere: list[Elsewhere] = []


def register_numbers(elsewhere: Elsewhere) -> None:
    """From an AppConfig.ready: `elsewhere` says where a number leads that is no request's, such as a visit's."""
    if elsewhere not in _elsewhere:
        _elsewhere.append(elsewhere)


def elsewhere(reference: str) -> Way | None:
    """Where a number (as stored) leads that is not of a request; None where it may be one."""
    return next((way for ask in _elsewhere if (way := ask(reference))), None)
