"""What is held about a person, section by section: each room tells its own, here they come together.

A room above registers its sections in its AppConfig.ready; this room knows none of them by name.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sala.kit.text import Text

MOST = 200
"""Items of one section that a page shows; the copy has them all."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that is held, in the reader's language; `note` says since when, or by whom."""

    label: Text
    value: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """One record: a request, a device. `url` is the page where the person sees or changes it."""

    title: str
    facts: Sequence[Fact] = ()
    url: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """One sort of data: what it is, why it is kept, how long, by which law; and how to read it for an account.

    `items` takes the account and how many at most, the newest first; `export` gives every record as JSON, by the
    names that the tables have. `manage` names the address where the person changes it (with `manage_args`),
    `manage_words` what it does.
    """

    key: str
    order: int
    title: Text
    why: Text
    kept: Text
    law: Text
    count: Callable[[UUID], int]
    items: Callable[[UUID, int], list[Item]]
    export: Callable[[UUID], list[dict[str, Any]]]
    manage: str = ""
    manage_words: Text | None = None
    manage_args: tuple[str, ...] = ()


_known: dict[str, Section] = {}


def register(section: Section) -> None:
    """Add a room's section; the same key again replaces it."""
    _known[section.key] = section


def managed(key: str, *, at: str, args: tuple[str, ...], words: Text) -> None:
    """From an AppConfig.ready: where the data of a room's section are changed, which the room below cannot know."""
    _known[key] = replace(_known[key], manage=at, manage_args=args, manage_words=words)


def sections() -> list[Section]:
    """All sections, in the order of the page."""
    return sorted(_known.values(), key=lambda one: one.order)


def section(key: str) -> Section | None:
    return _known.get(key)
