"""Makes PDF files from the forms in `forms/` (docs/decisions/0030.md says why Typst)."""

from __future__ import annotations

import struct
import unicodedata
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

HERE = Path(__file__).parent
FONTS = HERE / "fonts"
STANDARDS = ["a-2a", "ua-1"]
"""PDF/A-2a: keeps for decades, tagged. PDF/UA-1: reads well aloud."""


def pdf(form: str, data: dict[str, Any]) -> bytes:
    """The form `forms/<form>.typ` filled with `data`: the same bytes for the same data.

    Characters that the fonts lack are shown as `?`; an archival PDF may not hold them.
    """
    inputs = {"data": msgspec.json.encode(_shown(data)).decode()}
    return bytes(_compiler(form).compile(format="pdf", pdf_standards=STANDARDS, sys_inputs=inputs))


def _shown(value: Any) -> Any:
    if isinstance(value, str):
        return "".join(_character(c) for c in value)
    if isinstance(value, dict):
        return {key: _shown(part) for key, part in value.items()}
    return [_shown(part) for part in value] if isinstance(value, list) else value


def _character(c: str) -> str:
    if c == "\n" or (c.isprintable() and ord(c) in _covered()):
        return c
    if c.isspace():
        return " "
    return "" if unicodedata.category(c) == "Cf" else "?"  # joiners and other invisible marks just go


@cache
def _compiler(form: str) -> Any:
    import typst  # 40 MB of machine code: only a process that makes documents pays for it

    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[FONTS])
    return typst.Compiler(HERE / "forms" / f"{form}.typ", root=HERE / "forms", font_paths=fonts)


@cache
def _covered() -> frozenset[int]:
    """The code points that every one of the fonts can show."""
    return frozenset.intersection(*(_characters(path.read_bytes()) for path in FONTS.glob("*.ttf")))


def _characters(font: bytes) -> frozenset[int]:
    """The code points in a TrueType font's table `cmap` (its Unicode part, format 4)."""
    count = struct.unpack_from(">H", font, 4)[0]
    tables = {font[12 + 16 * i : 16 + 16 * i]: struct.unpack_from(">I", font, 20 + 16 * i)[0] for i in range(count)}
    cmap = tables[b"cmap"]
    for i in range(struct.unpack_from(">H", font, cmap + 2)[0]):
        platform, encoding, offset = struct.unpack_from(">HHI", font, cmap + 4 + 8 * i)
        if (platform, encoding) == (3, 1):
            return _segments(font, cmap + offset)
    raise ValueError("a font without Unicode characters")


def _segments(font: bytes, at: int) -> frozenset[int]:
    segments = struct.unpack_from(">H", font, at + 6)[0] // 2
    ends = struct.unpack_from(f">{segments}H", font, at + 14)
    starts = struct.unpack_from(f">{segments}H", font, at + 16 + 2 * segments)
    return frozenset(
        code for start, end in zip(starts, ends, strict=True) for code in range(start, end + 1) if code != 0xFFFF
    )
