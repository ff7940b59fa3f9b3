"""Templates of the register's photographs: of one person when theirs is new, of everybody by command."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from typing import NamedTuple

from sala.identity.accounts.actor import system
from sala.identity.faces import client, keeping
from sala.identity.faces.models import FaceTemplate
from sala.identity.faces.serving import wire
from sala.identity.people import biometrics, sealing

BY = system("faces")
_AT_A_TIME = 100
_PATIENCE = 120.0
"""Seconds: nobody waits before a page."""


class Made(NamedTuple):
    """How far it is: people looked at, templates made, photographs without one usable face, and those that did not
    open or could not be read."""

    people: int
    made: int
    faceless: int
    unread: int


def of_photograph(person: int) -> bytes | None:
    """Make and keep the template of a living person's photograph, unless theirs is newer already; the template.

    None where there is no photograph with one usable face. Raises Busy, Away, LockedError, SealedError.
    """
    kept_at = biometrics.photograph_kept_at(person)
    if kept_at is None:
        return None
    engine = client.engine()
    if _is_fresh(person, engine.name, kept_at) and (known := keeping.template(person, engine.name)):
        return known
    photograph = biometrics.photograph(person)
    seen = client.ask(wire.Describe(photograph.data), patience=_PATIENCE) if photograph else None
    if not isinstance(seen, wire.Seen) or seen.template is None:
        return None
    _keep(person, seen)
    return seen.template


def of_everybody(*, at_once: int) -> Iterator[Made]:
    """Make what is missing or older than its photograph, or broken. May be cut off and repeated.

    `at_once`: as many as there are workers. Raises Busy and Away, where the next run goes on.
    """
    engine, done, last = client.engine(), Made(0, 0, 0, 0), 0
    with ThreadPoolExecutor(at_once, "faces") as threads:
        while batch := biometrics.photographed(last, _AT_A_TIME):
            last = batch[-1][0]
            stale = _stale(engine.name, batch)
            opened = dict(_photographs(stale))
            outcomes = list(zip(opened, threads.map(_described, opened.values()), strict=True))
            made = [(person, seen) for person, seen in outcomes if isinstance(seen, wire.Seen)]
            for person, seen in made:
                if seen.template is not None:
                    _keep(person, seen)
            faceless = sum(seen.template is None for _, seen in made)
            unread = len(stale) - len(made)
            done = Made(
                done.people + len(batch),
                done.made + len(made) - faceless,
                done.faceless + faceless,
                done.unread + unread,
            )
            yield done


def _described(picture: bytes) -> wire.Answer:
    return client.ask(wire.Describe(picture), patience=_PATIENCE)


def _keep(person: int, seen: wire.Seen) -> None:
    if seen.template is not None:
        keeping.keep(person=person, engine=seen.engine, template=seen.template, source="photograph", by=BY)


def _photographs(people: Iterable[int]) -> Iterator[tuple[int, bytes]]:
    """The photographs that open."""
    for person in people:
        with suppress(sealing.SealedError):
            if found := biometrics.photograph(person):
                yield person, found.data


def _is_fresh(person: int, engine: str, since: datetime) -> bool:
    return FaceTemplate.objects.filter(person_id=person, engine=engine, broken_at=None, made_at__gte=since).exists()


def _stale(engine: str, batch: list[tuple[int, datetime]]) -> list[int]:
    rows = FaceTemplate.objects.filter(engine=engine, broken_at=None, person_id__in=[person for person, _ in batch])
    made = dict(rows.values_list("person_id", "made_at"))
    return [person for person, since in batch if person not in made or made[person] < since]
