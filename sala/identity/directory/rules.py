"""Names of places in the order people look for them."""

from __future__ import annotations

_LEADING_VOWELS = "เแโใไ"
_TONES = dict.fromkeys(map(ord, "็่้๊๋์"))


def thai_order(name: str) -> tuple[str, str]:
    """A sort key as in a Thai dictionary: by consonant before a vowel written to its left, tone marks last.

    The Royal Institute's order is kept for whole words such as place names; PostgreSQL's and
    Python's own order would put every เ- and แ- name after ฮ.
    """
    letters = list(name)
    i = 0
    while i < len(letters) - 1:
        if letters[i] in _LEADING_VOWELS:
            letters[i], letters[i + 1] = letters[i + 1], letters[i]
            i += 1
        i += 1
    swapped = "".join(letters)
    return swapped.translate(_TONES), swapped
