"""The Thai words: each room's `locale/th/LC_MESSAGES/django.po`, compiled beside it when it has changed."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

SALA = Path(__file__).resolve().parent.parent


def rooms() -> list[Path]:
    """Every room of the house, by its folder."""
    return sorted(found.parent for found in SALA.glob("**/apps.py"))


def words_of(room: Path) -> Path:
    return room / "locale" / "th" / "LC_MESSAGES" / "django.po"


def compile_stale() -> list[Path]:
    """Compile the words that changed since; the files made. Safe beside another process that does the same."""
    return [_compile(source) for source in _stale()]


def _stale() -> Iterator[Path]:
    for room in rooms():
        source = words_of(room)
        if not source.exists():
            continue
        made = source.with_suffix(".mo")
        if not made.exists() or made.stat().st_mtime < source.stat().st_mtime:
            yield source


def _compile(source: Path) -> Path:
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    with source.open("rb") as file:
        catalogue = read_po(file, locale="th")
    with tempfile.NamedTemporaryFile(dir=source.parent, suffix=".new", delete=False) as fresh:
        write_mo(fresh, catalogue)
    Path(fresh.name).chmod(0o644)
    made = source.with_suffix(".mo")
    os.replace(fresh.name, made)
    return made
