"""The pages of a form, compiled: what is asked on them as things stand, and whether the answers will do."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any

import msgspec

from sala.engine.catalogue.declaration import Declaration, Field, FieldCheck, Notice, Page
from sala.engine.catalogue.expressions import Rule
from sala.engine.catalogue.fields import Kind, Value, kind_of
from sala.engine.catalogue.scopes import check_scope, field_scope, notice_scope, page_scope
from sala.kit.errors import Fault
from sala.kit.text import Text

_TOLD = 20
"""How many unknown keys of one object are told."""


class Reading:
    """Answers being read, page by page: those found right so far, and every fault."""

    __slots__ = ("_kept", "_own", "environment", "faults", "given", "prefix", "today")

    def __init__(self, today: date, *, given: Mapping[str, Any] | None = None, prefix: str = "") -> None:
        self.today = today
        self.given = given or {}
        self.prefix = prefix
        self.faults: list[Fault] = []
        self.environment: dict[str, Any] = {**self.given, "today": today}
        self._kept: list[str] = []

    def entry(self, prefix: str) -> Reading:
        """A reading of one entry of a group: sees what was read so far, shares the faults."""
        inner = Reading(self.today, given=self.environment, prefix=prefix)
        inner.faults = self.faults
        return inner

    def keep(self, key: str, value: Any) -> None:
        self.environment[key] = value
        self._kept.append(key)

    def add(self, fault: Fault) -> None:
        if self.prefix:
            fault = msgspec.structs.replace(fault, field=self.prefix + fault.field)
        self.faults.append(fault)

    def answers(self) -> dict[str, Any]:
        """What was kept and is not empty."""
        return {key: self.environment[key] for key in self._kept if self.environment[key]}

    def of(self, keys: set[str]) -> dict[str, Any]:
        return {key: value for key, value in self.answers().items() if key in keys}


@dataclass(frozen=True, slots=True)
class Line:
    """One question with its condition and its checks."""

    kind: Kind
    when: Rule | None
    checks: tuple[tuple[Rule, FieldCheck], ...]
    notice: tuple[Rule, Notice] | None

    def asked(self, environment: Mapping[str, Any]) -> bool:
        """Whether it is asked. A condition on something unanswered does not hold."""
        if self.when is not None and self.when.judge(environment) is not True:
            return False
        return not self.kind.offering or self.kind.askable(environment)

    def remark(self, environment: Mapping[str, Any], value: Value | None) -> Text | None:
        """What is to be said of the answer; a rule about something unanswered says nothing."""
        if self.notice is None or value is None:
            return None
        rule, notice = self.notice
        return notice.text if rule.judge({**environment, "value": value}) is True else None


@dataclass(frozen=True, slots=True)
class CompiledPage:
    """One page, ready to judge what is given for it."""

    page: Page
    when: Rule | None
    lines: tuple[Line, ...]
    keys: frozenset[str]
    checked: tuple[Line, ...]
    """The lines that have checks: most pages have none, and are spared the look."""

    @property
    def key(self) -> str:
        return self.page.page

    def shown(self, environment: Mapping[str, Any]) -> bool:
        return self.when is None or self.when.judge(environment) is True

    def read(self, given: object, reading: Reading) -> None:
        """Judge the page's JSON values. A page that is not asked is passed over, whatever was given."""
        if self.when is not None and not self.shown(reading.environment):
            reading.environment.pop(self.page.page, None)
            return
        values: dict[str, Value] = {}
        reading.keep(self.page.page, values)
        if given is None:
            given = {}
        if not isinstance(given, Mapping):
            reading.add(_not_an_object(self.page.page))
            return
        today = reading.today
        for line in self.lines:
            if (line.when is not None or line.kind.offering) and not line.asked(reading.environment):
                continue
            kind = line.kind
            value = given.get(kind.key)
            _settle(line, None if value is None else kind.clean(value, today), values, reading)
        if not given.keys() <= self.keys:
            for key in unknown_keys(given, self.keys):
                reading.add(_unknown(f"{self.page.page}.{key}"))
        self._check(values, reading)

    def post(self, posted: Mapping[str, str], reading: Reading) -> tuple[dict[str, Value], list[Kind]]:
        """Judge what was typed on the page; its values, and the questions that are asked as things stand."""
        stored = reading.given.get(self.page.page) or {}
        before = {**reading.environment, self.page.page: stored}
        values: dict[str, Value] = {}
        reading.keep(self.page.page, values)
        asked: list[Kind] = []
        for line in self.lines:
            if not line.asked(reading.environment):
                continue
            kind = line.kind
            asked.append(kind)
            outcome = stored.get(kind.key) if kind.multipart else kind.parse(posted, reading.today)
            if outcome is None and kind.field.required and not line.asked(before) and not _posted(kind, posted):
                reading.add(_asked_now(kind))
                continue
            _settle(line, outcome, values, reading)
        self._check(values, reading)
        return values, asked

    def _check(self, values: dict[str, Value], reading: Reading) -> None:
        for line in self.checked:
            if line.kind.key in values:
                environment = {**reading.environment, "value": values[line.kind.key]}
                for rule, check in line.checks:
                    # Only a plain no is a fault: a rule about something unanswered says nothing yet.
                    if rule.judge(environment) is False:
                        reading.add(Fault(line.kind.path, "check", check.message))
                        break


