"""Reading a card's picture is a help: what it says is checked, and without it people type."""

from __future__ import annotations

import subprocess
from datetime import date
from typing import Any

import pytest

from sala.identity.enrolment import reading
from sala.identity.people import rules
from sala.kit.errors import Invalid
from tests.identity.enrolment.cards import picture

PID = rules.invented_pid(7)
TEXT = f"""Identification Number {rules.written_pid(PID)}
ชื่อตัวและชื่อสกุล นางสาว มาลี สุขสวัสดิ์
Name Miss Malee
Last name Suksawat
เกิดวันที่ 19 ก.ค. 2537
Date of Issue 20 Jul. 2022 Date of Expiry 18 Jul. 2031
"""


def test_what_was_read_means_something_only_if_it_fits() -> None:
    assert reading.of_text(TEXT) == reading.Found(PID, date(1994, 7, 19), ("นางสาว มาลี สุขสวัสดิ์", "Miss Malee Suksawat"))
    worse = TEXT.replace(rules.written_pid(PID), rules.written_pid(PID).replace("0", "O", 3))
    assert reading.of_text(worse).pid == PID
    one_off = PID[:-1] + str((int(PID[-1]) + 1) % 10)
    assert reading.of_text(f"Identification Number {rules.written_pid(one_off)}").pid == ""
    assert reading.of_text("Date of Issue 20 Jul. 2022").birth_date is None
    assert reading.of_text("Date of Birth 31 Feb. 1994") == reading.Found()
    assert reading.of_text("") == reading.Found()


def test_what_takes_too_long_or_is_not_there_reads_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = picture("1 9900 00000 07 6", thai="นาย ก ข", given="Mr. A", family="B", born_th="", born_en="")

    def slow(*_: Any, **__: Any) -> Any:
        raise subprocess.TimeoutExpired("tesseract", reading.SECONDS)

    monkeypatch.setattr(reading, "available", lambda: True)
    monkeypatch.setattr(subprocess, "run", slow)
    assert reading.read(drawn) == reading.Found()
    monkeypatch.setattr(reading, "available", lambda: False)
    assert reading.read(drawn) == reading.Found()
    with pytest.raises(Invalid):
        reading.read(b"no picture")


@pytest.mark.requirement("R-004.8")
def test_a_card_is_read_from_its_picture() -> None:
    if not reading.available():
        pytest.skip("tesseract with Thai and English is not installed here: apt-get install tesseract-ocr-tha")
    drawn = picture(
        rules.written_pid(PID), thai="นางสาว มาลี สุขสวัสดิ์", given="Miss Malee", family="Suksawat",
        born_th="19 ก.ค. 2537", born_en="19 Jul. 1994",
    )  # fmt: skip
    found = reading.read(drawn)
    assert (found.pid, found.birth_date) == (PID, date(1994, 7, 19))
    assert "Miss Malee Suksawat" in found.names
    assert any("สุขสวัสดิ์" in name for name in found.names)
