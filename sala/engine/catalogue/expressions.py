"""Rules in the Common Expression Language: typed when a declaration is checked, judged without surprises later.

Every answer is a variable of its own with a dotted name, `stay.permitted_until`, so that a
wrong name or a comparison of a day with a text is found before publication. An answer that
was not given has no value: a rule that needs it says neither yes nor no (`RuleError`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from cel_expr_python import cel

Type = Literal["text", "date", "number", "decimal", "yes_no"]
MISSING = object()
"""What a variable reads where nothing was answered."""

_TYPES = {
    "text": cel.Type.STRING,
    "date": cel.Type.TIMESTAMP,
    "number": cel.Type.INT,
    "decimal": cel.Type.DOUBLE,
    "yes_no": cel.Type.BOOL,
}
_STRINGS = re.compile(r"""(?s:\"{3}(?:\\.|.)*?\"{3}|'{3}(?:\\.|.)*?'{3})|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'""")
_NAMES = re.compile(r"[A-Za-z_]\w*(?:\s*\.\s*[A-Za-z_]\w*)*")
_HAS = re.compile(r"\bhas\s*\(\s*([\w.\s]+?)\s*\)")
_NULL = re.compile(r"(?<![\w.])null(?!\w)")
_FAULT = re.compile(r"ERROR: <input>:(\d+):(\d+): (.*)")
_UNANSWERED = "No value with name"


@dataclass(frozen=True, slots=True)
class Variable:
    """One name that rules may use. `read` takes it out of an environment, or answers MISSING."""

    name: str
    type: Type
    read: Callable[[Mapping[str, Any]], Any]
    listed: bool = False
    """Whether it is a list of values of the type: what the entries of a group answered."""


@dataclass(frozen=True, slots=True)
class RuleError:
    """A rule could not be judged: `unanswered` when something it needs is not there, else `failed`."""

    reason: Literal["unanswered", "failed"]
    detail: str

    def __bool__(self) -> bool:
        # Whoever writes `if rules.check(…)` must not take a failure for an alert.
        return False


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong with an expression, at a line and column of its own (from 1), in the library's words."""

    line: int
    column: int
    detail: str


class BadExpression(Exception):
    """The expression cannot be used."""

    def __init__(self, flaws: list[Flaw]) -> None:
        super().__init__("; ".join(flaw.detail for flaw in flaws))
        self.flaws = flaws


class Rule:
    """A compiled expression that is true or false."""

    __slots__ = ("_program", "_variables", "expression")

    def __init__(self, expression: str, program: Any, variables: Iterable[Variable]) -> None:
        self.expression = expression
        self._program = program
        self._variables = tuple((variable.name, variable.read) for variable in variables)

    @property
    def uses(self) -> tuple[str, ...]:
        """The names of the variables in it."""
        return tuple(name for name, _ in self._variables)

    def judge(self, environment: Mapping[str, Any]) -> bool | RuleError:
        """Whether it holds; never raises."""
        data = {}
        for name, read in self._variables:
            value = read(environment)
            if value is not MISSING:
                data[name] = value
        try:
            verdict = self._program.eval(data=data).value()
        except (RuntimeError, ValueError, TypeError) as error:
            return RuleError("failed", str(error))
        if verdict is True or verdict is False:
            return bool(verdict)
        detail = str(verdict)
        return RuleError("unanswered" if _UNANSWERED in detail else "failed", detail)


class Scope:
    """The variables visible in one place; compiles the rules written there."""

    def __init__(self, variables: Iterable[Variable]) -> None:
        self.variables = {variable.name: variable for variable in variables}
        self._environment: Any = None

    def compile(self, expression: str) -> Rule:
        """The rule; raises `BadExpression` with everything wrong with it."""
        if self._environment is None:
            types = {name: _type(variable) for name, variable in self.variables.items()}
            self._environment = cel.NewEnv(variables=types, functions=_FUNCTIONS)
        self._refuse_absence(expression)
        try:
            program = self._environment.compile(expression)
        except (RuntimeError, ValueError) as error:
            raise BadExpression(_flaws(str(error))) from None
        if program.return_type() != cel.Type.BOOL:
            detail = f"the result is {program.return_type().name()}, not bool"
            raise BadExpression([Flaw(1, 1, detail)])
        return Rule(expression, program, self._used(expression))

    def _refuse_absence(self, expression: str) -> None:
        """`has(stay.phone)` and `stay.phone == null` compile, and then never hold: `.answered` is the way."""
        bare = _without_strings(expression)
        for match in _HAS.finditer(bare):
            name = re.sub(r"\s", "", match[1])
            if f"{name}.answered" in self.variables:
                raise BadExpression([_flaw_at(expression, match.start(), f"has({name}) is not {name}.answered")])
        if null := _NULL.search(bare):
            raise BadExpression([_flaw_at(expression, null.start(), "null is not used")])

    def _used(self, expression: str) -> list[Variable]:
        found: dict[str, Variable] = {}
        for match in _NAMES.finditer(_without_strings(expression)):
            parts = re.sub(r"\s", "", match[0]).split(".")
            for length in range(len(parts), 0, -1):
                name = ".".join(parts[:length])
                if name in self.variables:
                    found[name] = self.variables[name]
                    break
        return list(found.values())


def _type(variable: Variable) -> Any:
    plain = _TYPES[variable.type]
    return cel.Type.List(plain) if variable.listed else plain


def _flaw_at(expression: str, at: int, detail: str) -> Flaw:
    before = expression[:at]
    return Flaw(before.count("\n") + 1, at - before.rfind("\n"), detail)


def _without_strings(expression: str) -> str:
    return _STRINGS.sub(lambda match: '"' + " " * (len(match[0]) - 2) + '"', expression)


def _flaws(report: str) -> list[Flaw]:
    found = [Flaw(int(line), int(column), detail.strip()) for line, column, detail in _FAULT.findall(report)]
    return found or [Flaw(1, 1, report)]


def _age(birth: datetime, on: datetime) -> int:
    return on.year - birth.year - ((on.month, on.day) < (birth.month, birth.day))


def _days(count: int) -> timedelta:
    return timedelta(days=max(-36500, min(36500, count)))


_FUNCTIONS = [
    cel.FunctionDecl(
        "days",
        [cel.Overload("days_int", return_type=cel.Type.DURATION, parameters=[cel.Type.INT], impl=_days)],
    ),
    cel.FunctionDecl(
        "age",
        [
            cel.Overload(
                "age_timestamp_timestamp",
                return_type=cel.Type.INT,
                parameters=[cel.Type.TIMESTAMP, cel.Type.TIMESTAMP],
                impl=_age,
            )
        ],
    ),
]
FUNCTIONS = ("days", "age")
"""What rules may call beside CEL's own: `days(90)`, a length of time; `age(birth, today)`, whole years."""
