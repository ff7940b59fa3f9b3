"""Who looked: relying parties and officers in one list, the newest first; and what happened in the account itself."""

from __future__ import annotations

import heapq
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from sala.identity.mydata import trails, wards, who, words
from sala.identity.mydata.trails import Trail
from sala.identity.provider import looks as provider
from sala.identity.provider.looks import Looked, Told
from sala.kit import audit, clock
from sala.kit.audit import Numbered
from sala.kit.text import Text

PAGE = 30
_READ = 4
"""Lines that are read for each look of a page: what one officer did nine times in an hour is one look."""
_CURSOR = re.compile(r"(\d{1,18})-(\d{1,18})")
_CLIENT = "rp:"

Kind = Literal["service", "officer", "account"]


@dataclass(frozen=True, slots=True)
class Line:
    """One look or event. `number` names it, such as R17 (a relying party's) or A42 (the audit's)."""

    number: str
    at: datetime
    kind: Kind
    by: Text
    owner: Text | None
    act: str
    what: Text | None
    reason: Text | None
    url: str
    told: tuple[Told, ...]
    same: tuple[str, ...] = ()
    """What officers' lines of one look have in common; empty for those that are a look by themselves."""

    @property
    def clock(self) -> str:
        """The time of day in Thailand."""
        return f"{self.at.astimezone(clock.THAILAND):%H:%M}"

    @property
    def whys(self) -> list[tuple[Text, Text, list[Text]]]:
        """Purpose and law, each with the claims told for it."""
        found: dict[tuple[Text, Text], list[Text]] = {}
        for one in self.told:
            found.setdefault((one.purpose, one.basis), []).append(one.label)
        return [(purpose, law, labels) for (purpose, law), labels in found.items()]


@dataclass(frozen=True, slots=True)
class Page:
    """Some lines, and where the next page begins (empty at the end)."""

    lines: list[Line]
    next: str


@dataclass(frozen=True, slots=True)
class Look:
    """What one person did with one thing within one hour: its lines, the newest first."""

    lines: list[Line]

    @property
    def newest(self) -> Line:
        return self.lines[0]


@dataclass(frozen=True, slots=True)
class Looks:
    """Some looks, and where the next page begins (empty at the end)."""

    looks: list[Look]
    next: str


@dataclass(frozen=True, slots=True)
class Choice:
    """Whose looks: `value` as the address has it."""

    value: str
    words: Text


ALL = Choice("", Text(th="ทั้งหมด", en="Everybody"))
SERVICES = Choice("services", Text(th="บริการทั้งหมด", en="All services"))
OFFICERS = Choice("officers", Text(th="เจ้าหน้าที่", en="Officers"))
MINE = Choice("account", Text(th="เหตุการณ์ในบัญชีของฉัน", en="What happened in my account"))


def choices(account: UUID) -> list[Choice]:
    """By whom the list can be narrowed."""
    named = sorted(provider.lookers(account).items(), key=lambda one: str(one[1]))
    return [ALL, OFFICERS, SERVICES, *(Choice(f"{_CLIENT}{client}", name) for client, name in named), MINE]


def page(account: UUID, *, whose: str = "", cursor: str = "", limit: int = PAGE) -> Page:
    """The newest lines before the cursor, of everybody or of some (`choices`)."""
    services_before, audit_before = _read(cursor)
    services = _services(account, whose, services_before, limit + 1)
    entries, about = _entries(account, whose, audit_before, limit + 1)
    # Merged, not sorted: each list keeps its own order, by which the cursor goes on.
    both = _of_services(services), _of_entries(account, entries, about)
    lines = list(heapq.merge(*both, key=lambda line: line.at, reverse=True))
    shown = lines[:limit]
    more = len(lines) > limit
    return Page(shown, _next(shown, services_before, audit_before) if more else "")


def gathered(account: UUID, *, whose: str = "", cursor: str = "", limit: int = PAGE) -> Looks:
    """The same as `page`, with what one officer did again and again within an hour as one look."""
    read = page(account, whose=whose, cursor=cursor, limit=limit * _READ)
    found: dict[tuple[str, ...], list[Line]] = {}
    for at, line in enumerate(read.lines):
        of = line.same or (line.number,)
        if of not in found and len(found) == limit:
            return Looks([Look(lines) for lines in found.values()], _next(read.lines[:at], *_read(cursor)))
        found.setdefault(of, []).append(line)
    return Looks([Look(lines) for lines in found.values()], read.next)


