"""The pure functions that agencies lend to declarations, by name.

An agency registers them in its `AppConfig.ready`; a declaration names them, as in
`around: immigration.tm47:due_date`. The engine knows them by name alone.

Signatures: `window.around`: fn(answers) -> date | None; `reminders.next_due`:
fn(answers, reported_on) -> date | None; `registers.lookup`: fn(**given) -> Mapping | None
(raises OSError when the register is out of reach).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

Registered = Callable[..., Any]

_NAME = re.compile(r"[a-z]+\.[a-z0-9_]+:[a-z_]+")
_registered: dict[str, Registered] = {}


def register(name: str, function: Registered) -> None:
    """Make `function` known as `name`; a second registration of another function under the name is an error."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is not agency.service:function")
    if _registered.setdefault(name, function) is not function:
        raise ValueError(f"{name} is registered twice")


def resolve(name: str) -> Registered:
    """The function registered as `name`; LookupError if there is none."""
    try:
        return _registered[name]
    except KeyError:
        raise LookupError(f"no function is registered as {name}") from None


def names() -> list[str]:
    """All registered names, sorted."""
    return sorted(_registered)
