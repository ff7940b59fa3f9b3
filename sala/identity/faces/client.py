"""Asking the house of faces from a web thread: in limited time, over a connection of the thread's own."""

from __future__ import annotations

import logging
import socket
import threading
import time
from contextlib import suppress

from sala.identity.faces.serving import address, wire
from sala.kit.errors import SalaError
from sala.kit.text import Text

logger = logging.getLogger("sala.faces")
PATIENCE = 20.0
"""Seconds that a web thread waits for an answer, its turn and the loading of an engine among them."""
FACTS_KEPT = 30.0
"""Seconds for which a process remembers which engine it is."""
_SLACK = 2.0
_local = threading.local()


class Busy(SalaError):
    """More pictures wait than can be looked at in time. Nothing was done; it may be sent again."""

    status = 503
    code = "faces_busy"

    def __init__(self) -> None:
        super().__init__(
            Text(
                th="ขณะนี้มีผู้ตรวจสอบใบหน้าจำนวนมาก โปรดรอสักครู่แล้วส่งอีกครั้ง ข้อมูลที่ท่านกรอกไว้ยังอยู่ครบ",
                en="Many faces are being checked just now. Wait a moment, then send it again. "
                "Nothing that you entered is lost",
            )
        )


class Away(SalaError):
    """The house of faces does not answer, or cannot work. An officer can go on without it."""

    status = 503
    code = "faces_away"

    def __init__(self) -> None:
        super().__init__(
            Text(
                th="ขณะนี้ระบบตรวจสอบใบหน้าใช้งานไม่ได้ โปรดลองใหม่ในอีกไม่กี่นาที หรือให้เจ้าหน้าที่ตรวจสอบแทน ข้อมูลที่ท่านกรอกไว้ยังอยู่ครบ",
                en="Faces cannot be checked at the moment. Try again in a few minutes, or let an officer look. "
                "Nothing that you entered is lost",
            )
        )


class NotReady(SalaError):
    """The search among everybody has not loaded all faces yet: that it finds nobody would say nothing."""

    status = 503
    code = "faces_not_ready"

    def __init__(self, loaded: int, total: int) -> None:
        super().__init__(
            Text(
                th=f"ระบบค้นหาใบหน้าซ้ำกำลังเตรียมข้อมูล พร้อมแล้ว {loaded:,} จาก {total:,} รายการ โปรดลองใหม่ในอีกสักครู่",
                en=f"The search for duplicates is getting ready: {loaded:,} of {total:,} faces so far. "
                "Try again in a little while",
            )
        )
        self.loaded, self.total = loaded, total


class OtherEngineError(Exception):
    """The template that was sent is of another engine than the house has now."""


class _Link(socket.socket):
    """A thread's connection. It ends with its thread."""

    def __del__(self) -> None:
        self.close()


def ask(request: wire.Request, *, to: bytes = wire.LOOK, patience: float = PATIENCE) -> wire.Answer:
    """The answer, `Failed` among them only for a picture that cannot be looked at.

    Raises Busy, Away, NotReady, OtherEngineError.
    """
    deadline = time.monotonic() + patience
    message = wire.asked(wire.Head(to, int(patience * 1000)), request)
    try:
        answer = _exchange(message, deadline)
    except TimeoutError:
        raise Busy from None
    except (OSError, wire.WireError) as error:
        logger.warning("The house of faces does not answer (%s)", type(error).__name__)
        raise Away from None
    return _judged(answer)


def engine() -> wire.EngineFacts:
    """Which engine it is; asked again after FACTS_KEPT seconds. Raises Busy, Away."""
    kept: tuple[float, wire.EngineFacts] | None = _facts[0]
    if kept and time.monotonic() - kept[0] < FACTS_KEPT:
        return kept[1]
    answer = ask(wire.About(wake=True), to=wire.HOUSE)
    if not isinstance(answer, wire.State) or answer.engine is None:
        raise Away
    _facts[0] = (time.monotonic(), answer.engine)
    return answer.engine


def state(patience: float = 1.0) -> wire.State | None:
    """How the house is; None where it does not answer."""
    with suppress(Busy, Away):
        answer = ask(wire.About(), to=wire.HOUSE, patience=patience)
        return answer if isinstance(answer, wire.State) else None
    return None


_facts: list[tuple[float, wire.EngineFacts] | None] = [None]


def forget() -> None:
    """Forget the engine and this thread's connection: the house was started anew, or another is asked (tests)."""
    _facts[0] = None
    _drop()


def _exchange(message: bytes, deadline: float) -> wire.Answer:
    """Send and wait. A kept connection may have ended with a former house: then once more over a fresh one."""
    kept = getattr(_local, "link", None)
    if kept is not None and (answer := _try(kept, message, deadline)):
        return answer
    _drop()
    _local.link = fresh = _connect(deadline)
    if answer := _try(fresh, message, deadline):
        return answer
    raise ConnectionError


def _try(link: socket.socket, message: bytes, deadline: float) -> wire.Answer | None:
    """None where the other side has ended. After anything else than an answer the connection is not used again."""
    try:
        link.settimeout(max(0.001, deadline - time.monotonic()) + _SLACK)
        link.sendall(message)
        body = wire.receive(link)
    except TimeoutError:
        _drop()
        raise
    except OSError:
        body = None
    if body is None:
        _drop()
        return None
    return wire.read_answer(body)


def _connect(deadline: float) -> socket.socket:
    link = _Link(socket.AF_UNIX, socket.SOCK_STREAM)
    link.settimeout(max(0.001, deadline - time.monotonic()))
    try:
        link.connect(str(address.path()))
    except OSError:
        link.close()
        raise
    return link


def _drop() -> None:
    link: socket.socket | None = getattr(_local, "link", None)
    if link is not None:
        link.close()
        _local.link = None


def _judged(answer: wire.Answer) -> wire.Answer:
    if not isinstance(answer, wire.Failed) or answer.why == "picture":
        return answer
    if answer.why in ("busy", "late"):
        raise Busy
    if answer.why == "not_ready":
        loaded, _, total = answer.detail.partition("/")
        raise NotReady(int(loaded), int(total))
    _facts[0] = None
    if answer.why == "engine":
        raise OtherEngineError
    logger.error("The house of faces failed", extra={"reason": answer.detail})
    raise Away
