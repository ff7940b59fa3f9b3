from __future__ import annotations

import smtplib
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sala.engine.messages.rules import GIVE_UP_AFTER, LONGEST_WAIT, Verdict, next_attempt, one_line, reason, verdict

START = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (smtplib.SMTPRecipientsRefused({"a@b.example": (550, b"no such user")}), Verdict.NEVER),
        (smtplib.SMTPRecipientsRefused({"a@b.example": (451, b"greylisted")}), Verdict.LATER),
        (smtplib.SMTPRecipientsRefused({"a@b.example": (421, b"too busy")}), Verdict.UNREACHABLE),
        (smtplib.SMTPDataError(554, b"spam"), Verdict.NEVER),
        (smtplib.SMTPDataError(452, b"mailbox full"), Verdict.LATER),
        (smtplib.SMTPSenderRefused(530, b"authenticate first", "a@b.example"), Verdict.UNREACHABLE),
        (smtplib.SMTPAuthenticationError(535, b"wrong password"), Verdict.UNREACHABLE),
        (smtplib.SMTPServerDisconnected("gone"), Verdict.UNREACHABLE),
        (ConnectionRefusedError(111, "refused"), Verdict.UNREACHABLE),
        (TimeoutError("slow"), Verdict.UNREACHABLE),
        (ValueError("header"), Verdict.NEVER),
        (KeyError("our own fault"), Verdict.LATER),
    ],
)
def test_a_failure_is_laid_at_the_right_door(error: Exception, expected: Verdict) -> None:
    assert verdict(error) is expected


@given(st.integers(1, 10_000), st.timedeltas(timedelta(0), GIVE_UP_AFTER - timedelta(seconds=1)))
def test_waits_grow_but_never_past_four_hours(attempts: int, age: timedelta) -> None:
    again = next_attempt(attempts=attempts, created_at=START - age, now=START)
    later = next_attempt(attempts=attempts + 1, created_at=START - age, now=START)
    assert again is not None
    assert later is not None
    assert START < again <= later <= START + LONGEST_WAIT


def test_given_up_after_two_days_and_some_ten_tries() -> None:
    now, tries = START, 0
    while True:
        tries += 1
        again = next_attempt(attempts=tries, created_at=START, now=now)
        if again is None:
            break
        now = again
    assert timedelta(days=2) <= now - START <= timedelta(days=2, hours=4)
    assert 15 <= tries <= 25


@given(st.text())
def test_a_header_line_is_one_line(text: str) -> None:
    line = one_line(text)
    assert line == line.strip()
    assert all(c.isprintable() for c in line)
    assert len(line.splitlines()) <= 1


def test_a_reason_reads_as_the_server_said_it() -> None:
    assert reason(smtplib.SMTPRecipientsRefused({"x": (550, b"5.1.1 no\r\n such user")})) == "550 5.1.1 no such user"
    assert reason(ConnectionRefusedError(111, "Connection refused")).startswith("ConnectionRefusedError")
