"""What a mail server's answer means, and when to try again. Pure."""

from __future__ import annotations

import smtplib
from datetime import datetime, timedelta
from enum import Enum

FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=4)
GIVE_UP_AFTER = timedelta(days=2)


class Verdict(Enum):
    """What a failed attempt says about the message and about the server."""

    LATER = "later"
    """The server will not take this message now (4xx): others may go."""
    UNREACHABLE = "unreachable"
    """The server, or our right to use it, is out of order: nothing can go for now."""
    NEVER = "never"
    """The server refuses this message for good (5xx), or it cannot be written."""


def verdict(error: Exception) -> Verdict:
    """Sort the failure of one delivery.

    A 5xx counts against the message only where it answers the recipient or the content. One that
    answers our greeting, password or sender's address is a fault of the installation, which its
    operator mends: the message waits.
    """
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return _of_code(max(code for code, _ in error.recipients.values()))
    if isinstance(error, smtplib.SMTPDataError):
        return _of_code(error.smtp_code)
    if isinstance(error, OSError):  # every other error of smtplib, sockets and TLS
        return Verdict.UNREACHABLE
    if isinstance(error, ValueError):  # a header or an address that cannot be written
        return Verdict.NEVER
    return Verdict.LATER


def reason(error: Exception) -> str:
    """The failure in one line for an officer's eyes: code and words of the server, at most 300 characters."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        answers = [f"{code} {_words(words)}" for code, words in error.recipients.values()]
        line = "; ".join(answers)
    elif isinstance(error, smtplib.SMTPResponseException):
        line = f"{error.smtp_code} {_words(error.smtp_error)}"
    else:
        line = f"{type(error).__name__}: {error}"
    return " ".join(line.split())[:300]


def next_attempt(*, attempts: int, created_at: datetime, now: datetime) -> datetime | None:
    """When to try again after `attempts` failures (1 minute, doubled up to 4 hours); None after two days."""
    if now - created_at >= GIVE_UP_AFTER:
        return None
    doublings = min(attempts - 1, 16)
    wait: timedelta = min(FIRST_WAIT * 2**doublings, LONGEST_WAIT)
    return now + wait


def one_line(text: str) -> str:
    """`text` fit for a header: no line ends or other control characters, no runs of blanks."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _of_code(code: int) -> Verdict:
    if code == 421:  # "closing the connection": it would say so to the next one too
        return Verdict.UNREACHABLE
    return Verdict.NEVER if 500 <= code < 600 else Verdict.LATER


def _words(answer: bytes | str) -> str:
    return answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
