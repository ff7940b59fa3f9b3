"""Advice on pictures: a good one gets none, and each way of spoiling it gets the sentence that mends it."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter

from sala.identity.faces import lacks, quality
from sala.identity.faces.engine import Face, Picture
from tests.identity.faces.made import beside, dlib_engine, face, picture

pytestmark = pytest.mark.requirement("R-004.10")


def codes(found: Picture, face_: Face | None = None) -> list[str]:
    faces = [face_] if face_ else dlib_engine().faces(found)
    return [one.code for one in quality.advice(found, faces).advice]


def image(name: str = "obama/1") -> Image.Image:
    return Image.fromarray(picture(name))


def pixels(found: Image.Image) -> Picture:
    return np.asarray(found.convert("RGB"))


@pytest.mark.parametrize("name", ["obama/1", "biden/1", "obama/2"])
def test_a_good_picture_gets_no_advice(name: str) -> None:
    found = quality.advice(picture(name), [face(name)])
    assert found.ok
    assert found.advice == []
    assert found.face == face(name)


def test_no_face() -> None:
    found = quality.advice(picture(), [])
    assert not found.ok
    assert found.face is None
    assert [one.code for one in found.advice] == ["no_face"]


def test_two_faces() -> None:
    assert "two_faces" in codes(beside("obama/1", "biden/1"))


def test_somebody_far_behind_may_pass() -> None:
    near = face()
    far = dataclasses.replace(near, left=0, top=0, right=40, bottom=40)
    assert quality.advice(picture(), [near, far]).ok


def test_too_small() -> None:
    assert codes(picture("collins/1"), face("collins/1")) == ["too_small"]


@pytest.mark.parametrize("name", ["obama/1", "biden/1"])
def test_blurred(name: str) -> None:
    assert codes(pixels(image(name).filter(ImageFilter.GaussianBlur(3.5))), face(name)) == ["blurred"]


@pytest.mark.parametrize("name", ["obama/1", "biden/1"])
def test_too_dark(name: str) -> None:
    assert codes(pixels(ImageEnhance.Brightness(image(name)).enhance(0.27)), face(name)) == ["too_dark"]


def test_half_the_light_is_enough() -> None:
    assert codes(pixels(ImageEnhance.Brightness(image()).enhance(0.5)), face()) == []


def test_too_bright() -> None:
    assert codes(pixels(ImageEnhance.Brightness(image()).enhance(2.0)), face()) == ["too_bright"]


def test_uneven_light() -> None:
    half = picture().astype(float)
    half[:, (face().left + face().right) // 2 :] *= 0.35
    assert codes(half.astype(np.uint8), face()) == ["uneven_light"]


def test_turned_down() -> None:
    assert codes(picture("obama/3"), face("obama/3")) == ["turned"]


@pytest.mark.parametrize("way", [-25, 25])
def test_turned_aside(way: float) -> None:
    nose = face().points["nose"]
    turned = dataclasses.replace(face(), points=face().points | {"nose": (nose[0] + way, nose[1])})
    assert codes(picture(), turned) == ["turned"]


@pytest.mark.parametrize("way", [-25, 25])
def test_tilted_and_nothing_else(way: float) -> None:
    assert codes(pixels(image().rotate(way, expand=True))) == ["tilted"]


def test_a_little_tilted_will_do() -> None:
    assert codes(pixels(image().rotate(10, expand=True))) == []


def test_cut_off() -> None:
    cut = face().left + (face().right - face().left) // 4
    assert codes(np.ascontiguousarray(picture()[:, cut:])) == ["cut_off"]


@pytest.mark.parametrize("name", ["obama/1", "biden/1"])
def test_dark_glasses(name: str) -> None:
    worn = image(name)
    eyes = face(name).points["left_eye"], face(name).points["right_eye"]
    apart = math.dist(*eyes)
    for x, y in eyes:
        box = (x - 0.42 * apart, y - 0.3 * apart, x + 0.42 * apart, y + 0.36 * apart)
        ImageDraw.Draw(worn).ellipse(box, fill=(15, 15, 18))
    assert codes(pixels(worn), face(name)) == ["covered"]


@pytest.mark.parametrize("cloth", [(190, 215, 230), (245, 245, 245), (20, 20, 24)])
def test_a_mask(cloth: tuple[int, int, int]) -> None:
    worn = image()
    outline = face().outline
    ImageDraw.Draw(worn).polygon([outline[at] for at in (2, 29, 14, 12, 10, 8, 6, 4)], fill=cloth)
    assert codes(pixels(worn), face()) == ["covered"]


def shut(by: float, eyes: tuple[range, ...]) -> Face:
    """The face with those eyes' lids brought together by that share of their way."""
    outline = list(face().outline)
    for eye in eyes:
        level = sum(outline[at][1] for at in eye) / len(eye)
        for at in eye:
            x, y = outline[at]
            outline[at] = (x, level + (y - level) * by)
    return dataclasses.replace(face(), outline=tuple(outline))


RIGHT, LEFT = range(36, 42), range(42, 48)


def test_eyes_closed() -> None:
    assert codes(picture(), shut(0.2, (RIGHT, LEFT))) == ["eyes_closed"]
    assert codes(picture(), shut(0.8, (RIGHT, LEFT))) == [], "narrow eyes are open eyes"
    assert codes(picture(), shut(0.2, (RIGHT,))) == [], "who has one eye can be looked at"


def test_an_engine_without_outline_says_nothing_of_eyes() -> None:
    assert codes(picture(), dataclasses.replace(face(), outline=())) == []


def test_points_beside_the_picture_do_not_end_the_judging() -> None:
    for away in (-5_000.0, 5_000.0):
        points = {name: (x + away, y + away) for name, (x, y) in face().points.items()}
        assert "cut_off" in codes(picture(), dataclasses.replace(face(), points=points))


def test_all_points_at_one_place_do_not_end_the_judging() -> None:
    points = dict.fromkeys(face().points, (100.0, 100.0))
    assert "too_small" in codes(picture(), dataclasses.replace(face(), points=points, outline=()))


def test_a_picture_of_any_size_is_judged_the_same() -> None:
    twice = pixels(image().resize((922, 960), Image.Resampling.BICUBIC))
    assert codes(twice) == []


def test_every_lack_has_its_words_and_its_reason() -> None:
    assert set(lacks.TEXTS) - {"no_face"} == set(lacks.LIMITS) - {"nodded", "covered_mouth"}
    for code, text in lacks.TEXTS.items():
        assert text.th != text.en, code
    assert all(limit.reason and limit.measure for limit in lacks.LIMITS.values())
