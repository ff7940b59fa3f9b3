"""Who an actor of the audit was, as the person looked at may know it: office and role, not the name (decision 0089)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sala.identity.directory import queries as directory
from sala.identity.directory.queries import Held
from sala.identity.mydata import words
from sala.kit import clock
from sala.kit.text import Text

_ACCOUNT = "account:"


@dataclass(frozen=True, slots=True)
class Act:
    """By whom, when, and to which office's work it belonged, where that is known."""

    actor: str
    at: datetime
    office: int | None = None
    plain: bool = False


def names(acts: Iterable[Act], *, me: UUID) -> dict[Act, Text]:
    """Each act's actor in words: one's own, an officer by post, or the system."""
    wanted = list(acts)
    by_day: dict[date, set[UUID]] = {}
    for act in wanted:
        if (account := _account(act.actor)) and account != me:
            by_day.setdefault(clock.local_day(act.at), set()).add(account)
    held = {day: directory.posts_on(day, accounts) for day, accounts in by_day.items()}
    return {act: _name(act, me, held) for act in wanted}


def _name(act: Act, me: UUID, held: dict[date, dict[UUID, list[Held]]]) -> Text:
    account = _account(act.actor)
    if account == me:
        return words.YOU
    if account is not None and act.plain and act.office is not None:
        return _words("officer", directory.office(act.office).name)
    if account is not None:
        return _post(held[clock.local_day(act.at)].get(account, []), act.office)
    known = {"system": words.SYSTEM, "key": words.BY_LETTER}
    return known.get(act.actor.partition(":")[0], words.NOBODY_KNOWN)


def _post(posts: list[Held], office: int | None) -> Text:
    """The post in which they looked: the one at the office whose work it was, else one of the whole agency."""
    if not posts:
        return words.FORMER
    there = [post for post in posts if post.office == office and office is not None]
    whole = [post for post in posts if post.office is None]
    post = (there or whole or posts)[0]
    place = directory.office(post.office).name if post.office else directory.agency(post.agency).name
    return _words(post.role, place)


def _words(role: str, place: Text) -> Text:
    known = words.ROLES.get(role, words.ROLES["officer"])
    return Text(th=f"{known.th} {place.th}", en=f"{known.en}, {place.en}")


def _account(actor: str) -> UUID | None:
    return UUID(actor.removeprefix(_ACCOUNT)) if actor.startswith(_ACCOUNT) else None
