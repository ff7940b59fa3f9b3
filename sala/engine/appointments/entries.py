"""A visit as a calendar entry (iCalendar, RFC 5545): the same `UID` for ever, so that a change moves the entry."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sala.engine.documents.calendar import PRODUCT
from sala.kit.text import Text

if TYPE_CHECKING:
    from icalendar import Alarm, Event

ALARMS = (timedelta(days=1), timedelta(hours=2))
"""How long before a visit the calendar reminds."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What a calendar is told of a visit. `sequence` rises with every change; `stands`: it has not been cancelled."""

    reference: str
    starts_at: datetime
    ends_at: datetime
    sequence: int
    stands: bool
    summary: Text
    description: Text
    place: Text
    url: str
    latitude: float | None = None
    longitude: float | None = None


def uid(reference: str) -> str:
    """Names a visit's entry in every calendar it is put into."""
    return f"visit-{reference}@sala"


def calendar(entry: Entry, *, language: str, stamp: datetime, alarms: bool = True) -> str:
    """A file of one entry. A cancelled visit's entry is told as cancelled, without alarms."""
    from icalendar import Calendar  # ten megabytes, which who draws none does without

    whole = Calendar()
    whole.add("version", "2.0")
    whole.add("prodid", PRODUCT)
    whole.add("method", "PUBLISH")
    whole.add_component(event(entry, language=language, stamp=stamp, alarms=alarms))
    return str(whole.to_ical().decode())


def event(entry: Entry, *, language: str, stamp: datetime, alarms: bool = True) -> Event:
    """One entry, for a file or a feed. `language` comes first, the other one below it."""
    from icalendar import Event

    other = "en" if language == "th" else "th"
    drawn = Event()
    drawn.add("uid", uid(entry.reference))
    drawn.add("dtstamp", stamp)
    drawn.add("sequence", entry.sequence)
    drawn.add("dtstart", entry.starts_at)
    drawn.add("dtend", entry.ends_at)
    drawn.add("status", "CONFIRMED" if entry.stands else "CANCELLED")
    drawn.add("summary", entry.summary.in_(language), parameters={"language": language})
    drawn.add("description", f"{entry.description.in_(language)}\n\n{entry.description.in_(other)}\n\n{entry.url}")
    drawn.add("location", entry.place.in_(language))
    drawn.add("url", entry.url)
    if entry.latitude is not None and entry.longitude is not None:
        drawn.add("geo", (entry.latitude, entry.longitude))
    for ahead in ALARMS if alarms and entry.stands else ():
        drawn.add_component(_alarm(entry.summary.in_(language), ahead))
    return drawn


def _alarm(words: str, ahead: timedelta) -> Alarm:
    from icalendar import Alarm, vDuration

    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", words)
    alarm["trigger"] = vDuration(-ahead)
    return alarm
