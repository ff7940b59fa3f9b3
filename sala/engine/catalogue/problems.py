"""A thing wrong with a declaration: where it stands, what it is, how to put it right."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from sala.kit.text import Text

Path = tuple[str | int, ...]
"""From the top of a declaration: keys and places in lists, such as ("form", 2, "fields", 0, "label")."""

_NAMES = ("page", "group", "key", "value", "id", "code", "name")


class Problem(msgspec.Struct, frozen=True):
    """One thing wrong. Line and column count from 1, and are 0 where there is no text to point into."""

    line: int
    column: int
    path: str
    message: Text
    cure: Text

    @property
    def whole(self) -> Text:
        """The message and its cure as one text."""
        return Text(th=f"{self.message.th} {self.cure.th}", en=f"{self.message.en} {self.cure.en}")


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem before its place in the text is known. `at` is a line and column inside the value at `path`."""

    path: Path
    message: Text
    cure: Text
    at: tuple[int, int] | None = None
    of_key: bool = False
    """Whether it is the key that is wrong, not its value."""


def told(path: Path, data: Any) -> str:
    """The path as a person names it: `form[stay].fields[phone].label`."""
    words: list[str] = []
    for step in path:
        inside = data[step] if _has(data, step) else None
        words.append(f"[{_name(inside, step)}]" if isinstance(step, int) else f".{step}")
        data = inside
    return "".join(words).lstrip(".")


def _has(data: Any, step: str | int) -> bool:
    if isinstance(step, int):
        return isinstance(data, Sequence) and not isinstance(data, str) and step < len(data)
    return isinstance(data, Mapping) and step in data


def _name(item: Any, index: int) -> str:
    if isinstance(item, Mapping):
        for key in _NAMES:
            if isinstance(item.get(key), str):
                return str(item[key])
    return str(index + 1)


def meant(wrong: str, known: Iterable[str], *, otherwise: Text) -> Text:
    """`Did you mean “label”?` where something known is near, else `otherwise`."""
    near = difflib.get_close_matches(wrong, list(known), n=1, cutoff=0.6)
    if near:
        return Text(th=f"หมายถึง “{near[0]}” หรือไม่", en=f"Did you mean “{near[0]}”?")
    return otherwise


def one_of(known: Iterable[str]) -> Text:
    """`Write one of: a, b, c.`"""
    listed = ", ".join(known)
    return Text(th=f"เขียนอย่างใดอย่างหนึ่ง: {listed}", en=f"Write one of: {listed}.")
