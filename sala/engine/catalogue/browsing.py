"""What the front shows of a service: cards, search, the menu, the facts of a start page."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sala.engine.catalogue.declaration import Declaration, Leg
from sala.engine.catalogue.loaded import Loaded
from sala.identity.directory import queries as directory
from sala.kit.errors import NotFound
from sala.kit.text import Text

SECONDS_A_FIELD = 20
"""How long one answer takes, of people who have their papers at hand: an estimate, told as such."""

_WORDS = re.compile(r"[^\s\-–—.,()/]+")


@dataclass(frozen=True, slots=True)
class Card:
    """A service in a list."""

    slug: str
    name: Text
    summary: Text
    agency: Text
    pilot: bool


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the Online Service menu, e.g. Over 90 Days."""

    slug: str
    title: Text
    agency: Text
    entries: tuple[tuple[Text, Card], ...]


def card(loaded: Loaded) -> Card:
    declared = loaded.declaration
    return Card(
        slug=declared.service,
        name=declared.name,
        summary=declared.summary,
        agency=directory.agency(declared.agency).name,
        pilot=declared.pilot,
    )


def promise(leg: Leg) -> str:
    """`within 3 days`, as the applicant is told."""
    count, unit = int(leg.within[:-1]), leg.within[-1]
    if unit == "h":
        return ngettext("%(n)d hour", "%(n)d hours", count) % {"n": count}
    if leg.calendar == "business_days":
        return ngettext("%(n)d working day", "%(n)d working days", count) % {"n": count}
    return ngettext("%(n)d day", "%(n)d days", count) % {"n": count}


def minutes(declared: Declaration) -> int:
    """About how long the form takes, in minutes."""
    fields = sum(len(page.fields) for page in declared.form)
    return max(2, math.ceil(fields * SECONDS_A_FIELD / 60))


def found(services: Iterable[Loaded], query: str) -> list[Loaded]:
    """The services in which every word of `query` occurs, in either language."""
    words = [_stem(word) for word in _WORDS.findall(query.casefold())[:10]]
    return [service for service in services if all(word in _haystack(service.declaration) for word in words)]


def sections(services: Iterable[Loaded]) -> list[Section]:
    """The Online Service menu, in the order of publication."""
    gathered: dict[str, list[tuple[Text, Loaded]]] = {}
    titles: dict[str, Text] = {}
    for service in services:
        if entry := service.declaration.menu:
            slug = slugify(entry.section.en)
            titles.setdefault(slug, entry.section)
            gathered.setdefault(slug, []).append((entry.entry, service))
    return [
        Section(
            slug=slug,
            title=titles[slug],
            agency=directory.agency(entries[0][1].declaration.agency).name,
            entries=tuple((words, card(service)) for words, service in entries),
        )
        for slug, entries in gathered.items()
    ]


def section(services: Iterable[Loaded], slug: str) -> Section:
    """One section of the menu. Raises NotFound."""
    for one in sections(services):
        if one.slug == slug:
            return one
    raise NotFound


def who(declared: Declaration) -> str:
    """For whom the service is."""
    return {
        "anyone": _("Anyone"),
        "citizen": _("Thai citizens"),
        "foreigner": _("Foreigners in Thailand"),
        "business": _("Businesses"),
    }[declared.audience]


def _haystack(declared: Declaration) -> str:
    agency = directory.agency(declared.agency).name
    menu = (declared.menu.section, declared.menu.entry) if declared.menu else ()
    texts = (declared.name, declared.summary, agency, *menu)
    joined = " ".join([declared.service, *(part for text in texts for part in (text.th, text.en))]).casefold()
    # Hyphens and full stops are not typed alike by everybody: "90-day" answers to "90 day", "ตม.47" to "ตม47".
    return f"{joined} {re.sub(r'[-–—.]', ' ', joined)} {re.sub(r'[-–—.]', '', joined)}"


def _stem(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.isascii() and word.endswith("s") else word
