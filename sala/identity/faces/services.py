"""What other rooms ask of faces. Every call waits for the house of faces, in limited time, and holds no transaction.

Raises `client.Busy` and `client.Away` (503, with words that say what to do): what was typed stays, and a person goes
on where no machine can. Bad pictures raise nothing: their fault is advice. Every comparison is written down, those
too that came to nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from sala.identity.accounts.actor import Actor
from sala.identity.faces import client, comparing, keeping, making, queries
from sala.identity.faces.advice import Advice
from sala.identity.faces.client import Away, Busy, NotReady
from sala.identity.faces.comparing import Note
from sala.identity.faces.queries import Compared
from sala.identity.faces.serving import wire
from sala.identity.faces.serving.wire import Points
from sala.identity.people import sealing
from sala.kit.errors import Fault, Invalid, SalaError
from sala.kit.text import Text

__all__ = [
    "Advice", "Alike", "Away", "Busy", "Compared", "Look", "NotReady", "Points", "Verdict", "candidates", "cleaned",
    "describe_frames", "enrol", "forget", "look", "looks_at", "verify",
]  # fmt: skip

logger = logging.getLogger("sala.faces")
_UNREADABLE = Advice(
    "unreadable",
    Text(th="ระบบอ่านภาพนี้ไม่ได้ โปรดถ่ายภาพใหม่", en="This picture cannot be read. Take another"),
)
_A_LOOK, _MANY_LOOKS = 10.0, 30.0
"""Seconds that somebody waits before the camera."""


@dataclass(frozen=True, slots=True)
class Look:
    """How good a picture is for a comparison, with one sentence for each thing to do better."""

    ok: bool
    advice: list[Advice]
    seconds: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the picture shows the person. `likeness` is None without a face, or without a `reference`: then the
    register has no picture of them that could be compared. It informs; who is refused is decided by people."""

    alike: bool
    likeness: float | None
    threshold: float
    advice: list[Advice]
    reference: bool


@dataclass(frozen=True, slots=True)
class Alike:
    """Somebody in the register who is like the face in a picture."""

    person: int
    likeness: float


def look(data: bytes, *, frame: bool = False) -> Look:
    """How good the picture is; `frame`: one that a live camera sends. Nothing is kept, nobody is compared. Raises Busy,
    Away."""
    return _look(_seen(wire.Look(data, frame), patience=_A_LOOK))


def enrol(*, person: int, data: bytes, source: str, by: Actor) -> Look:
    """Make the template of a picture and keep it, in place of the former; kept only where the look is `ok`.

    `source` is `enrolment` (taken live) or `photograph` (the register's). Raises Busy, Away.
    """
    seen = _seen(wire.Describe(data))
    if seen.ok and seen.template is not None:
        try:
            keeping.keep(person=person, engine=seen.engine, template=seen.template, source=source, by=by)
        except keeping.LockedError:
            raise _locked() from None
    return _look(seen)


def verify(*, person: int, data: bytes, purpose: str, by: Actor) -> Verdict:
    """Is the face in the picture that of the person? Against the kept template, else the register's photograph.

    `purpose` is for the person to read, such as `enrolment`. Raises Busy, Away; that too is written down.
    """
    note = Note(comparing.ONE, person, purpose, by)
    try:
        return _verified(note, person, data)
    except SalaError:
        note.write()
        raise


def candidates(*, data: bytes, besides: int | None, purpose: str, by: Actor, most: int = 5) -> list[Alike]:
    """Who in the register is like the face in the picture, the likest first, without the person `besides`.

    Raises Busy, Away, NotReady while the search is loading (an empty list would say that there is nobody), and Invalid
    where the picture has not one usable face; all of that is written down too.
    """
    note = Note(comparing.MANY, besides, purpose, by)
    try:
        return _candidates(note, data, besides, most)
    except SalaError:
        note.write()
        raise


