"""Typed text as it is kept: NFC, without what cannot be seen, with Thai written one way."""

from __future__ import annotations

import re
import unicodedata

# Marks of format that people paste unknowingly; they hint at line breaks and say nothing.
_BREAK_HINTS = dict.fromkeys(map(ord, "\u200b\u2060\ufeff\u00ad"))
_JOINERS = "\u200c\u200d"
_THAI_DIGITS = str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789")
_SPACES = re.compile(r"[^\S\n]+")
_LINES = re.compile(r"\n{3,}")
# Written in two ways that look the same: nikhahit + sara aa for sara am (a tone mark may stand between), two sara e.
_SARA_AM = re.compile("\u0e4d([\u0e48-\u0e4b]?)\u0e32")
_SARA_AE = "\u0e40\u0e40"


class Unseen(Exception):
    """The text holds a character that cannot be seen. `after` is what stands before it, at most ten characters."""

    def __init__(self, after: str) -> None:
        super().__init__(after)
        self.after = after


def line(text: str) -> str:
    """One line: edges stripped, runs of space made one. Raises `Unseen` for an invisible character inside."""
    if not _plain(text):
        text = _visible(_normal(strip(_SPACES.sub(" ", text.replace("\n", " ").replace("\r", " ")))))
    return _single_spaced(text.strip())


def lines(text: str) -> str:
    """Several lines: as `line`, with line breaks kept (never more than one empty line) and break hints dropped."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not _plain(text.replace("\n", "")):
        text = _visible(_normal(strip(text.translate(_BREAK_HINTS))), keep="\n" + _JOINERS)
    kept = "\n".join(_SPACES.sub(" ", part).strip() for part in text.split("\n"))
    return _LINES.sub("\n\n", kept).strip()


def strip(text: str) -> str:
    """Without space and invisible characters at both ends."""
    start, end = 0, len(text)
    while start < end and _empty(text[start]):
        start += 1
    while end > start and _empty(text[end - 1]):
        end -= 1
    return text[start:end]


def digits(text: str) -> str:
    """With Thai digits as Arabic ones."""
    return text if text.isascii() else text.translate(_THAI_DIGITS)


def _plain(text: str) -> bool:
    """Whether there is nothing to put right: true of nearly everything typed, and cheap to see."""
    return text.isascii() and text.isprintable()


def _single_spaced(text: str) -> str:
    return _SPACES.sub(" ", text) if "  " in text else text


def _normal(text: str) -> str:
    text = unicodedata.normalize("NFC", text)
    return _SARA_AM.sub("\\1\u0e33", text).replace(_SARA_AE, "\u0e41")


def _empty(character: str) -> bool:
    return character.isspace() or _is_unseen(character)


def _visible(text: str, keep: str = "") -> str:
    if text.isprintable():
        return text
    for at, character in enumerate(text):
        if character not in keep and _is_unseen(character):
            raise Unseen(text[max(0, at - 10) : at])
    return text


def _is_unseen(character: str) -> bool:
    # Controls, formats, surrogates, private use, unassigned, line and paragraph separators.
    return unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
