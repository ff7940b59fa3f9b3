"""When is it due? Worked out for somebody who has not begun, from the dates that a declaration names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sala.engine.cases import filing
from sala.engine.cases.rules import Window
from sala.engine.catalogue.fields import Widget
from sala.engine.catalogue.loaded import Loaded
from sala.kit.errors import Fault
from sala.kit.text import Language


@dataclass(slots=True)
class Calculation:
    """The questions as typed, and the answer once there is one."""

    widgets: list[Widget] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    anchors: dict[str, str] = field(default_factory=dict)
    window: Window | None = None


def calculate(service: Loaded, posted: Mapping[str, str] | None, *, language: Language, today: date) -> Calculation:
    """The window that follows from what was posted; the bare questions where nothing was."""
    declared = service.declaration.window
    result = Calculation()
    answers: dict[str, dict[str, Any]] = {}
    for page, keys in _by_page(declared.asks if declared else ()).items():
        values, faults = service.clean_page(page, posted or {}, answers=answers, language=language, today=today)
        answers[page] = {key: value for key, value in values.items() if key in keys}
        told = [] if posted is None else [fault for fault in faults if fault.field.split(".")[1] in keys]
        drawn = service.widgets(page, posted or {}, answers=answers, faults=told, language=language, today=today)
        result.widgets += [widget for widget in drawn if _key(widget) in keys]
        # What another answer has only now made a question is asked, not held against anybody.
        result.faults += [fault for fault in told if fault.code != "asked_now"]
    result.anchors = {fault.field: service.anchor(fault) for fault in result.faults}
    if posted is not None and not result.faults and _all_answered(service, answers, result):
        result.window = filing.window_of(service.declaration, answers, today)
    return result


def _by_page(paths: tuple[str, ...]) -> dict[str, set[str]]:
    pages: dict[str, set[str]] = {}
    for path in paths:
        page, _, key = path.partition(".")
        pages.setdefault(page, set()).add(key)
    return pages


def _key(widget: Widget) -> str:
    params = widget["params"]
    return str(params.get("namePrefix") or params.get("name", ""))


def _all_answered(service: Loaded, answers: Mapping[str, Any], result: Calculation) -> bool:
    given = {key for values in answers.values() for key in values}
    return all(_key(widget) in given for widget in result.widgets)
