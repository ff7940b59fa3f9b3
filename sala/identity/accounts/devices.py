"""What a person would call the browser and device behind a User-Agent line. Pure; tells no place and no version."""

from __future__ import annotations

from sala.kit.text import Text

# Tried in order: most browsers claim to be several others too.
_BROWSERS = (
    ("Line/", "LINE"),
    ("FBAN/", "Facebook"),
    ("FBAV/", "Facebook"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("EdgA/", "Edge"),
    ("EdgiOS/", "Edge"),
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("YaBrowser/", "Yandex"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "Chromebook"),
    ("Macintosh", "Mac"),
    ("Linux", "Linux"),
)
_UNKNOWN = Text(th="อุปกรณ์ที่ไม่รู้จัก", en="Unknown device")


def words_for(user_agent: str) -> Text:
    """`Chrome on Android`, in both languages; what is not known is left out."""
    browser, system = _first(_BROWSERS, user_agent), _first(_SYSTEMS, user_agent)
    if browser and system:
        return Text(th=f"{browser} บน {system}", en=f"{browser} on {system}")
    name = browser or system
    return Text(th=name, en=name) if name else _UNKNOWN


def plain(user_agent: str) -> str:
    """`Chrome · Android`: the same in both languages; empty if neither is known."""
    return " · ".join(filter(None, [_first(_BROWSERS, user_agent), _first(_SYSTEMS, user_agent)]))


def _first(signs: tuple[tuple[str, str], ...], user_agent: str) -> str:
    return next((name for sign, name in signs if sign in user_agent), "")
