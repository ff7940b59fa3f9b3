"""The applicant's answers as the desk shows them: beside what registers say, with questions and corrections."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from sala.engine.cases.queries import Dossier
from sala.engine.catalogue.loaded import Loaded, Row
from sala.engine.desk.rules import same
from sala.kit import clock
from sala.kit.text import language

if TYPE_CHECKING:  # the row itself belongs to its room; a page only reads it
    from sala.engine.cases.models import Case

Saying = Literal["same", "differs", "more", "nothing", "unknown", "unreachable", "pending"]


@dataclass(frozen=True, slots=True)
class Fact:
    """What a register says beside an answer.

    `more` = the applicant left it empty; `nothing` = it knows the person and not this; `unknown` = it does not know
    the person; `pending` = not asked yet.
    """

    saying: Saying
    text: str


@dataclass(frozen=True, slots=True)
class Paper:
    """A file among the answers."""

    id: str
    name: str
    size: int
    media_type: str

    @property
    def is_picture(self) -> bool:
        return self.media_type in {"image/jpeg", "image/png"}


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer. `before` is what it was before the applicant corrected it; None where it was not."""

    path: str
    label: str
    text: str
    fact: Fact | None
    asked: bool
    before: str | None
    paper: Paper | None


@dataclass(frozen=True, slots=True)
class Section:
    """A page of the form with its answers; `entry` names the member of a group."""

    title: str
    entry: str
    answers: list[Answer]


def sections(case: Case, service: Loaded, found: Dossier) -> list[Section]:
    """All answers in the form's order, with what registers say, what was asked about, and what was corrected."""
    reader = _Reader(service, found)
    return [
        Section(
            title=str(service.page(key).title),
            entry=entry,
            answers=[reader.answer(row, service.value(answers, row.path)) for row in rows],
        )
        for key, entry, answers in _parts(case, service)
        if (rows := service.rows(key, answers, language()))
    ]


def _parts(case: Case, service: Loaded) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Each page with the answers it stands in: a repeated group's pages once for each of its entries."""
    done: set[str] = set()
    for key, page in service.pages.items():
        group = service.groups.get(page.group) if page.group else None
        if group is None or group.split:
            yield key, "", case.answers
        elif group.group not in done:
            done.add(group.group)
            inside = [k for k, p in service.pages.items() if p.group == group.group]
            for number, entry in enumerate(case.answers.get(group.group) or (), start=1):
                for one in inside:
                    yield one, f"{group.item} {number}", {**case.answers, **entry}


class _Reader:
    """Knows which fields are asked about and what corrected ones were before."""

    def __init__(self, service: Loaded, found: Dossier) -> None:
        self.service = service
        self.facts = found.facts
        self.asked = {path for question in found.questions if question.answered_at is None for path in question.fields}
        self.before: dict[str, Any] = {}
        for question in reversed(found.questions):  # the oldest value stands: what was first filed
            self.before |= question.before

    def answer(self, row: Row, value: Any) -> Answer:
        changed = row.path in self.before and self.before[row.path] != value
        return Answer(
            path=row.path,
            label=row.label,
            text=row.text,
            fact=self._fact(row.path, value),
            asked=row.path in self.asked,
            before=shown(self.service, row.path, self.before[row.path]) if changed else None,
            paper=Paper(value["id"], value["name"], value["size"], value["media_type"]) if _is_file(value) else None,
        )

    def _fact(self, path: str, value: object) -> Fact | None:
        register = self.service.field(path).register
        if register is None:
            return None
        name, _, key = register.partition(".")
        kept = self.facts.get(name)
        if kept is None or kept.facts is None:
            return Fact("pending" if kept is None else "unreachable", "")
        if not kept.facts.get("found", True):
            return Fact("unknown", "")
        said = self._kept_as(path, kept.facts.get(key))
        if said is None or said == "":
            return Fact("nothing", "")
        saying: Saying = "more" if value is None else "same" if same(value, said) else "differs"
        return Fact(saying, shown(self.service, path, said))

    def _kept_as(self, path: str, said: Any) -> Any:
        """A register's fact as the field keeps it: of a house it tells the code."""
        kind = self.service.kind(path)
        house = kind.clean(said, clock.today()) if said and kind.field.type == "house" else None
        return house if isinstance(house, dict) else said


def _is_file(value: object) -> bool:
    return isinstance(value, dict) and {"id", "media_type"} <= value.keys()


def shown(service: Loaded, path: str, value: Any) -> str:
    """A value as the field shows it; a register's that the field cannot show stands as it is."""
    if value is None:
        return ""
    try:
        return service.kind(path).display(value, language())
    except (KeyError, TypeError, ValueError, AttributeError):
        return str(value)
