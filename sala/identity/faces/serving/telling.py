"""How the processes behind the house tell it what went on: lines on standard error, of which it makes its log.

Of an exception its type and where it was raised, never its message, since decoders and databases quote in theirs.
"""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from types import TracebackType


def begin() -> None:
    """Send this process's log, and what ends it, to standard error. May be called again."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Line("%(levelname)s %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    sys.excepthook = _ended


def where(error: BaseException) -> str:
    """The type of what went wrong, and the line where."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f" at {Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else ""
    return f"{type(error).__name__}{place}"


def level(line: str) -> tuple[int, str]:
    """How grave a line is that another process told, and what it says."""
    first, _, rest = line.partition(" ")
    known = logging.getLevelNamesMapping().get(first)
    return (logging.WARNING, line) if known is None else (known, rest)


class _Line(logging.Formatter):
    """One line an event; numbers that came with it stand at its end."""

    def format(self, record: logging.LogRecord) -> str:
        line = f"{record.levelname} {record.getMessage()}"
        told = [f"{name}={record.__dict__[name]}" for name in ("count", "seconds") if name in record.__dict__]
        error = record.exc_info[1] if record.exc_info else None
        return " ".join([line, *told, *([where(error)] if error else [])]).replace("\n", " ")


def _ended(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    print(f"ERROR it ended: {where(error)}", file=sys.stderr)  # noqa: T201 - this is the log
