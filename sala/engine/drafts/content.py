"""What a draft holds and what comes next in it. Nothing here touches the database.

A form is a row of places: pages, and for each group of pages a list of its entries (the people of a family).
Each place is open until its page is right or its list is said to be whole.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from sala.engine.catalogue.loaded import Loaded
from sala.kit.errors import Fault
from sala.kit.text import language

Values = dict[str, Any]


class Part(msgspec.Struct, omit_defaults=True):
    """The shared pages of a form, or the pages of one entry of a group."""

    answers: dict[str, Values] = msgspec.field(default_factory=dict)
    """The right values, by page."""
    typed: dict[str, dict[str, str]] = msgspec.field(default_factory=dict)
    """What was typed, by posted name, of pages that are not right yet."""
    refused: dict[str, list[Fault]] = msgspec.field(default_factory=dict)
    """What was wrong with files that were not taken, by page: they are not kept, so it cannot be found out again."""
    offered: dict[str, Values] = msgspec.field(default_factory=dict)
    """What a page that was never saved is filled with."""
    recalled: list[str] = msgspec.field(default_factory=list)
    """Pages filled in from the last report, and not saved since."""


class Chosen(msgspec.Struct, omit_defaults=True):
    """What was chosen of a visit, before the form. The place itself is held by the appointments, for ten minutes."""

    needed: bool = False
    """It was asked whether it could be done online, and it cannot."""
    people: int = 0
    schedule: int = 0
    starts_at: str = ""
    """The time (ISO, with its offset); empty while none is chosen."""
    waiting: bool = False
    """There was no place: sending joins the waiting list of the schedule."""


class Content(Part, omit_defaults=True):
    """A whole draft."""

    visit: Chosen = msgspec.field(default_factory=Chosen)

    entries: dict[str, list[Part]] = msgspec.field(default_factory=dict)
    settled: list[str] = msgspec.field(default_factory=list)
    """Groups whose list of entries the applicant has said is whole."""
    recalled_on: str = ""
    """The day (ISO) of the report that pages were filled from."""


@dataclass(frozen=True, slots=True)
class Place:
    """A page (`page`), a page of an entry (`page`, `group`, `number` from 1), or a group's list (`group` alone)."""

    page: str = ""
    group: str = ""
    number: int = 0

    @property
    def is_list(self) -> bool:
        return not self.page


def read(stored: Mapping[str, Any]) -> Content:
    """A draft's `content` as stored."""
    return msgspec.convert(stored, Content)


def stored(content: Content) -> Any:
    """`content` as JSON to be stored."""
    return msgspec.to_builtins(content)


def part_at(content: Content, place: Place) -> Part | None:
    """Where a page's values stand; None where there is no such entry."""
    if not place.group:
        return content
    entries = content.entries.get(place.group, [])
    return entries[place.number - 1] if 0 < place.number <= len(entries) else None


def answers_at(content: Content, place: Place) -> dict[str, Values]:
    """The answers that a page's conditions see: the shared ones and, in a group, the entry's own."""
    part = part_at(content, place)
    own = part.answers if part is not None and part is not content else {}
    return {**content.answers, **own}


def places(service: Loaded, content: Content) -> Iterator[Place]:
    """All places of the form that are asked as things stand, in order."""
    passed: set[str] = set()
    for key, page in service.pages.items():
        if page.told:
            continue  # the register answers it
        if page.group is None:
            if service.page_shown(key, content.answers):
                yield Place(page=key)
        elif page.group not in passed:
            passed.add(page.group)
            yield from _group_places(service, content, page.group)


def _group_places(service: Loaded, content: Content, group: str) -> Iterator[Place]:
    keys = [key for key, page in service.pages.items() if page.group == group]
    for number in range(1, len(content.entries.get(group, [])) + 1):
        for key in keys:
            place = Place(key, group, number)
            if service.page_shown(key, answers_at(content, place)):
                yield place
    yield Place(group=group)


