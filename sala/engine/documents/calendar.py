"""Calendar entries (iCalendar, RFC 5545) for days that people must not miss."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from sala.kit.text import Text

if TYPE_CHECKING:
    from icalendar import Alarm

PRODUCT = "-//Sala//Public services//TH"


def due_day(
    *,
    uid: str,
    on: date,
    summary: Text,
    description: Text,
    url: str,
    language: str,
    days_ahead: Sequence[int],
    stamp: datetime,
    sequence: int = 0,
) -> str:
    """An all-day entry on a due day, with an alarm at 9 in the morning `days_ahead` days before it.

    `uid` names the duty, not the letter: a calendar that gets the same `uid` again with a higher `sequence`
    moves the entry. `summary` and `description` are in the reader's language, the other one below.
    """
    from icalendar import Calendar, Event  # ten megabytes, which who draws none does without

    other = "en" if language == "th" else "th"
    event = Event()
    event.add("uid", uid)
    event.add("dtstamp", stamp)
    event.add("sequence", sequence)
    event.add("dtstart", on)
    event.add("dtend", on + timedelta(days=1))
    event.add("transp", "TRANSPARENT")
    event.add("summary", f"{summary.in_(language)} · {summary.in_(other)}", parameters={"language": language})
    event.add("description", f"{description.in_(language)}\n\n{description.in_(other)}\n\n{url}")
    event.add("url", url)
    for days in sorted(days_ahead, reverse=True):
        event.add_component(_alarm(summary.in_(language), days))
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", PRODUCT)
    calendar.add("method", "PUBLISH")
    calendar.add_component(event)
    return str(calendar.to_ical().decode())


def _alarm(words: str, days: int) -> Alarm:
    from icalendar import Alarm, vDuration

    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", words)
    alarm["trigger"] = vDuration(timedelta(hours=9) - timedelta(days=days))
    return alarm