def one(account: UUID, number: str) -> Line | None:
    """The line of this number, if it is about the account."""
    if not re.fullmatch(r"[RA]\d{1,18}", number):
        return None
    sort, at = number[0], int(number[1:])
    if sort == "R":
        found = provider.of_number(account, at)
        return next(iter(_of_services([found])), None) if found else None
    entries = [entry for whose in ("officers", "account") for entry in _numbered(account, whose, at)]
    about = trails.of_account(account)
    return next(iter(_of_entries(account, entries, about)), None)


def _numbered(account: UUID, whose: str, at: int) -> list[Numbered]:
    return [entry for entry in _entries(account, whose, at + 1, 1)[0] if entry.number == at]


def _services(account: UUID, whose: str, before: int | None, limit: int) -> list[Looked]:
    if whose in {OFFICERS.value, MINE.value}:
        return []
    client = whose.removeprefix(_CLIENT) if whose.startswith(_CLIENT) else None
    return provider.page(account, before=before, client=client, limit=limit)


def _entries(account: UUID, whose: str, before: int | None, limit: int) -> tuple[list[Numbered], dict[str, Trail]]:
    """Officers' looks at what is theirs, but their own; or what happened in the account."""
    own = f"account:{account}"
    if whose == MINE.value:
        return audit.of_subjects([own], list(words.OWN_ACTS), before=before, limit=limit), {}
    if whose not in {ALL.value, OFFICERS.value}:
        return [], {}
    about = trails.of_account(account)
    return audit.of_subjects(list(about), list(trails.looks()), before=before, but=own, limit=limit), about


def _of_services(looks: Iterable[Looked]) -> list[Line]:
    return [
        Line(
            number=f"R{look.number}", at=look.at, kind="service", by=look.name, owner=look.owner, act=look.act,
            what=None, reason=None, url="", told=look.told,
        )
        for look in looks
    ]  # fmt: skip


def _of_entries(account: UUID, entries: list[Numbered], about: dict[str, Trail]) -> list[Line]:
    acts = {entry.number: _act(entry, about.get(entry.subject)) for entry in entries}
    by = who.names(acts.values(), me=account)
    return [_of_entry(entry, by[acts[entry.number]], about.get(entry.subject)) for entry in entries]


def _of_entry(entry: Numbered, by: Text, trail: Trail | None) -> Line:
    own = words.OWN_ACTS.get(entry.action)
    by = words.GUARDIAN if entry.action == wards.VIEWED else by
    return Line(
        number=f"A{entry.number}", at=entry.at, kind="account" if own else "officer", by=by, owner=None,
        act=entry.action, what=own or trails.looks().get(entry.action), reason=trail.reason if trail else None,
        url=trail.url if trail else "", told=(), same=() if own else _same(entry, by, trail),
    )  # fmt: skip


def _same(entry: Numbered, by: Text, trail: Trail | None) -> tuple[str, ...]:
    """One person, act, subject and hour; where the office alone is told, nothing tells its officers apart either."""
    person = by.en if trail and trail.plain else entry.actor
    return person, entry.action, entry.subject, f"{entry.at.astimezone(clock.THAILAND):%Y-%m-%d %H}"


def _act(entry: Numbered, trail: Trail | None) -> who.Act:
    return who.Act(entry.actor, entry.at, trail.office if trail else None, plain=bool(trail and trail.plain))


def _read(cursor: str) -> tuple[int | None, int | None]:
    found = _CURSOR.fullmatch(cursor)
    return (int(found[1]), int(found[2])) if found else (None, None)


def _next(shown: list[Line], services_before: int | None, audit_before: int | None) -> str:
    """Below the last shown of each of the two lists; where none of one was shown, it goes on where it was."""
    last = {"R": services_before, "A": audit_before}
    for line in shown:
        last[line.number[0]] = int(line.number[1:])
    ends = [2**59 if last[sort] is None else last[sort] for sort in "RA"]
    return f"{ends[0]}-{ends[1]}"
