"""A published declaration made ready: it judges answers, shows them, and knows the rules of its cases.

Made once a version and process (queries.py) and shared by all threads; nothing in it changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any
from uuid import UUID

from sala.engine.catalogue import answers_schema, functions
from sala.engine.catalogue.declaration import Declaration, Field, Group, Page
from sala.engine.catalogue.expressions import Rule, RuleError
from sala.engine.catalogue.fields import FileKind, Kind, Value, Widget
from sala.engine.catalogue.forms import CompiledPage, Line, Reading, compile_page, unknown_keys
from sala.engine.catalogue.scopes import case_scope
from sala.kit import clock
from sala.kit.errors import Fault, Invalid, NotFound
from sala.kit.text import Language, Text

__all__ = ["Answers", "CaseRules", "Loaded", "Row", "RuleError"]

Answers = Mapping[str, Any]
"""`{page: {field: value}}`; under the key of a group that is not split, a list of such."""


@dataclass(frozen=True, slots=True)
class Row:
    """One answer as a summary shows it; `text` is empty where an optional question was not answered.

    `notice`: what is remarked upon it, where the declaration does; the applicant is told before sending.
    """

    path: str
    label: str
    text: str
    notice: str = ""


class CaseRules:
    """The compiled checks of a case.

    An environment is `{page: {field: value}, group: [...], register: facts, "today": date or ISO text,
    "late": bool}`. Facts are the register's mapping with `found`; a register out of reach is left out.
    """

    def __init__(self, declaration: Declaration) -> None:
        scope = case_scope(declaration)
        self._checks: dict[str, Rule] = {check.id: scope.compile(check.when) for check in declaration.checks}
        self._approve = scope.compile(declaration.approve_when) if declaration.approve_when else None
        second = declaration.deed.second_officer if declaration.deed else None
        self._second = scope.compile(second) if second else None

    def check(self, check_id: str, environment: Mapping[str, Any]) -> bool | RuleError:
        """Whether the check raises an alert; an error where it cannot be told."""
        return self._checks[check_id].judge(environment)

    def approve(self, environment: Mapping[str, Any]) -> bool | RuleError:
        """Whether `approve_when` holds; False where the service has none."""
        return self._approve.judge(environment) if self._approve else False

    def second_officer(self, environment: Mapping[str, Any]) -> bool:
        """Whether two officers have to approve. A rule that cannot be judged asks for the second one."""
        return self._second is not None and self._second.judge(environment) is not False


class Loaded:
    """One version of one service. `hash` and `number` name the version; a trial has number 0."""

    def __init__(self, declaration: Declaration, *, hash: str = "", number: int = 0) -> None:  # noqa: A002
        self.declaration = declaration
        self.slug = declaration.service
        self.hash = hash
        self.number = number
        self.pages: dict[str, Page] = {page.page: page for page in declaration.form}
        self.groups: dict[str, Group] = {group.group: group for group in declaration.groups}
        self.rules = CaseRules(declaration)
        self._compiled: dict[str, CompiledPage] = {
            page.page: compile_page(declaration, page) for page in declaration.form
        }
        self._kinds: dict[str, Kind] = {
            line.kind.path: line.kind for page in self._compiled.values() for line in page.lines
        }
        self._files = tuple(kind.path for kind in self._kinds.values() if isinstance(kind, FileKind))
        self._listed = {key for key, group in self.groups.items() if not group.split}
        self._keys = frozenset(
            {page.page for page in declaration.form if page.group not in self._listed} | self._listed
        )

    # What is asked

    def page(self, key: str) -> Page:
        """The page with this key; NotFound if there is none."""
        if key not in self.pages:
            raise NotFound
        return self.pages[key]

    def has_field(self, path: str) -> bool:
        return path in self._kinds

    def field(self, path: str) -> Field:
        """The field at `page.key`; KeyError if there is none."""
        return self._kinds[path].field

    def kind(self, path: str) -> Kind:
        """The behaviour of the field at `page.key`; KeyError if there is none."""
        return self._kinds[path]

    @cached_property
    def schema(self) -> dict[str, Any]:
        """JSON Schema (2020-12) of the answers of one case."""
        return answers_schema.of(self.declaration, self._kinds)

    # Whole answers

    def clean(self, answers: object, *, today: date) -> dict[str, Any]:
        """All answers made regular. Raises `Invalid` with every fault; drops what was not asked."""
        if not isinstance(answers, Mapping):
            raise Invalid([_NOT_AN_OBJECT])
        reading = Reading(today)
        done: set[str] = set()
        for page in self._compiled.values():
            group = page.page.group
            if group not in self._listed:
                page.read(answers.get(page.key), reading)
            elif group not in done:
                done.add(group)
                self._clean_group(self.groups[group], answers.get(group), reading)
        if not answers.keys() <= self._keys:
            reading.faults += [_unknown(key) for key in unknown_keys(answers, self._keys)]
        if reading.faults:
            raise Invalid(reading.faults)
        return reading.answers()

    def _clean_group(self, group: Group, entries: object, reading: Reading) -> None:
        entries = [] if entries is None else entries
        if not isinstance(entries, list | tuple) or not group.minimum <= len(entries) <= group.maximum:
            reading.faults.append(_wrong_count(group))
            return
        pages = [page for page in self._compiled.values() if page.page.group == group.group]
        cleaned: list[dict[str, Any]] = []
        for index, entry in enumerate(entries):
            inner = reading.entry(f"{group.group}.{index}.")
            given = entry if isinstance(entry, Mapping) else {}
            for page in pages:
                page.read(given.get(page.key), inner)
            known = {page.key for page in pages}
            inner.faults += [_unknown(f"{inner.prefix}{key}") for key in unknown_keys(given, known)]
            mine = inner.of({page.key for page in pages})
            if group.once and (again := self.again(group, mine, dict(enumerate(cleaned, start=1)))):
                inner.add(again)
            cleaned.append(mine)
        reading.keep(group.group, cleaned)

    def again(self, group: Group, entry: Answers, others: Mapping[int, Answers]) -> Fault | None:
        """The fault that one of the `others` (by number) answers as `entry` does what is asked once of a group."""
        said = self.value(entry, group.once) if group.once else None
        if group.once is None or said is None:
            return None
        same = next((number for number, other in others.items() if self.value(other, group.once) == said), None)
        if same is None:
            return None
        kind = self._kinds[group.once]
        told = Text(th=kind.display(said, "th"), en=kind.display(said, "en"))
        return kind.fault(
            "again",
            th=f"มี “{told.th}” อยู่แล้วใน{group.item.th}ที่ {same} โปรดแก้ไขที่นั่น หรือเลือกรายการอื่น",
            en=f"“{told.en}” is there already, as {group.item.en.lower()} {same}; change it there, or choose another",
        )

    # One page

    def clean_page(
        self,
        page_key: str,
        raw: Mapping[str, str],
        *,
        answers: Answers,
        language: Language = "th",
        today: date | None = None,
    ) -> tuple[dict[str, Value], list[Fault]]:
        """What was posted for one page: the values that are right, and the faults of the rest.

        `answers` are those already given: of the shared pages and, on a group's page, of the same
        entry. A file's value is taken from there: put it in before (see `inspect_file`).
        """
        reading = Reading(today or clock.today(), given=answers)
        values, _ = self._compiled[page_key].post(raw, reading)
        return values, reading.faults

    def page_shown(self, page_key: str, answers: Answers, *, today: date | None = None) -> bool:
        """Whether the page is asked, given the answers before it."""
        return self._compiled[page_key].shown({**answers, "today": today or clock.today()})

    def widgets(
        self,
        page_key: str,
        typed: Mapping[str, str],
        *,
        answers: Answers,
        faults: list[Fault],
        language: Language,
        today: date | None = None,
    ) -> list[Widget]:
        """What the page draws, for each question that is asked as things stand; `typed` is by posted name."""
        page = self._compiled[page_key]
        _, asked = page.post(typed, Reading(today or clock.today(), given=answers))
        seen = {**answers, "today": today or clock.today()}
        return [
            {**kind.drawn(typed, [f for f in faults if _is_of(f, kind)], language, seen), **_now(kind, seen, language)}
            for kind in asked
        ]

    def anchor(self, fault: Fault) -> str:
        """The id of the input that a fault's link in the error summary leads to."""
        page, _, rest = fault.field.partition(".")
        kind = self._kinds.get(f"{page}.{rest.partition('.')[0]}")
        return kind.anchor(fault) if kind else "main"

    def typed(self, page_key: str, answers: Answers, language: Language) -> dict[str, str]:
        """The page's answers as they would have been typed: what an empty page is filled with."""
        values = answers.get(page_key) or {}
        lines = self._compiled[page_key].lines
        given = ((line.kind, values.get(line.kind.key)) for line in lines)
        return {
            name: text
            for kind, value in given
            if value is not None
            for name, text in kind.typed(value, language).items()
        }

    def inspect_file(self, path: str, name: str, content: bytes) -> dict[str, Any] | Fault:
        """An uploaded file's name, size and media type, told by its content; or what is wrong with it."""
        kind = self._kinds[path]
        if not isinstance(kind, FileKind):
            raise TypeError(f"{path} takes no file")
        return kind.inspect(name, content)

    # Answers given

    def value(self, answers: Answers, path: str) -> Value:
        """The answer at `page.field`; None where there is none."""
        page, _, key = path.partition(".")
        values = answers.get(page)
        return values.get(key) if isinstance(values, Mapping) else None

    def dropped(self, path: str, answers: Answers) -> bool:
        """Whether the field at `page.key` is certainly not asked, as these answers stand."""
        line = next(one for one in self._compiled[path.partition(".")[0]].lines if one.kind.path == path)
        return line.when is not None and line.when.judge({**answers, "today": clock.today()}) is False

    def display(self, path: str, answers: Answers, language: Language) -> str:
        """The answer as people read it; empty where there is none."""
        value = self.value(answers, path)
        return "" if value is None else self._kinds[path].display(value, language)

    def rows(
        self,
        page_key: str,
        answers: Answers,
        language: Language,
        *,
        today: date | None = None,
        visit_day: date | None = None,
    ) -> list[Row]:
        """The page's questions that were asked, with their answers, for a summary. `visit_day`: of the visit chosen,
        for what is remarked upon them."""
        environment = {**answers, "today": today or clock.today(), "visit_day": visit_day}
        page = self._compiled[page_key]
        if not page.shown(environment):
            return []
        return [self._row(line, environment, language) for line in page.lines if line.asked(environment)]

    def _row(self, line: Line, environment: Mapping[str, Any], language: Language) -> Row:
        path = line.kind.path
        remark = line.remark(environment, self.value(environment, path))
        return Row(
            path=path,
            label=line.kind.label.in_(language),
            text=self.display(path, environment, language),
            notice=remark.in_(language) if remark else "",
        )

    def place(self, answers: Answers, path: str) -> int | None:
        """The code of the smallest area that the answer at `path` tells: a sub-district's, or a province's."""
        value = self.value(answers, path)
        code = value.get("subdistrict") if isinstance(value, Mapping) else value
        return code if isinstance(code, int) else None

    def province(self, answers: Answers, path: str) -> int | None:
        """The code of the province answered at `path`, a `province` or `thai_address`."""
        value = self.value(answers, path)
        code = value.get("province") if isinstance(value, Mapping) else value
        return code if isinstance(code, int) else None

    def file_ids(self, answers: Answers) -> list[UUID]:
        """The files among the answers, those of entries included."""
        if not self._files:
            return []
        entries = [entry for key in self._listed for entry in answers.get(key) or ()]
        found = (self.value(part, path) for part in [answers, *entries] for path in self._files)
        return [UUID(value["id"]) for value in found if value]


_NOT_AN_OBJECT = Fault(
    "", "type", Text(th="answers ต้องเป็นออบเจกต์ แยกตามหน้าและช่อง", en="answers must be an object, by page and field")
)


def _now(kind: Kind, answers: Answers, language: Language) -> Widget:
    """What a register says now of what is asked, for the widget: as the answers before stand, empty for nothing."""
    if kind.field.now is None:
        return {}
    said = functions.resolve(kind.field.now)(answers)
    return {"now": "" if said in (None, "") else kind.display(said, language)}


def _unknown(path: str) -> Fault:
    said = path[:80]
    message = Text(th=f"บริการนี้ไม่มีส่วน “{said}” โปรดนำออก", en=f"this service has no “{said}”; leave it out")
    return Fault(said, "unknown", message)


def _wrong_count(group: Group) -> Fault:
    least, most = group.minimum, group.maximum
    return Fault(
        group.group,
        "count",
        Text(
            th=f"{group.title.th}: ต้องมี {least} ถึง {most} รายการ",
            en=f"{group.title.en}: give {least} to {most}, as a list",
        ),
    )


def _is_of(fault: Fault, kind: Kind) -> bool:
    return fault.field == kind.path or fault.field.startswith(f"{kind.path}.")
