"""What a new draft knows already: from the account, and from the last report of the same service (R-001.38)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sala.engine.catalogue.declaration import Field
from sala.engine.catalogue.loaded import Loaded
from sala.engine.drafts.content import Content, Part, Place, Values, answers_at, part_at
from sala.identity.accounts.actor import Actor
from sala.kit.errors import Fault

ANEW = {"file", "confirm"}
"""Types that are given anew each time: a file belongs to the case it was sent with, a statement to its day."""


def since_filed(service: Loaded, answers: Mapping[str, Any], filed_on: date | None) -> dict[str, Any]:
    """Answers of a past case, with the fields declared `filed` and `filed_on` as they are now.

    `filed_on`: the day on which the last approved case about the same subject was filed, None without one.
    """
    now = {"filed": True if filed_on else None, "filed_on": filed_on.isoformat() if filed_on else None}
    fresh = {page: dict(values) if isinstance(values, Mapping) else values for page, values in answers.items()}
    for key, page in service.pages.items():
        for field in page.fields:
            if field.prefill in now and isinstance(fresh.get(key), dict):
                fresh[key][field.key] = now[field.prefill]
    return fresh


def begin(
    service: Loaded,
    *,
    by: Actor,
    last: Sequence[Mapping[str, Any]] = (),
    filed_on: date | None = None,
    today: date,
) -> Content:
    """A draft's first content. `last`: the answers of the cases that were filed together the last time."""
    content = Content(recalled_on=filed_on.isoformat() if filed_on and last else "")
    shared = last[0] if last else {}
    _fill(service, content, Place(), last=shared, by=by, today=today)
    for key, group in service.groups.items():
        known = [*last] if group.split else shared.get(key) or []
        known = [one for one in known if isinstance(one, Mapping)][: group.maximum]
        number = max(group.minimum, len(known))
        entries = content.entries.setdefault(key, [])
        for index in range(number):
            entries.append(Part())
            # The account's own name and telephone are one person's: the first one's.
            whose = by if index == 0 and not known else None
            before = known[index] if index < len(known) else {}
            _fill(service, content, Place(group=key, number=index + 1), last=before, by=whose, today=today)
    return content


def at_home(service: Loaded, content: Content) -> None:
    """Offer the registered address, as a page that the register answers has it, where nothing else is known."""
    told = [content.answers.get(key, {}) for key, page in service.pages.items() if page.told]
    home = next((house for values in told for house in values.values() if isinstance(house, dict)), None)
    if home is None:
        return
    for key, page in service.pages.items():
        for field in page.fields:
            if field.prefill == "home" and page.group is None and key not in content.answers:
                address = {part: value for part, value in home.items() if part != "code"}
                content.offered.setdefault(key, {}).setdefault(field.key, address)


def _fill(
    service: Loaded, content: Content, where: Place, *, last: Mapping[str, Any], by: Actor | None, today: date
) -> None:
    part = part_at(content, where) or content
    for key, page in service.pages.items():
        if page.group != (where.group or None):
            continue
        before = last.get(key)
        values = _values(service, key, before if isinstance(before, Mapping) else {}, by, today)
        if not values:
            continue
        if before and _needs_nobody(service, content, Place(key, where.group, where.number), values, today):
            part.answers[key] = values
            part.recalled.append(key)
        else:
            part.offered[key] = values
            if before:
                part.recalled.append(key)


def _values(service: Loaded, page: str, before: Mapping[str, Any], by: Actor | None, today: date) -> Values:
    values: Values = {}
    for field in service.pages[page].fields:
        given = _given(field, before, by)
        if given in (None, ""):
            continue
        cleaned = service.kind(f"{page}.{field.key}").clean(given, today)
        if cleaned is not None and not isinstance(cleaned, Fault):
            values[field.key] = cleaned
    return values


def _given(field: Field, before: Mapping[str, Any], by: Actor | None) -> Any:
    if field.prefill == "never" or field.type in ANEW:
        return None
    source, _, name = field.prefill.partition(".")
    if source == "person":
        return None  # the register says it (services.tell)
    if source == "profile" and by is not None and (known := getattr(by, name)):
        return known
    return before.get(field.key)


def _needs_nobody(service: Loaded, content: Content, place: Place, values: Values, today: date) -> bool:
    """Whether a page is right as it was the last time, with nothing on it that has to be given anew."""
    required = [field for field in service.pages[place.page].fields if field.required]
    if any(field.prefill == "never" or field.type in ANEW for field in required):
        return False
    answers = answers_at(content, place)
    typed = service.typed(place.page, {place.page: values}, "en")
    _, faults = service.clean_page(place.page, typed, answers=answers, language="en", today=today)
    return not faults
