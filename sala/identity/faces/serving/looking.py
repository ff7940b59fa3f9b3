"""What a worker does with one request: decode, find, judge, describe, compare. Knows no register and no database."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from sala.identity.faces import pictures, quality
from sala.identity.faces.advice import Advice
from sala.identity.faces.engine import Engine, Face, Picture, Template, likeness
from sala.identity.faces.serving import wire


@dataclass(frozen=True, slots=True)
class Watched:
    """A picture as it was decoded, and the one face to be described in it."""

    picture: Picture
    ok: bool
    advice: list[Advice]
    face: Face | None


def answer(request: wire.Request, engine: Engine) -> wire.Answer:
    """What is answered to a request. Raises what decoders and engines raise where a picture breaks them."""
    start = time.perf_counter()
    match request:
        case wire.Look(picture, frame):
            most = pictures.MOST_OF_A_FRAME if frame else pictures.MOST_PIXELS
            return _seen(_watch(picture, engine, most), engine, start)
        case wire.Describe(picture):
            return _described(picture, engine, start)
        case wire.Compare(picture, template, name):
            return _compared(picture, template, name, engine, start)
        case wire.Follow(frames):
            return wire.Followed([_followed(frame, engine) for frame in frames])
        case wire.Clean(picture):
            return _cleaned(picture)
        case _:
            return wire.Failed("error", "a worker does not answer this")


def facts(engine: Engine) -> wire.EngineFacts:
    """What is told of the engine."""
    return wire.EngineFacts(engine.name, engine.size, engine.threshold, engine.warning, engine.uses)


def _described(picture: bytes, engine: Engine, start: float) -> wire.Seen:
    watched = _watch(picture, engine)
    made = engine.template(watched.picture, watched.face) if watched.face else None
    return _seen(watched, engine, start, template=None if made is None else packed(made))


def _compared(picture: bytes, template: bytes, name: str, engine: Engine, start: float) -> wire.Answer:
    if name != engine.name or len(template) != 4 * engine.size:
        return wire.Failed("engine")
    watched = _watch(picture, engine)
    if watched.face is None:
        return _seen(watched, engine, start)
    alike = likeness(engine.template(watched.picture, watched.face), unpacked(template))
    return _seen(watched, engine, start, likeness_=alike)


def packed(template: Template) -> bytes:
    """A template as it travels and is sealed: 32-bit floats, the lowest byte first."""
    return template.astype("<f4").tobytes()


def unpacked(data: bytes) -> Template:
    """The template of these bytes."""
    return np.frombuffer(data, "<f4").astype(np.float32)


def _watch(picture: bytes, engine: Engine, most_pixels: int = pictures.MOST_PIXELS) -> Watched:
    try:
        decoded = pictures.decode(picture, most_pixels=most_pixels)
    except pictures.PictureError as error:
        nothing = np.zeros((0, 0, 3), np.uint8)
        return Watched(nothing, ok=False, advice=[Advice(error.code, error.message)], face=None)
    judged = quality.advice(decoded, engine.faces(decoded))
    told = [Advice(one.code, one.text, one.value) for one in judged.advice]
    several = any(one.code == "two_faces" for one in told)  # whose face would be described?
    return Watched(decoded, judged.ok, told, None if several else judged.face)


def _seen(
    watched: Watched, engine: Engine, start: float, *, template: bytes | None = None, likeness_: float | None = None
) -> wire.Seen:
    seconds = time.perf_counter() - start
    found = watched.face is not None
    return wire.Seen(watched.ok, watched.advice, engine.name, found, template, likeness_, seconds)


def _cleaned(picture: bytes) -> wire.Cleaned:
    try:
        return wire.Cleaned(pictures.clean_jpeg(pictures.decode(picture)), [])
    except pictures.PictureError as error:
        return wire.Cleaned(None, [Advice(error.code, error.message)])


def _followed(frame: bytes, engine: Engine) -> wire.Points | None:
    try:
        picture = pictures.decode(frame, most_pixels=pictures.MOST_OF_A_FRAME)
    except pictures.PictureError:
        return None
    found = engine.faces(picture)
    if not found:
        return None
    face, (height, width) = found[0], picture.shape[:2]
    box = (face.left, face.top, face.right, face.bottom)
    return wire.Points(*box, face.points, face.outline, width, height, len(found))
