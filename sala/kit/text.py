"""Words in the two languages of every page."""

from __future__ import annotations

from typing import Literal

import msgspec
from django.utils import translation

Language = Literal["th", "en"]


class Text(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One text in Thai and in English; neither may be left out."""

    th: str
    en: str

    def in_(self, language: str) -> str:
        return self.th if language == "th" else self.en

    def __str__(self) -> str:
        return self.in_(translation.get_language() or "th")


def language() -> Language:
    """The language of the request being served."""
    return "en" if translation.get_language() == "en" else "th"
