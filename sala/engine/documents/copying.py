"""Makes the text of a PDF copy, search and read aloud right, Thai above all.

A Thai syllable such as `นั้` is drawn from several glyphs. Typst says of each of them that it means the
whole syllable, and puts the right text beside the group (`ActualText`) for readers that look there. Two
faults remain: readers that do not look there (Firefox, pypdf, indexers) get a syllable several times over,
and where a tone mark is drawn a little higher or lower the group falls in two, each with the whole text,
so that every reader gets it twice. Here each glyph is told what it means by itself, and a part of a group
gets its own part of the text. What is seen does not change.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

Meanings = dict[tuple[int, bytes], str]
"""(number of the font's object, two-byte glyph code) → what the glyph means."""


def mended(pdf: bytes) -> bytes:
    """The same pages with a right text layer. The same input gives the same output."""
    from pypdf import PdfReader, PdfWriter  # only a process that makes documents pays for it

    reader = PdfReader(io.BytesIO(pdf))
    writer = PdfWriter(clone_from=reader)
    writer.pdf_header = reader.pdf_header
    fonts: dict[int, Any] = {}
    meanings: Meanings = {}
    for page in writer.pages:
        named = cast("Any", page["/Resources"]).get_object().get("/Font", {})
        numbers = {name: named.raw_get(name).idnum for name in named}
        fonts |= {numbers[name]: named[name].get_object() for name in numbers}
        stream = cast("Any", page["/Contents"].get_object())
        content = stream.get_data()
        known = {number: _table(fonts[number]) for number in numbers.values()}
        syllables = list(_syllables(_spans(content, numbers, known)))
        for syllable in syllables:
            syllable.learn(meanings)
        stream.set_data(_with_parts(content, syllables))
    for number, font in fonts.items():
        _teach(font["/ToUnicode"].get_object(), number, meanings)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


# --- Syllables -------------------------------------------------------------------------------------

_THAI = re.compile("[\u0e00-\u0e7f]")


def units(text: str) -> list[str]:
    """What the glyphs of a syllable mean one by one: sara am is drawn as nikhahit and sara aa, and a tone
    mark before it as one glyph with the nikhahit."""
    found: list[str] = []
    for part in re.split("([\u0e48-\u0e4b]?\u0e33)", text):
        if part.endswith("\u0e33"):
            found += ["\u0e4d" + part[:-1], "\u0e32"]
        else:
            found += list(part)
    return found


@dataclass
class _Span:
    """Glyphs and what Typst says that they mean together: a syllable, or a part of one with the text of the whole.
    `place` is where that text stands in the page's content; None for a glyph whose font says it."""

    text: str
    place: slice | None
    font: int = 0
    codes: list[bytes] = field(default_factory=list)


@dataclass
class _Syllable:
    text: str
    spans: list[_Span]

    @property
    def count(self) -> int:
        return sum(len(span.codes) for span in self.spans)

    def learn(self, meanings: Meanings) -> None:
        """Note what each glyph means, where that can be told."""
        parts = units(self.text)
        glyphs = [(span.font, code) for span in self.spans for code in span.codes]
        if len(glyphs) == 1:
            meanings.setdefault(glyphs[0], self.text)
        elif len(glyphs) == len(parts):
            for glyph, part in zip(glyphs, parts, strict=True):
                meanings.setdefault(glyph, part)

    def parts(self) -> Iterator[tuple[slice, str]]:
        """For a syllable that fell apart: the place of each part's text, and its own text."""
        left = units(self.text)
        if len(self.spans) == 1 or len(left) != self.count:
            return
        for span in self.spans:
            if span.place:
                yield span.place, "".join(left[: len(span.codes)])
            left = left[len(span.codes) :]


def _syllables(spans: Iterator[_Span]) -> Iterator[_Syllable]:
    """Spans put together again that belong to one syllable (a Latin ligature is never in parts)."""
    current: _Syllable | None = None
    for span in spans:
        whole = len(units(span.text)) if _THAI.search(span.text) else 1
        if current and current.text == span.text and current.count + len(span.codes) <= whole:
            current.spans.append(span)
            continue
        if current:
            yield current
        current = _Syllable(span.text, [span])
    if current:
        yield current


# --- The page's content ----------------------------------------------------------------------------

_TOKEN = re.compile(rb"[(\[\]]|<<|>>|<[0-9A-Fa-f\s]*>|/[^\s<>()\[\]/]*|[^\s<>()\[\]/]+")
_PARENTHESIS = re.compile(rb"\\.|[()]", re.DOTALL)
_ESCAPE = re.compile(rb"\\([0-7]{1,3}|\r\n|.)", re.DOTALL)
_ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f", b"\n": b"", b"\r": b"", b"\r\n": b""}


def _spans(content: bytes, fonts: Mapping[str, int], tables: Mapping[int, Mapping[bytes, str]]) -> Iterator[_Span]:
    """All glyphs, in the order of the page, in groups that say what they mean."""
    marked: list[_Span | None] = []
    font, pending, previous = 0, None, b""
    operands: list[bytes] = []
    for token, place in _tokens(content):
        if previous == b"/ActualText":
            pending = _Span(bytes.fromhex(token[1:-1].decode()).decode("utf-16"), place)
        elif token == b"Tf":
            font = fonts[operands[-2].decode()]
        elif token in {b"BMC", b"BDC"}:
            marked.append(pending)
            pending = None
        elif token == b"EMC":
            span = marked.pop()
            if span and span.codes:
                yield span
        elif token in {b"TJ", b"Tj"} and marked and marked[-1]:
            marked[-1].font = font
            marked[-1].codes += _codes(operands)
        elif token in {b"TJ", b"Tj"}:
            for code in _codes(operands):
                yield _Span(tables[font].get(code, ""), None, font, [code])
        operands = [] if token.isalpha() or token in {b"'", b'"'} else [*operands, token]
        previous = token


def _tokens(content: bytes) -> Iterator[tuple[bytes, slice]]:
    at = 0
    while match := _TOKEN.search(content, at):
        at = _closing(content, match.end()) if match.group() == b"(" else match.end()
        yield content[match.start() : at], slice(match.start(), at)


def _closing(content: bytes, at: int) -> int:
    """Where a string ends: its own parentheses need no escape where they are balanced."""
    depth = 1
    while depth and (match := _PARENTHESIS.search(content, at)):
        depth += {b"(": 1, b")": -1}.get(match.group(), 0)
        at = match.end()
    return at


def _codes(operands: list[bytes]) -> list[bytes]:
    shown = b"".join(_bytes(token) for token in operands if token[:1] in {b"(", b"<"})
    return [shown[i : i + 2] for i in range(0, len(shown), 2)]


def _bytes(token: bytes) -> bytes:
    if token[:1] == b"<":
        return bytes.fromhex(token[1:-1].decode())
    return _ESCAPE.sub(_unescaped, token[1:-1])


def _unescaped(match: re.Match[bytes]) -> bytes:
    code = match.group(1)
    return bytes([int(code, 8)]) if code[:1].isdigit() else _ESCAPES.get(code, code)


def _with_parts(content: bytes, syllables: list[_Syllable]) -> bytes:
    changes = [change for syllable in syllables for change in syllable.parts()]
    for place, text in sorted(changes, key=lambda change: -change[0].start):
        written = b"<" + ("\ufeff" + text).encode("utf-16-be").hex().upper().encode() + b">"
        content = content[: place.start] + written + content[place.stop :]
    return content


# --- The fonts' tables -----------------------------------------------------------------------------

_ENTRY = re.compile(rb"^<([0-9A-Fa-f]{4})> <([0-9A-Fa-f]+)>$", re.MULTILINE)


def _table(font: Any) -> dict[bytes, str]:
    """What a font says that its glyphs mean."""
    pairs = _ENTRY.findall(font["/ToUnicode"].get_object().get_data())
    return {bytes.fromhex(code.decode()): bytes.fromhex(text.decode()).decode("utf-16-be") for code, text in pairs}


def _teach(table: Any, font: int, meanings: Meanings) -> None:
    """Write what the glyphs mean into a font's ToUnicode table."""

    def entry(match: re.Match[bytes]) -> bytes:
        text = meanings.get((font, bytes.fromhex(match.group(1).decode())))
        if text is None:
            return match.group()
        return b"<" + match.group(1) + b"> <" + text.encode("utf-16-be").hex().upper().encode() + b">"

    table.set_data(_ENTRY.sub(entry, table.get_data()))
