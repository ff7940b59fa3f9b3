"""What this room asks of faces, and what of the answers it keeps: never how alike, never the picture itself."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from enum import StrEnum
from uuid import UUID

from sala.identity.accounts.actor import Actor
from sala.identity.enrolment import words
from sala.identity.faces import challenges
from sala.identity.faces import services as faces
from sala.identity.faces.advice import Advice
from sala.identity.faces.challenges import Answered
from sala.identity.faces.client import Away, Busy
from sala.identity.faces.live_product import ProductAway
from sala.kit.errors import Fault, Invalid, SalaError

MOST_BYTES = 10_000_000


class Seen(StrEnum):
    """What the comparison found."""

    ALIKE = "alike"
    OTHER = "other"
    NOTHING = "nothing"
    """The register has no picture to compare with."""
    UNCLEAR = "unclear"
    """No face that could be compared was in the picture."""


class NotLive(Invalid):
    """The movements were not seen; each fault says what to do better."""

    def __init__(self, advice: Sequence[Advice]) -> None:
        super().__init__([Fault("", one.code, one.text) for one in advice] or [Fault("", "not_live", words.NOT_LIVE)])


class Unseen(SalaError):
    """Faces could not be looked at, and the movements are gone with the page that sent them; all else is kept."""

    status = 503

    def __init__(self, code: str) -> None:
        super().__init__(words.UNSEEN)
        self.code = code


def live(*, challenge: UUID, session: str, frames: list[bytes]) -> Answered:
    """Whether somebody stood there and did what was asked. Raises Invalid without frames; Unseen."""
    if not frames:
        raise Invalid([Fault("", "no_frames", words.NO_FRAMES)])
    try:
        return challenges.answer(challenge=challenge, session=session, frames=frames)
    except (Busy, Away, ProductAway) as error:
        raise Unseen(error.code) from error


def compared(*, person: int, data: bytes, purpose: str, by: Actor) -> Seen:
    """Whether the picture shows the person of the register. Raises Busy, Away."""
    verdict = faces.verify(person=person, data=data, purpose=purpose, by=by)
    if not verdict.reference:
        return Seen.NOTHING
    if verdict.likeness is None:
        return Seen.UNCLEAR
    return Seen.ALIKE if verdict.alike else Seen.OTHER


def cleaned(data: bytes, *, unless: tuple[type[SalaError], ...] = (Away,)) -> bytes:
    """An uploaded picture as a JPEG of its pixels alone, opened by a worker; here only where that is prevented by one
    of `unless`: where there are no workers at all, an officer's eyes are what is left.

    Raises Invalid for what is no picture, or too large; Busy, unless that is among them.
    """
    if len(data) > MOST_BYTES:
        raise Invalid([Fault("picture", "large", words.LARGE)])
    with suppress(*unless):
        return faces.cleaned(data)
    return faces.cleaned_here(data)
