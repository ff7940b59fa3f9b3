"""Whether a picture of a face will do, and if not, what the person can do about it: one sentence for each lack.

Components after ISO/IEC 29794-5 (face image quality), measured from pixels and points without a trained model. It
informs and never refuses: who cannot do what it asks (an eye that stays closed, a veil) goes on to an officer.
No Django here.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from sala.identity.faces.advice import Advice
from sala.identity.faces.engine import Face, Picture
from sala.identity.faces.lacks import LIMITS, TEXTS

_SIDE: Final = 128
"""Pixels to which the face is brought before light and sharpness are judged, so that its size plays no part."""
_NOSE_AT: Final = 0.56
"""How far down from eyes to mouth a nose's tip lies in a face that looks straight on."""
_RIGHT_EYE, _LEFT_EYE = range(36, 42), range(42, 48)

Grey = NDArray[np.float64]
Spot = tuple[float, float]
Affine = tuple[float, float, float, float, float, float]


@dataclass(frozen=True, slots=True)
class Quality:
    """What was judged: the advice, the most important first; `ok` where there is none; the face, if any."""

    ok: bool
    advice: list[Advice]
    face: Face | None


@dataclass(frozen=True, slots=True)
class _Frame:
    """The lines of a face: its middle points and measures, in pixels. Left and right are the viewer's here."""

    eyes: Spot
    mouth: Spot
    nose: Spot
    apart: float
    across: Spot
    """From the viewer's left eye to the right one, 1 long."""


def advice(picture: Picture, faces: Sequence[Face]) -> Quality:
    """What to say of the picture whose faces an engine found, the largest first."""
    if not faces:
        return Quality(ok=False, advice=[_advice("no_face", 0)], face=None)
    face = faces[0]
    told = [_advice(code, value) for code, value in _lacks(picture, face, faces[1:])]
    return Quality(ok=not told, advice=told, face=face)


def _advice(code: str, value: float) -> Advice:
    return Advice(code, TEXTS[code], round(float(value), 3))


def _lacks(picture: Picture, face: Face, others: Sequence[Face]) -> Iterator[tuple[str, float]]:
    """Every lack with its measure. Where the light is too bad to see by, nothing is said of what it hides."""
    frame = _frame(face)
    if others and (share := _area(others[0]) / _area(face)) >= LIMITS["two_faces"].value:
        yield "two_faces", share
    if (outside := _outside(picture, frame)) > LIMITS["cut_off"].value:
        yield "cut_off", outside
    if frame.apart < LIMITS["too_small"].value:
        yield "too_small", frame.apart
    yield from _pose(frame)
    colours = _chip(picture, frame)
    grey = colours @ [0.299, 0.587, 0.114]  # ITU-R BT.601
    bad_light = list(_light(grey))
    yield from bad_light
    if (sharpness := _sharpness(grey)) < LIMITS["blurred"].value and not bad_light:
        yield "blurred", sharpness
    if not bad_light:
        yield from _hidden(colours, grey, face)


def _frame(face: Face) -> _Frame:
    one, other = face.points["right_eye"], face.points["left_eye"]  # of the person: the viewer's left, and right
    apart = max(math.dist(one, other), 1e-6)
    corners = face.points["mouth_left"], face.points["mouth_right"]
    across = ((other[0] - one[0]) / apart, (other[1] - one[1]) / apart)
    return _Frame(_middle(one, other), _middle(*corners), face.points["nose"], apart, across)


def _middle(one: Spot, other: Spot) -> Spot:
    return (one[0] + other[0]) / 2, (one[1] + other[1]) / 2


def _area(face: Face) -> int:
    return max(1, (face.right - face.left) * (face.bottom - face.top))


def _outside(picture: Picture, frame: _Frame) -> float:
    """How much of the square from forehead to chin lies outside of the picture, as a share of its side."""
    height, width = picture.shape[:2]
    way = max(math.dist(frame.eyes, frame.mouth), frame.apart)
    x, y = _middle(frame.eyes, frame.mouth)
    half = 1.125 * way
    return float(max(half - x, half - y, x + half - width, y + half - height, 0) / (2 * half))


def _pose(frame: _Frame) -> Iterator[tuple[str, float]]:
    """Turned aside, up or down, or tilted, from where the nose stands between eyes and mouth."""
    tilt = abs(math.degrees(math.atan2(frame.across[1], frame.across[0])))
    if tilt > LIMITS["tilted"].value:
        yield "tilted", tilt
    away = (frame.nose[0] - frame.eyes[0], frame.nose[1] - frame.eyes[1])
    down = (frame.mouth[0] - frame.eyes[0], frame.mouth[1] - frame.eyes[1])
    aside = abs(away[0] * frame.across[0] + away[1] * frame.across[1]) / frame.apart
    way = max(down[0] ** 2 + down[1] ** 2, 1e-6)
    nodded = abs((away[0] * down[0] + away[1] * down[1]) / way - _NOSE_AT)
    if aside > LIMITS["turned"].value or nodded > LIMITS["nodded"].value:
        yield "turned", max(aside, nodded)


