"""Reads of the catalogue. Versions never change, so each is compiled once a process and kept."""

from __future__ import annotations

import time
from dataclasses import dataclass

import msgspec

from sala.engine.catalogue.declaration import Declaration
from sala.engine.catalogue.loaded import Loaded
from sala.kit import sql
from sala.kit.errors import NotFound
from sala.kit.text import Text

_FRESH = 2.0  # seconds: a publication is seen by every process after this
_POINTERS = "select slug, version_id, open from catalogue_service order by slug"
_VERSION = "select declaration, number from catalogue_serviceversion where hash = %s"

_decoder = msgspec.json.Decoder(Declaration)


@dataclass(frozen=True, slots=True)
class _Pointers:
    versions: dict[str, tuple[str, bool]]
    read_at: float


_pointers: _Pointers | None = None
_versions: dict[str, Loaded] = {}


def current(slug: str) -> Loaded:
    """The version under which `slug` takes new cases; NotFound if there is none or it is closed."""
    found, is_open = _known().get(slug, ("", False))
    if not is_open:
        raise NotFound(
            Text(th="ไม่พบบริการนี้ หรือบริการปิดรับคำขอแล้ว", en="There is no such service, or it takes no more requests")
        )
    return version(found)


def latest(slug: str) -> Loaded:
    """The version published last, whether the service is open or not: for what was begun while it was."""
    found, _ = _known().get(slug, ("", False))
    return version(found)


def version(hash: str) -> Loaded:  # noqa: A002
    """The version of this hash, open or not; NotFound if there is none."""
    loaded = _versions.get(hash)
    if loaded is None:
        loaded = _versions[hash] = _read(hash)
    return loaded


def catalogue() -> list[Loaded]:
    """The services that take new cases, by slug."""
    return [version(found) for found, is_open in _known().values() if is_open]


def forget() -> None:
    """Read anew which version is current; after a publication in this process, and between tests."""
    global _pointers  # noqa: PLW0603
    _pointers = None


def _known() -> dict[str, tuple[str, bool]]:
    global _pointers  # noqa: PLW0603
    known = _pointers
    if known is None or time.monotonic() - known.read_at > _FRESH:
        rows = sql.fetch_all(_POINTERS)
        _pointers = known = _Pointers({slug: (found, is_open) for slug, found, is_open in rows}, time.monotonic())
    return known.versions


def _read(hash: str) -> Loaded:  # noqa: A002
    row = sql.fetch_one(_VERSION, (hash,))
    if row is None:
        raise NotFound(Text(th="ไม่พบบริการรุ่นนี้", en="There is no such version of a service"))
    return Loaded(_decoder.decode(row[0]), hash=hash, number=row[1])