def describe_frames(frames: Sequence[bytes]) -> list[Points | None]:
    """Where the points of the face are in each frame; None where there is none. No template is made. Raises Busy,
    Away, and Invalid where a frame cannot be read at all."""
    answer = client.ask(wire.Follow(list(frames)), patience=_MANY_LOOKS)
    if not isinstance(answer, wire.Followed):
        raise _invalid([_UNREADABLE])
    return answer.points


def cleaned(data: bytes) -> bytes:
    """An uploaded picture as a JPEG of its pixels alone: upright, without place, time or camera, opened by a worker
    and not by the caller. Raises Invalid for what is no picture that is read, Busy, Away."""
    answer = client.ask(wire.Clean(data), patience=_A_LOOK)
    if isinstance(answer, wire.Cleaned) and answer.jpeg is not None:
        return answer.jpeg
    raise _invalid(answer.advice if isinstance(answer, wire.Cleaned) else [_UNREADABLE])


def cleaned_here(data: bytes) -> bytes:
    """The same in the caller's own process, for officers whose work must go on without a worker. Raises Invalid."""
    from sala.identity.faces import pictures  # brings numpy: only where the workers are away

    return pictures.clean_jpeg(pictures.decode(data))


def forget(*, person: int) -> None:
    """Delete the person's key, and with it every template of theirs. May be repeated."""
    keeping.forget(person)


def looks_at(person: int) -> list[Compared]:
    """When and for what a person's face was compared, the newest first."""
    return queries.looks_at(person)


def _verified(note: Note, person: int, data: bytes) -> Verdict:
    for again in (True, False):
        facts = client.engine()
        limit = comparing.threshold(facts.name, facts.threshold)
        known = _reference(person, facts.name)
        try:
            seen = _seen(wire.Compare(data, known, facts.name) if known else wire.Look(data))
        except client.OtherEngineError:
            if again:
                continue
            raise Away from None
        note.write(engine=facts.name, likeness=seen.likeness, threshold=limit)
        alike = seen.likeness is not None and seen.likeness >= limit
        return Verdict(alike, seen.likeness, limit, seen.advice, reference=known is not None)
    raise Away


def _candidates(note: Note, data: bytes, besides: int | None, most: int) -> list[Alike]:
    seen = _seen(wire.Describe(data))
    if seen.template is None:
        raise _invalid(seen.advice or [_UNREADABLE])
    limit = comparing.threshold(seen.engine, client.engine().threshold)
    asked = wire.Search(seen.template, seen.engine, limit, most + 1)  # one more: the person themselves
    try:
        found = client.ask(asked, to=wire.SEARCH)
    except client.OtherEngineError:
        raise Away from None
    if not isinstance(found, wire.Found):
        raise Away
    alike = [Alike(person, likeness) for person, likeness in found.people if person != besides][:most]
    likest = alike[0].likeness if alike else None
    note.write(engine=seen.engine, likeness=likest, threshold=limit, found=len(alike))
    return alike


def _reference(person: int, engine: str) -> bytes | None:
    """What there is to compare with: the kept template, else one made of the photograph now."""
    try:
        return keeping.template(person, engine) or making.of_photograph(person)
    except keeping.LockedError:
        raise _locked() from None
    except sealing.SealedError:  # the photograph: the register tells whoever opens it
        return None


def _locked() -> Away:
    """Only whoever keeps the installation can mend it."""
    logger.error("Faces are sealed by a key that the installation's file of keys does not have")
    return Away()


def _seen(request: wire.Request, patience: float = client.PATIENCE) -> wire.Seen:
    """What was seen in a picture; one that broke its worker is a picture that cannot be read."""
    answer = client.ask(request, patience=patience)
    if isinstance(answer, wire.Failed):
        return wire.Seen(ok=False, advice=[_UNREADABLE], engine="", face=False)
    if not isinstance(answer, wire.Seen):
        raise Away
    return answer


def _look(seen: wire.Seen) -> Look:
    return Look(seen.ok, seen.advice, seen.seconds)


def _invalid(advice: Sequence[Advice]) -> Invalid:
    return Invalid([Fault("picture", one.code, one.text) for one in advice])
