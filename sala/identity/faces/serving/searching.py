"""What the searcher's process does: it loads everybody in a thread of its own, follows changes, answers meanwhile."""

from __future__ import annotations

import threading

import numpy as np

from sala.identity.faces import engines
from sala.identity.faces.gallery import index
from sala.identity.faces.gallery.index import GalleryError
from sala.identity.faces.gallery.loading import Gallery, NotReadyError, StaleError
from sala.identity.faces.serving import looking, wire

PATIENCE = 3.0
"""Seconds that a search waits for a gallery that is being loaded: a small one is, by then."""
_gallery: list[Gallery] = []


def start() -> None:
    """Begin to load. Raises EngineError, GalleryError."""
    engine = engines.chosen()
    gallery = Gallery(engine.name, engine.size, index.chosen(engine.name, engine.size))
    _gallery[:] = [gallery]
    threading.Thread(target=gallery.run, args=(threading.Event(),), name="gallery", daemon=True).start()


def answer(request: wire.Search) -> wire.Answer:
    """Who is like the template; that it is too early, or the gallery out of date, and never an empty list instead."""
    gallery = _gallery[0]
    if request.engine != gallery.engine or len(request.template) != 4 * gallery.size:
        return wire.Failed("engine")
    template = looking.unpacked(request.template)
    if not np.isfinite(template).all():
        return wire.Failed("error", "no template")
    try:
        found = gallery.search(template, least=request.least, most=request.most, patience=PATIENCE)
    except NotReadyError as early:
        return wire.Failed("not_ready", f"{early.loaded}/{early.total}")
    except StaleError:
        return wire.Failed("away", "the gallery could not follow the changes of the last minute")
    except GalleryError as fault:
        return wire.Failed("away", str(fault))
    return wire.Found(found, gallery.loaded, gallery.total)
