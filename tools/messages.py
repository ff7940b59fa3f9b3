"""The words of the pages: gather them from the code, compile them, find what lacks a Thai text.

tools/messages.py extract [ROOM …]   put new English texts into each room's django.po, take out those gone
tools/messages.py compile            make the .mo files that are older than their .po
tools/messages.py check              fail on a text missing, fuzzy, gone, with other placeholders, or with two meanings
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po, write_po

from sala.web import words

ROOT = Path(__file__).resolve().parent.parent
PYTHON = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
}
JINJA = {"extensions": "jinja2.ext.do", "trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"}


@click.group(help=__doc__)
def main() -> None:
    pass


@main.command()
@click.argument("rooms", nargs=-1, type=click.Path(exists=True, file_okay=False, path_type=Path))
def extract(rooms: tuple[Path, ...]) -> None:
    """Bring each room's django.po up to date; Thai texts already there are kept."""
    for room in [folder.resolve() for folder in rooms] or words.rooms():
        fresh = _template(room)
        path = words.words_of(room)
        if not len(fresh) and not path.exists():
            continue
        kept = _read(path)
        _write(path, _updated(fresh, kept))
        click.echo(f"{path.relative_to(ROOT)}: {len(fresh)} texts, {sum(1 for _ in _faults(room))} to see to")


@main.command("compile")
def compile_() -> None:
    """Make the .mo files that are older than their .po."""
    for made in words.compile_stale():
        click.echo(str(made.relative_to(ROOT)))


@main.command()
def check() -> None:
    """Fail if any text of any room lacks good Thai."""
    faults = [fault for room in words.rooms() for fault in _faults(room)]
    faults += _two_meanings()
    for fault in faults:
        click.echo(fault, err=True)
    if faults:
        click.echo(f"{len(faults)} to mend: tools/messages.py extract, then translate.", err=True)
        sys.exit(1)


def _template(room: Path) -> Catalog:
    """Every text of the room's code and templates, with the files it stands in."""
    found = Catalog(locale="th", project="sala", fuzzy=False)
    for path in sorted([*room.glob("**/*.py"), *room.glob("templates/**/*")]):
        if not path.is_file() or "migrations" in path.parts or _owner(path) != room:
            continue
        python = path.suffix == ".py"
        for _line, text, comments, context in extract_from_file(
            "python" if python else "jinja2.ext.babel_extract",
            path,
            keywords=PYTHON,
            comment_tags=("Translators:",),
            options={} if python else JINJA,
        ):
            name = str(path.relative_to(room))
            found.add(text, locations=[(name, None)], auto_comments=comments, context=context)  # type: ignore[list-item]
    return found


def _owner(path: Path) -> Path:
    """The room a file belongs to: the nearest folder above it that is one."""
    return next(folder for folder in path.parents if (folder / "apps.py").exists())


def _read(path: Path) -> Catalog:
    if not path.exists():
        return Catalog(locale="th", project="sala", fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale="th")


def _updated(fresh: Catalog, kept: Catalog) -> Catalog:
    for message in fresh:
        old = kept.get(message.id, message.context) if message.id else None
        if old is not None:
            message.string = old.string
            message.flags |= old.flags & {"fuzzy"}
            message.user_comments = old.user_comments
    return fresh


def _write(path: Path, catalogue: Catalog) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    catalogue.header_comment = ""
    with path.open("wb") as file:
        file.write(
            b'msgid ""\nmsgstr ""\n"Language: th\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n'
            b'"Content-Transfer-Encoding: 8bit\\n"\n"Plural-Forms: nplurals=1; plural=0;\\n"\n\n'
        )
        write_po(file, catalogue, width=118, omit_header=True, sort_output=True, include_lineno=False)


def _faults(room: Path) -> Iterator[str]:
    fresh, kept = _template(room), _read(words.words_of(room))
    name = room.relative_to(ROOT)
    for message in fresh:
        if message.id:
            yield from (f"{name}: {fault}: {message.id!r}" for fault in _wrong(kept.get(message.id, message.context)))
    for message in kept:
        if message.id and fresh.get(message.id, message.context) is None:
            yield f"{name}: no longer used: {message.id!r}"


def _two_meanings() -> Iterator[str]:
    """English texts with a Thai text in one room and another in a second: all rooms share one catalogue, one wins."""
    said: dict[tuple[str | None, str], dict[str, Path]] = {}
    for room in words.rooms():
        for message in _read(words.words_of(room)):
            if message.id and message.string:
                said.setdefault((message.context, str(message.id)), {}).setdefault(str(message.string), room)
    for (_context, text), meanings in said.items():
        if len(meanings) > 1:
            rooms = ", ".join(str(room.relative_to(ROOT)) for room in meanings.values())
            yield f"{rooms}: not the same Thai: {text!r}; choose one, or say it in other English words"


def _wrong(message: Message | None) -> Iterator[str]:
    texts = [] if message is None else message.string if isinstance(message.string, tuple) else [message.string]
    if message is None or not texts or not all(texts):
        yield "no Thai text"
        return
    if message.fuzzy:
        yield "fuzzy"
    for fault in message.check():
        yield str(fault)


if __name__ == "__main__":
    main()
