"""Finding a sub-district by postcode or by name, however it is spelt.

One box for all: `10500`, `บางรัก`, `Bang Rak Bangkok`, `ต.ป่าตอง ภูเก็ต`. Where many match, a
wider level is offered first (provinces, then districts), so that a list stays short enough for a telephone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from sala.engine.catalogue.fields import tidy
from sala.identity.directory import queries as directory
from sala.identity.directory.queries import Place
from sala.kit.errors import NotFound
from sala.kit.text import Language

SHORT_LIST = 60
"""How many places are offered at once before a wider level is asked first."""

_SEPARATORS = re.compile(r"[\s,;/|]+")
_IGNORED = re.compile(r"[\s.\-'’]+")
_TITLES_TH = re.compile("^(ตำบล|แขวง|อำเภอ|เขต|จังหวัด|ต\\.|อ\\.|จ\\.|ข\\.)")
_TITLES_EN = {"tambon", "khwaeng", "amphoe", "amphur", "khet", "changwat", "district", "subdistrict", "province"}
_ALSO = {"กทม": "กรุงเทพ", "bkk": "bangkok", "krungthep": "bangkok", "โคราช": "นครราชสีมา", "korat": "nakhonratchasima"}
# Thai in Latin letters has many spellings; these make the common ones alike.
_FOLDS = (("kh", "k"), ("ph", "p"), ("th", "t"), ("ch", "j"), ("ay", "ai"), ("oo", "u"), ("ee", "i"), ("v", "w"))
_DOUBLED = re.compile(r"([a-z])\1")


@dataclass(frozen=True, slots=True)
class _Entry:
    place: Place
    words: str
    folded: str
    exact: tuple[frozenset[str], frozenset[str]]


def search(text: str) -> list[Place]:
    """The sub-districts that `text` may mean, the likeliest first; none for an empty text."""
    tokens = _tokens(text)
    if not tokens:
        return []
    entries = _index()
    found = [entry for entry in entries if all(token in entry.words for token in tokens)]
    if not found:
        folded = [_fold(token) for token in tokens]
        found = [entry for entry in entries if all(token in entry.folded for token in folded)]
    whole = "".join(tokens)
    found.sort(key=lambda entry: _rank(entry, whole, tokens))
    return [entry.place for entry in found]


def offered(text: str, chosen: int | None = None) -> list[Place]:
    """What to choose from: sub-districts, or districts or provinces first where too many match.

    `chosen` is the code of an area chosen already: a province or district is opened, a
    sub-district stands among its neighbours; one that `text` does not mean is left aside.
    """
    matches = search(text)
    place = None if chosen is None else find(chosen)
    if place is None or (matches and not _any_within(matches, place)):
        return _shortened(matches)
    if place.level == "subdistrict":
        return matches if matches and len(matches) <= SHORT_LIST else directory.subdistricts(place.parent or 0)
    return _opened(place, matches)


def find(code: int) -> Place | None:
    """The area of this code, if there is one."""
    try:
        return directory.area(code)
    except NotFound:
        return None


def title(place: Place, language: Language) -> str:
    """An area's name with those of the areas it lies in, and a sub-district's postcode."""
    path = directory.area_path(place.code)
    names = [_titled(step, language) for step in reversed(path)]
    joined = (" " if language == "th" else ", ").join(names)
    return f"{joined} {place.postcode}" if place.level == "subdistrict" else joined


def as_json(places: Iterable[Place], language: Language) -> list[dict[str, object]]:
    """Places as the page's script reads them: code, level, text."""
    return [{"code": place.code, "level": place.level, "text": title(place, language)} for place in places]


def _shortened(matches: list[Place]) -> list[Place]:
    if len(matches) <= SHORT_LIST:
        return matches
    districts = _parents(matches)
    return districts if len(districts) <= SHORT_LIST else _parents(districts)


def _opened(place: Place, matches: list[Place]) -> list[Place]:
    """What lies in a province or district; what was typed narrows it where it names something in it."""
    within = [match for match in matches if place in directory.area_path(match.code)]
    narrowed = within if place.level == "district" else _parents(within)
    if narrowed and len(narrowed) <= SHORT_LIST:
        return narrowed
    return directory.districts(place.code) if place.level == "province" else directory.subdistricts(place.code)


def _any_within(matches: list[Place], place: Place) -> bool:
    return any(place in directory.area_path(match.code) for match in matches)


def _parents(places: Iterable[Place]) -> list[Place]:
    codes = dict.fromkeys(place.parent for place in places if place.parent is not None)
    chosen: dict[int | None, list[Place]] = {}
    for code in codes:
        place = directory.area(code)
        chosen.setdefault(place.parent, []).append(place)
    # The directory knows the order of the language; districts stay with their province.
    order = {place.code: at for parent in chosen for at, place in enumerate(_children(parent))}
    return [place for places in chosen.values() for place in sorted(places, key=lambda place: order[place.code])]


def _children(parent: int | None) -> list[Place]:
    return directory.provinces() if parent is None else directory.districts(parent)


def _titled(place: Place, language: Language) -> str:
    if language != "th":
        return place.name.en
    in_bangkok = str(place.code).startswith("10")
    titles = {
        "province": "" if in_bangkok else "จังหวัด",
        "district": "เขต" if in_bangkok else "อำเภอ",
        "subdistrict": "แขวง" if in_bangkok else "ตำบล",
    }
    return titles[place.level] + place.name.th


def _tokens(text: str) -> list[str]:
    parts = [_TITLES_TH.sub("", part) for part in _SEPARATORS.split(tidy.digits(text[:200]).casefold())]
    tokens = [_IGNORED.sub("", part) for part in parts if part not in _TITLES_EN]
    return [_ALSO.get(token, token) for token in tokens if token]


def _rank(entry: _Entry, whole: str, tokens: list[str]) -> tuple[int, int]:
    subdistrict, district = entry.exact
    if whole in subdistrict:
        return (0, entry.place.code)
    if tokens[0] in subdistrict:
        return (1, entry.place.code)
    return (2 if whole in district or tokens[0] in district else 3, entry.place.code)


def _index() -> tuple[_Entry, ...]:
    provinces = directory.provinces("en")
    return _indexed(id(provinces[0]), len(provinces)) if provinces else ()


@lru_cache(maxsize=1)
def _indexed(_first: int, _count: int) -> tuple[_Entry, ...]:
    """One entry a sub-district; made anew when the directory has read its areas anew."""
    return tuple(
        _entry(province, district, subdistrict)
        for province in directory.provinces("en")
        for district in directory.districts(province.code, "en")
        for subdistrict in directory.subdistricts(district.code, "en")
    )


def _entry(province: Place, district: Place, subdistrict: Place) -> _Entry:
    path = (subdistrict, district, province)
    names = [_IGNORED.sub("", name.casefold()) for place in path for name in (place.name.th, place.name.en)]
    return _Entry(
        place=subdistrict,
        words="|".join([*names, str(subdistrict.postcode or "")]),
        folded="|".join([_fold(name) for name in names]),
        exact=(frozenset(names[0:2]), frozenset(names[2:4])),
    )


def _fold(token: str) -> str:
    for spelling, plain in _FOLDS:
        token = token.replace(spelling, plain)
    return _DOUBLED.sub(r"\1", token)
