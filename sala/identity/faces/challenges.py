"""Challenges before the camera: asked in an order that nobody knew before, answered once, by the browser that began.

The portrait that a passed challenge gave lies sealed in its row until whoever asked has compared it, so that a lost
connection or busy workers make nobody move their head again.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction

from sala.identity.accounts.actor import Actor
from sala.identity.faces import live_product, live_sameness, live_words, liveness, services
from sala.identity.faces.advice import Advice
from sala.identity.faces.models import Challenge
from sala.identity.people import sealing
from sala.kit import clock
from sala.kit.errors import Conflict, NotFound
from sala.kit.ids import keyed_digest, uuid7
from sala.kit.text import Text

COUNT: Final = 3
"""Steps of four, each once: 24 orders, and in each the head is turned, which a flat picture cannot."""
AGE: Final = timedelta(minutes=2)
MOST: Final = 40
"""Frames."""
LARGEST: Final = 150_000
"""Bytes of a frame."""
LOOKED_AT: Final = 3
"""Frames at rest whose quality is judged, to find a portrait."""
KEPT: Final = timedelta(minutes=30)
"""After its end a challenge's row goes, with its portrait."""

_UNDER_WAY = Text(
    th="กำลังตรวจภาพชุดนี้อยู่ โปรดรอสักครู่แล้วลองใหม่",
    en="These pictures are being checked. Wait a moment, then try again",
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody is asked to do, in this order, before `expires_at`."""

    id: UUID
    steps: list[str]
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Answered:
    """Whether it passed; what to do better where not; and, where it passed, a frontal frame as JPEG."""

    passed: bool
    advice: list[Advice]
    portrait: bytes | None = None


def session_of(by: Actor) -> str:
    """The session of a browser in which somebody is signed in, as `begin` and `answer` take it."""
    return f"{by.label}/{by.session_id}"


def begin(*, session: str) -> Asked:
    """Ask something of whoever sits at this session's browser. Its caller limits how often."""
    now = clock.now()
    steps = [str(step) for step in secrets.SystemRandom().sample(list(liveness.Step), COUNT)]
    row = Challenge.objects.create(id=uuid7(), session=_bound(session), steps=steps, made_at=now, expires_at=now + AGE)
    return Asked(row.id, steps, row.expires_at)


def answer(*, challenge: UUID, session: str, frames: list[bytes]) -> Answered:
    """Judge the frames, once. Asked again by the same session, it tells again what it told, until `forget`.

    Raises NotFound (none of this session), Conflict (being judged at this moment, or forgotten), and 503
    (`client.Busy`, `client.Away`, `live_product.ProductAway`): then the challenge is as it was, and can be sent again.
    """
    row = _taken(challenge, session)
    if row.passed is not None:
        return _told(row)
    try:
        result = _judged(frames, row.steps, expired=_late(row))
    except BaseException:
        Challenge.objects.filter(id=row.id, passed=None).update(used_at=None)
        raise
    _keep(row, result)
    return result


def forget(*, challenge: UUID, session: str) -> None:
    """It was compared, or given up: the portrait goes, and the challenge answers no more."""
    Challenge.objects.filter(id=challenge, session=_bound(session)).delete()


def sweep() -> int:
    """Delete challenges long over, and what was kept of them; how many."""
    return Challenge.objects.filter(expires_at__lt=clock.now() - KEPT).delete()[0]


def _bound(session: str) -> str:
    """The session as it is kept: it tells who, and opens nothing."""
    return keyed_digest("faces.challenge", session)


def _taken(challenge: UUID, session: str) -> Challenge:
    """The row, marked as in use if it was fresh; no other request can use it then."""
    with transaction.atomic():
        row = Challenge.objects.select_for_update().filter(id=challenge, session=_bound(session)).first()
        if row is None:
            raise NotFound
        if row.used_at is None:
            row.used_at = clock.now()
            row.save(update_fields=["used_at"])
        elif row.passed is None and row.used_at > clock.now() - AGE:
            raise Conflict(_UNDER_WAY)
    return row


def _late(row: Challenge) -> bool:
    return clock.now() > row.expires_at


def _judged(frames: list[bytes], steps: list[str], *, expired: bool) -> Answered:
    if fault := "expired" if expired else _unfit(frames):
        return _failed(fault)
    judged = liveness.judge(services.describe_frames(frames), steps)
    if fault := judged.fault or ("" if live_product.chosen().live(frames, steps) else "not_live"):
        return _failed(fault)
    portrait, advice = _portrait([frames[number] for number in judged.portraits[:LOOKED_AT]])
    if portrait is None:
        return Answered(passed=False, advice=advice)
    if not live_sameness.same(portrait, frames[judged.furthest]):
        return _failed("swapped")
    return Answered(passed=True, advice=[], portrait=portrait)


def _unfit(frames: list[bytes]) -> str:
    if len(frames) > MOST or any(len(frame) > LARGEST for frame in frames):
        return "too_large"
    return "too_few" if len(frames) < liveness.LEAST else ""


def _portrait(candidates: Sequence[bytes]) -> tuple[bytes | None, list[Advice]]:
    """The first that is good enough to compare; else what the first lacks."""
    lacking: list[Advice] = []
    for frame in candidates:
        look = services.look(frame)
        if look.ok:
            return frame, []
        lacking = lacking or list(look.advice)
    return None, lacking


def _failed(code: str) -> Answered:
    return Answered(passed=False, advice=[live_words.advice(code)])


def _keep(row: Challenge, result: Answered) -> None:
    row.passed = result.passed
    row.used_at = row.used_at or clock.now()
    if result.portrait is not None:
        row.portrait, row.portrait_key = sealing.seal(result.portrait, about=_about(row.id))
    row.save(update_fields=["passed", "portrait", "portrait_key"])


def _told(row: Challenge) -> Answered:
    """What was told before. Why a challenge failed is not kept: it is asked anew."""
    if not row.passed or row.portrait is None:
        return _failed("again")
    portrait = sealing.unseal(bytes(row.portrait), key=row.portrait_key, about=_about(row.id))
    return Answered(passed=True, advice=[], portrait=portrait)


def _about(challenge: UUID) -> str:
    return f"challenge:{challenge}"