def compile_page(declaration: Declaration, page: Page) -> CompiledPage:
    """Raises `BadExpression` where a rule cannot be compiled."""
    lines = tuple(_line(declaration, page, asked) for asked in page.fields)
    when = page_scope(declaration, page).compile(page.when) if page.when else None
    keys = frozenset(asked.key for asked in page.fields)
    return CompiledPage(page, when, lines, keys, tuple(line for line in lines if line.checks))


def _line(declaration: Declaration, page: Page, asked: Field) -> Line:
    judging, notice = check_scope(declaration, page, asked), asked.notice
    return Line(
        kind=kind_of(asked, page.page),
        when=field_scope(declaration, page, asked).compile(asked.when) if asked.when else None,
        checks=tuple((judging.compile(check.unless), check) for check in asked.checks),
        notice=(notice_scope(declaration, page, asked).compile(notice.when), notice) if notice else None,
    )


def unknown_keys(given: Mapping[str, Any], known: Collection[str]) -> list[str]:
    """The keys that mean nothing here; of very many, the first: nobody reads ten thousand faults."""
    return list(islice((str(key) for key in given if key not in known), _TOLD))


def _settle(line: Line, outcome: Value | Fault | None, values: dict[str, Value], reading: Reading) -> None:
    if outcome is None:
        if line.kind.field.required:
            reading.add(line.kind.missing())
        return
    if line.kind.offering and not isinstance(outcome, Fault):
        outcome = line.kind.settled(outcome, reading.environment)
    if isinstance(outcome, Fault):
        reading.add(outcome)
    else:
        values[line.kind.key] = outcome


def _posted(kind: Kind, posted: Mapping[str, str]) -> bool:
    return any(name in posted for name in kind.names)


def _asked_now(kind: Kind) -> Fault:
    return kind.fault(
        "asked_now",
        th="คำตอบของท่านทำให้ต้องถามข้อนี้ด้วย โปรดกรอก",
        en="because of what you answered, fill this in too",
    )


def _not_an_object(page: str) -> Fault:
    return Fault(page, "type", Text(th="ต้องเป็นออบเจกต์ แยกตามช่อง", en="this must be an object, by field"))


def _unknown(path: str) -> Fault:
    said = path[:80]
    return Fault(
        said,
        "unknown",
        Text(th=f"บริการนี้ไม่มีช่อง “{said}” โปรดนำออก", en=f"this service has no field “{said}”; leave it out"),
    )