def _chip(picture: Picture, frame: _Frame) -> NDArray[np.float64]:
    """The face upright, _SIDE pixels square: the eyes 0.4 of it apart, a third from above."""
    size = frame.apart / (0.4 * _SIDE)
    (cx, cy), (sx, sy) = frame.across, frame.eyes
    a, b = cx * size, -cy * size
    c, d = cy * size, cx * size
    half, third = _SIDE / 2, _SIDE / 3
    matrix = (a, b, sx - a * half - b * third, c, d, sy - c * half - d * third)
    small, matrix = _nearer(picture, matrix, size)
    chip = Image.fromarray(small).transform((_SIDE, _SIDE), Image.Transform.AFFINE, matrix, Image.Resampling.BILINEAR)
    return np.asarray(chip).astype(np.float64)


def _nearer(picture: Picture, matrix: Affine, size: float) -> tuple[Picture, Affine]:
    """A picture much larger than the chip is made smaller by areas first: single pixels of it would flicker."""
    by = int(size)
    if by < 2:
        return picture, matrix
    a, b, x, c, d, y = (value / by for value in matrix)
    return np.asarray(Image.fromarray(picture).reduce(by)), (a, b, x, c, d, y)


def _light(grey: Grey) -> Iterator[tuple[str, float]]:
    """Too dark is judged by the brightest parts, since dark skin in good light has bright ones too."""
    inner = grey[_SIDE // 8 : -_SIDE // 8, _SIDE // 5 : -_SIDE // 5]
    if (bright := float(np.percentile(inner, 95))) < LIMITS["too_dark"].value:
        yield "too_dark", bright
    if (burnt := float((inner > 250).mean())) > LIMITS["too_bright"].value:
        yield "too_bright", burnt
    one, other = (float(half.mean()) for half in np.array_split(inner, 2, axis=1))
    if (uneven := abs(one - other) / max(one, other, 1.0)) > LIMITS["uneven_light"].value:
        yield "uneven_light", uneven


def _sharpness(grey: Grey) -> float:
    """The spread of the Laplacian, beside that of the light itself: a blurred face has shades and no edges."""
    inner = grey[_SIDE // 8 : -_SIDE // 8, _SIDE // 5 : -_SIDE // 5]
    edges = (
        inner[:-2, 1:-1] + inner[2:, 1:-1] + inner[1:-1, :-2] + inner[1:-1, 2:] - 4 * inner[1:-1, 1:-1]
    )  # fmt: skip
    return float(edges.var() / max(inner.var(), 25.0) * 100)


def _hidden(colours: NDArray[np.float64], grey: Grey, face: Face) -> Iterator[tuple[str, float]]:
    """Eyes that are closed, or behind dark glass; a mouth behind cloth."""
    cheeks = _part(grey, (0.47, 0.62), (0.14, 0.34)), _part(grey, (0.47, 0.62), (0.66, 0.86))
    skin = max(float(np.median(np.concatenate([part.ravel() for part in cheeks]))), 1.0)
    around = [_part(grey, (0.25, 0.45), side) for side in ((0.18, 0.44), (0.56, 0.82))]
    dark = max(float(np.median(part)) for part in around) / skin
    if dark < LIMITS["covered"].value:
        yield "covered", dark
        return
    if (cloth := _strange(colours)) > LIMITS["covered_mouth"].value:
        yield "covered", cloth
        return
    if face.outline and (opening := _opening(face.outline)) < LIMITS["eyes_closed"].value:
        yield "eyes_closed", opening


def _strange(colours: NDArray[np.float64]) -> float:
    """How far the colour around the mouth is from that between the eyes, in Cb and Cr."""
    blue, red = [-0.169, -0.331, 0.5], [0.5, -0.419, -0.081]  # ITU-R BT.601
    above, below = (
        np.median(_part(colours, rows, columns).reshape(-1, 3), axis=0)
        for rows, columns in (((0.22, 0.55), (0.42, 0.58)), ((0.68, 0.95), (0.3, 0.7)))
    )
    return float(np.hypot((above - below) @ blue, (above - below) @ red))


def _part(chip: NDArray[np.float64], rows: tuple[float, float], columns: tuple[float, float]) -> NDArray[np.float64]:
    (top, bottom), (left, right) = rows, columns
    return chip[int(top * _SIDE) : int(bottom * _SIDE), int(left * _SIDE) : int(right * _SIDE)]


def _opening(outline: Sequence[Spot]) -> float:
    """The wider open eye: its height beside its width (Soukupová and Čech, 2016). One that winks is open enough."""
    return max(_aspect([outline[at] for at in eye]) for eye in (_RIGHT_EYE, _LEFT_EYE))


def _aspect(eye: Sequence[Spot]) -> float:
    height = math.dist(eye[1], eye[5]) + math.dist(eye[2], eye[4])
    return height / max(2 * math.dist(eye[0], eye[3]), 1e-6)