def is_done(content: Content, place: Place) -> bool:
    """Whether a place was answered; whether the answers still hold together is judged when all is reviewed."""
    if place.is_list:
        return place.group in content.settled
    part = part_at(content, place)
    return part is not None and place.page in part.answers and place.page not in part.typed


def next_place(service: Loaded, content: Content, after: Place | None = None) -> Place | None:
    """The first open place after `after`, else the first open one at all; None where all are done."""
    row = list(places(service, content))
    start = row.index(after) + 1 if after in row else 0
    rest = row[start:] + row[:start]
    return next((place for place in rest if not is_done(content, place)), None)


def place_before(service: Loaded, content: Content, place: Place) -> Place | None:
    """Where the back link of `place` leads; None from the first."""
    row = list(places(service, content))
    at = row.index(place) if place in row else 0
    return row[at - 1] if at > 0 else None


def progress(service: Loaded, content: Content, place: Place) -> tuple[int, int]:
    """Which page this is, of how many. The pages of a group count once, its list not at all."""
    keys: list[str] = []
    for one in places(service, content):
        if one.page and one.page not in keys:
            keys.append(one.page)
    at = keys.index(place.page) + 1 if place.page in keys else len(keys)
    return at, max(len(keys), 1)


@dataclass(frozen=True, slots=True)
class Future:
    """The case that a draft, or one entry of its split group, will become."""

    number: int
    """Of the entry, from 1; 0 where the group is not split."""
    answers: dict[str, Any]


def futures(service: Loaded, content: Content) -> list[Future]:
    """The flat answers of each case the draft will become, of the pages that are asked."""
    shared = _shown(service, content, content.answers, group=None)
    for key, group in service.groups.items():
        entries = content.entries.get(key, [])
        if group.split:
            return [
                Future(number, {**shared, **_entry(service, content, entry, key)})
                for number, entry in enumerate(entries, start=1)
            ]
        shared[key] = [_entry(service, content, entry, key) for entry in entries]
    return [Future(0, shared)]


def split_group(service: Loaded) -> str:
    """The key of the group whose entries become cases of their own; empty if there is none."""
    return next((key for key, group in service.groups.items() if group.split), "")


def _entry(service: Loaded, content: Content, entry: Part, group: str) -> dict[str, Any]:
    return _shown(service, entry, {**content.answers, **entry.answers}, group=group)


def _shown(service: Loaded, part: Part, seen: Mapping[str, Any], *, group: str | None) -> dict[str, Any]:
    # A newer version of the form may have dropped a page or a field: their answers are passed over.
    kept: dict[str, Any] = {}
    for key, page in service.pages.items():
        if page.group == group and key in part.answers and service.page_shown(key, seen):
            kept[key] = {name: v for name, v in part.answers[key].items() if service.has_field(f"{key}.{name}")}
    return kept


def place_of(service: Loaded, path: str, number: int) -> Place:
    """The page that a fault at `path` is of: `page.field`, or `group.0.page.field` in a list."""
    first, _, rest = path.partition(".")
    if first in service.groups:
        index, _, inside = rest.partition(".")
        page = inside.partition(".")[0]
        return Place(page, first, int(index) + 1) if index.isdigit() and page else Place(group=first)
    declared = service.pages.get(first)
    if declared is None:
        return Place()
    return Place(first, declared.group, number) if declared.group else Place(first)


def label_of(service: Loaded, entry: Part, group: str) -> str:
    """How an entry is named in lists, e.g. Anna Schmidt; empty while nothing is known of it."""
    asked = (path for path in service.groups[group].summary if not service.dropped(path, entry.answers))
    values = (service.display(path, entry.answers, language()) for path in asked)
    return " ".join(value for value in values if value)


def fingerprint(content: Content, place: Place) -> str:
    """Tells whether a place was changed since a page was drawn: in another tab, on another device."""
    if place.is_list:
        held: Any = [len(content.entries.get(place.group, []))]
    else:
        part = part_at(content, place)
        held = [part.answers.get(place.page), part.typed.get(place.page)] if part else None
    return hashlib.sha256(msgspec.json.encode(held, order="sorted")).hexdigest()[:16]
