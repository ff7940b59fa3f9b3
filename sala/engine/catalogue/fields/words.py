"""How a fault is said: the field's own label, then the cure, in both languages."""

from __future__ import annotations

from sala.kit.errors import Fault
from sala.kit.text import Text

_ENDS = "?!.:…ฯ"


def fault(path: str, code: str, label: Text, *, th: str, en: str) -> Fault:
    """A fault of the field at `path`: `Passport number: enter 6 to 9 letters and digits`."""
    return Fault(path, code, about(label, th=th, en=en))


def about(label: Text, *, th: str, en: str) -> Text:
    """`label` and what to do about it. A label that is a question gets its cure as a new sentence."""
    return Text(th=_joined(label.th, th), en=_joined(label.en, en))


def _joined(label: str, cure: str) -> str:
    label = label.strip()
    if label.endswith(tuple(_ENDS)):
        return f"{label.rstrip(':')} {cure[0].upper()}{cure[1:]}"
    return f"{label}: {cure}"


def listed(items: list[str], last: str) -> str:
    """`a, b or c`, with `last` for the word before the last."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {last} {items[-1]}"
