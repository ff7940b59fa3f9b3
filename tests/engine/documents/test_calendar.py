from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from icalendar import Calendar

from sala.engine.documents.calendar import due_day
from sala.kit.text import Text

DUE = date(2027, 2, 20)


def entry(sequence: int = 0, language: str = "th") -> str:
    return due_day(
        uid="case-1@sala.example",
        on=DUE,
        summary=Text(th="ครบกำหนดรายงานตัว 90 วัน; อย่าลืม, นะ", en="90-day report due"),
        description=Text(th="แจ้งได้ตั้งแต่ 15 วันก่อน", en="You can report from 15 days before"),
        url="https://sala.example/tm47",
        language=language,
        days_ahead=(1, 15, 7),
        stamp=datetime(2026, 11, 23, 3, 0, tzinfo=UTC),
        sequence=sequence,
    )


def test_an_all_day_entry_with_three_alarms_at_nine_in_the_morning() -> None:
    calendar = Calendar.from_ical(entry())
    assert calendar["method"] == "PUBLISH"
    (event,) = calendar.events
    assert event["uid"] == "case-1@sala.example"
    assert event.decoded("dtstart") == DUE
    assert event.decoded("dtend") == DUE + timedelta(days=1)
    assert event["transp"] == "TRANSPARENT"
    assert event["summary"] == "ครบกำหนดรายงานตัว 90 วัน; อย่าลืม, นะ · 90-day report due"
    midnight = datetime(2027, 2, 20)  # noqa: DTZ001  # an all-day entry floats with the reader's clock
    alarms = [midnight + alarm.decoded("trigger") for alarm in event.walk("VALARM")]
    assert alarms == [datetime(2027, 2, day, 9) for day in (5, 13, 19)]  # noqa: DTZ001


def test_the_same_duty_is_the_same_bytes_and_lines_are_short() -> None:
    text = entry()
    assert text == entry()
    assert text.endswith("\r\n")
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))


def test_english_first_for_an_english_reader() -> None:
    (event,) = Calendar.from_ical(entry(sequence=2, language="en")).events
    assert event["summary"].startswith("90-day report due · ")
    assert event["sequence"] == 2
    assert event["url"] == "https://sala.example/tm47"
