"""Which answers, facts and words a rule may use, by the place where it is written.

A page's or field's `when` sees what was asked before it; a field's check sees its own page
too, and `value`; the checks of a case see everything, what registers told, and `late`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

from sala.engine.catalogue.declaration import Declaration, Field, Page, Register
from sala.engine.catalogue.expressions import MISSING, Scope, Type, Variable
from sala.engine.catalogue.fields import Kind, kind_of
from sala.engine.catalogue.fields.dates import midnight

RESERVED = frozenset({"today", "visit_day", "late", "value", "days", "age", "true", "false", "null", "in"})
"""Words that no page, group or register may be called."""


def page_scope(declaration: Declaration, page: Page) -> Scope:
    """For the page's `when`."""
    return Scope([TODAY, *_before(declaration, page)])


def field_scope(declaration: Declaration, page: Page, field: Field) -> Scope:
    """For the field's `when`."""
    earlier = page.fields[: page.fields.index(field)]
    return Scope([TODAY, *_before(declaration, page), *_of_fields(page, earlier)])


def check_scope(declaration: Declaration, page: Page, field: Field) -> Scope:
    """For the field's checks."""
    own = [TODAY, *_before(declaration, page), *_of_fields(page, page.fields)]
    return Scope([*own, *_of_value(kind_of(field, page.page))])


def notice_scope(declaration: Declaration, page: Page, field: Field) -> Scope:
    """For the field's notice: what its checks see and, of a service with an appointment, the day that was chosen."""
    of_visit = [VISIT_DAY] if declaration.appointment else []
    own = [TODAY, *of_visit, *_before(declaration, page), *_of_fields(page, page.fields)]
    return Scope([*own, *_of_value(kind_of(field, page.page))])


def case_scope(declaration: Declaration) -> Scope:
    """For the case's checks and `approve_when`."""
    split = {group.group for group in declaration.groups if group.split}
    pages = [page for page in declaration.form if page.group is None or page.group in split]
    lists = [group.group for group in declaration.groups if not group.split]
    return Scope(
        [
            TODAY,
            Variable("late", "yes_no", _read_late),
            *(variable for page in pages for variable in _of_fields(page, page.fields)),
            *(variable for key in lists for variable in _of_group(declaration, key)),
            *(variable for register in declaration.registers for variable in _of_register(register)),
        ]
    )


def sample(declaration: Declaration) -> dict[str, Any]:
    """An environment in which everything is answered, for trying rules out at publication."""
    pages = {p.page: {f.key: kind_of(f, p.page).sample() for f in p.fields} for p in declaration.form}
    lists = {
        group.group: [{page.page: pages[page.page] for page in declaration.form if page.group == group.group}]
        for group in declaration.groups
        if not group.split
    }
    facts = {
        register.name: {"found": True, **{name: _SAMPLES[type_] for name, type_ in register.facts.items()}}
        for register in declaration.registers
    }
    return {**pages, **lists, **facts, "today": date(2020, 1, 1), "visit_day": date(2020, 1, 1), "late": False}


def as_day(value: object) -> Any:
    """A day or its ISO text as rules see it; MISSING for anything else."""
    if isinstance(value, datetime):
        value = value.date()
    if isinstance(value, str):
        try:
            value = date.fromisoformat(value[:10])
        except ValueError:
            return MISSING
    return midnight(value) if isinstance(value, date) else MISSING


_SAMPLES: dict[str, Any] = {"text": "x", "date": "2020-01-01", "number": 1, "yes_no": True}


def _read_late(environment: Mapping[str, Any]) -> Any:
    return environment.get("late", MISSING)


TODAY = Variable("today", "date", lambda environment: as_day(environment.get("today")))
VISIT_DAY = Variable("visit_day", "date", lambda environment: as_day(environment.get("visit_day")))
"""The day of the visit that the request is to be filed with; unanswered until one is chosen."""


def _before(declaration: Declaration, page: Page) -> Iterator[Variable]:
    """What was asked before `page`, seen from it: the same entry's pages, and other groups as lists."""
    listed: set[str] = set()
    split = {group.group for group in declaration.groups if group.split}
    for earlier in declaration.form[: declaration.form.index(page)]:
        if earlier.group in (None, page.group):
            yield from _of_fields(earlier, earlier.fields)
        elif earlier.group not in split and earlier.group not in listed:
            listed.add(earlier.group or "")
            yield from _of_group(declaration, earlier.group or "")


def _of_fields(page: Page, fields: Iterable[Field]) -> Iterator[Variable]:
    for field in fields:
        kind = kind_of(field, page.page)
        for suffix, type_ in kind.variables().items():
            yield _answer(page.page, kind, suffix, type_)
        yield _answered(page.page, field.key)


def _answer(page: str, kind: Kind, suffix: str, type_: Type) -> Variable:
    key, bind = kind.key, kind.bind

    def read(environment: Mapping[str, Any]) -> Any:
        value = environment.get(page, {}).get(key)
        return MISSING if value is None else bind(value)[suffix]

    return Variable(f"{page}.{key}{suffix}", type_, read)


def _answered(page: str, key: str) -> Variable:
    def read(environment: Mapping[str, Any]) -> Any:
        return environment.get(page, {}).get(key) is not None

    return Variable(f"{page}.{key}.answered", "yes_no", read)


def _of_value(kind: Kind) -> Iterator[Variable]:
    for suffix, type_ in kind.variables().items():
        yield _value(kind, suffix, type_)


def _value(kind: Kind, suffix: str, type_: Type) -> Variable:
    return Variable(f"value{suffix}", type_, lambda environment: kind.bind(environment["value"])[suffix])


def _of_group(declaration: Declaration, group: str) -> Iterator[Variable]:
    """`people.count`, and each field as the list of what the entries answered: `people.person.born`."""
    yield Variable(f"{group}.count", "number", lambda environment: len(environment.get(group, ())))
    for page in (page for page in declaration.form if page.group == group):
        for field in page.fields:
            kind = kind_of(field, page.page)
            for suffix, type_ in kind.variables().items():
                yield _column(group, page.page, kind, suffix, type_)


def _column(group: str, page: str, kind: Kind, suffix: str, type_: Type) -> Variable:
    key, bind = kind.key, kind.bind

    def read(environment: Mapping[str, Any]) -> Any:
        answers = (entry.get(page, {}).get(key) for entry in environment.get(group, ()))
        return [bind(answer)[suffix] for answer in answers if answer is not None]

    return Variable(f"{group}.{page}.{key}{suffix}", type_, read, listed=True)


def _of_register(register: Register) -> Iterator[Variable]:
    yield _fact(register.name, "found", "yes_no")
    for fact, type_ in register.facts.items():
        yield _fact(register.name, fact, type_)


def _fact(register: str, fact: str, type_: Type) -> Variable:
    def read(environment: Mapping[str, Any]) -> Any:
        said = environment.get(register)
        value = said.get(fact) if isinstance(said, Mapping) else None
        return MISSING if value is None else _as(type_, value)

    return Variable(f"{register}.{fact}", type_, read)


def _as(type_: Type, value: object) -> Any:
    """A register's value as the declared type; MISSING where it is of another."""
    if type_ == "date":
        return as_day(value)
    if type_ == "yes_no":
        return value if isinstance(value, bool) else MISSING
    if type_ == "number":
        return int(value) if isinstance(value, int | float) and not isinstance(value, bool) else MISSING
    return str(value)
