"""Logs: one line of JSON an event on standard output; readable lines in a terminal.

No line holds personal data: no path (it may carry a case's number or a one-time link), no
query, no body, no address, and of an exception its type and where it was raised, never
its message, since databases quote rows in theirs. A request is named by its route and its id.
"""

from __future__ import annotations

import logging
import sys
import time
import traceback
from collections.abc import Iterable
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import cache, lru_cache
from types import TracebackType
from typing import Any, TextIO

import msgspec

_encoder = msgspec.json.Encoder()
Line = dict[str, Any]
request_id: ContextVar[str] = ContextVar("request_id", default="")

_FIELDS = ("route", "method", "status", "ms", "language", "job", "count", "seconds", "reason")
# What these say of requests names paths and hosts; `observe` says it without.
_SILENT = ("django.request", "django.security", "django.server", "granian.access")
# At INFO these name jobs with their arguments, and addresses that are asked.
_QUIET = ("procrastinate", "fontTools", "asyncio", "mail.log", "httpx", "httpcore")


def configure(*, level: int = logging.INFO) -> None:
    """Send every logger of this process through one handler. May be called again."""
    handler = _Stdout()
    handler.setFormatter(Readable() if sys.stdout.isatty() else Json())
    handler.set_name("sala")
    root = logging.getLogger()
    root.handlers = [h for h in root.handlers if h.get_name() != "sala"] + [handler]
    root.setLevel(level)
    for name in _SILENT:
        silent = logging.getLogger(name)
        silent.handlers, silent.propagate = [logging.NullHandler()], False
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def request(logger: logging.Logger, identity: str, *, route: str, method: str, status: int, ms: float) -> Line:
    """The line of one request, for `write`. There is one for each, so it is made without the detour of a record."""
    level = logging.ERROR if status >= 500 else logging.INFO
    if not logger.isEnabledFor(level):
        return {}
    fields = _head(time.time(), level, logger.name, "request", identity)
    fields["route"], fields["method"], fields["status"], fields["ms"] = route, method, status, ms
    return fields


def write(lines: Iterable[Line]) -> None:
    """Write the lines of requests that were answered together, at once."""
    told = [line for line in lines if line]
    if sys.stdout.isatty():
        sys.stdout.write("".join(f"{_readable(line)}\n" for line in told))
    else:
        sys.stdout.write(_encoder.encode_lines(told).decode())
    sys.stdout.flush()


class _Stdout(logging.StreamHandler[TextIO]):
    """Whatever standard output is at the moment: it may be replaced after start (tests, daemons)."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:  # type: ignore[override]
        return sys.stdout


class Json(logging.Formatter):
    """A record as one JSON object."""

    def format(self, record: logging.LogRecord) -> str:
        return _encoder.encode(content(record)).decode()


class Readable(logging.Formatter):
    """A record as a line for people."""

    def format(self, record: logging.LogRecord) -> str:
        return _readable(content(record))


def _readable(fields: dict[str, Any]) -> str:
    clock = datetime.fromisoformat(fields["time"]).astimezone().strftime("%H:%M:%S")
    if "route" in fields:
        text = f"{fields.get('status')} {fields.get('method'):4} {fields['route']} {fields.get('ms')} ms"
    else:
        text = str(fields["message"])
    lines = [f"{clock} {fields['level'][0].upper()} {text}"]
    if error := fields.get("error"):
        lines += [f"    {error['type']}", *(f"      {frame}" for frame in error["frames"])]
    return "\n".join(lines)


def content(record: logging.LogRecord) -> dict[str, Any]:
    """What a record says, without what it must not say."""
    fields = _head(record.created, record.levelno, record.name, record.getMessage(), request_id.get())
    for name in _FIELDS:
        if (value := record.__dict__.get(name)) is not None:
            fields[name] = value
    if record.exc_info and record.exc_info[0]:
        fields["error"] = describe(record.exc_info[0], record.exc_info[1], record.exc_info[2])
    return fields


def _head(created: float, level: int, logger: str, message: str, identity: str) -> Line:
    fields = {"time": _moment(int(created * 1000)), "level": _name(level), "logger": logger, "message": message}
    if identity:
        fields["request_id"] = identity
    return fields


@lru_cache(1)  # requests that are answered together have mostly the same
def _moment(milliseconds: int) -> str:
    return f"{datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec='milliseconds')[:-6]}Z"


@cache
def _name(level: int) -> str:
    return logging.getLevelName(level).lower()


def describe(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> dict[str, Any]:
    """An exception without its message: type, PostgreSQL's error code where it has one, and the calls to it."""
    cause = error.__cause__ if error and error.__cause__ else error
    frames = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(trace)]
    found: dict[str, Any] = {"type": f"{kind.__module__}.{kind.__qualname__}", "frames": frames}
    if code := getattr(cause, "sqlstate", None):
        found["sqlstate"] = code
    return found
