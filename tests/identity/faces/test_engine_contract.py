"""What every engine must do, whichever it is: dlib, and the ONNX engine with both kinds of detectors.

A bureau that brings an engine of its own adds it to `kind`, and has proved it fits.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sala.identity.faces import pictures
from sala.identity.faces.engine import Engine, Picture, Template, likeness
from sala.identity.faces.engines import chosen
from tests.identity.faces import tiny_models
from tests.identity.faces.made import face, picture, saved

pytestmark = [pytest.mark.requirement("R-004.2"), pytest.mark.requirement("R-004.14")]


@dataclass(frozen=True)
class Kind:
    """An engine, and pictures that it can see faces in."""

    engine: Engine
    one: Picture
    again: Picture
    """The same person in another picture."""
    other: Picture
    both: Picture
    """The other person large, and the one small."""


def of_dlib() -> Kind:
    small = Image.fromarray(picture("obama/1")).resize((230, 240))
    both = np.zeros((480, 700, 3), dtype=np.uint8)
    both[:, :415], both[:240, 415:645] = picture("biden/1"), np.asarray(small)
    return Kind(chosen("dlib"), picture("obama/1"), picture("obama/2"), picture("biden/1"), both)


def of_onnx(place: Path, layout: str) -> Kind:
    engine = chosen(f"onnx:{tiny_models.brought(place / layout, layout)}")
    one, other = (_cut(name) for name in ("obama/1", "biden/1"))
    noise = np.random.default_rng(3).normal(0, 12, one.shape)
    again = (one * 0.9 + noise).clip(0, 255).astype(np.uint8)
    both = tiny_models.scene((other, 32, 2, 3), (one, 16, 15, 5))
    return Kind(engine, *(tiny_models.scene((who, 16, 9, 9)) for who in (one, again, other)), both)


def _cut(name: str) -> Picture:
    found = face(name)
    return picture(name)[found.top : found.bottom, found.left : found.right]


@pytest.fixture(scope="module", params=["dlib", "scrfd", "yunet"])
def kind(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Kind:
    return of_dlib() if request.param == "dlib" else of_onnx(tmp_path_factory.mktemp("engines"), request.param)


def described(kind: Kind, found: Picture) -> Template:
    return kind.engine.template(found, kind.engine.faces(found)[0])


def test_it_says_what_it_is(kind: Kind) -> None:
    engine = kind.engine
    assert engine.name
    assert -1 < engine.threshold < 1
    assert engine.size > 0
    assert isinstance(engine.warning, str)


def test_it_finds_one_face_with_its_points_inside(kind: Kind) -> None:
    [found] = kind.engine.faces(kind.one)
    assert set(found.points) == {"left_eye", "right_eye", "nose", "mouth_left", "mouth_right"}
    assert all(isinstance(side, int) for side in (found.left, found.top, found.right, found.bottom))
    for x, y in found.points.values():
        assert found.left < x < found.right
        assert found.top < y < found.bottom
    assert found.points["right_eye"][0] < found.points["left_eye"][0], "of the person: the viewer sees it on the left"
    assert found.points["mouth_right"][0] < found.points["mouth_left"][0]
    assert found.points["left_eye"][1] < found.points["nose"][1] < found.points["mouth_left"][1]


def test_an_outline_has_sixty_eight_points_or_none(kind: Kind) -> None:
    assert len(kind.engine.faces(kind.one)[0].outline) in (0, 68)


def test_a_template_is_of_its_size_and_one_long(kind: Kind) -> None:
    found = described(kind, kind.one)
    assert found.dtype == np.float32
    assert found.shape == (kind.engine.size,)
    assert abs(float(np.linalg.norm(found)) - 1) < 1e-5


def test_the_same_picture_gives_the_same(kind: Kind) -> None:
    assert kind.engine.faces(kind.one) == kind.engine.faces(kind.one.copy())
    assert (described(kind, kind.one) == described(kind, kind.one)).all()


def test_one_person_is_more_alike_than_two(kind: Kind) -> None:
    one, again, other = (described(kind, found) for found in (kind.one, kind.again, kind.other))
    assert likeness(one, again) >= kind.engine.threshold
    assert likeness(one, other) < kind.engine.threshold


@pytest.mark.parametrize(
    "nothing",
    [
        np.full((300, 400, 3), 128, dtype=np.uint8),
        np.random.default_rng(1).integers(0, 256, (240, 320, 3), dtype=np.uint8),
        np.zeros((pictures.LEAST_SIDE, pictures.LONGEST_SIDE, 3), dtype=np.uint8),
        np.zeros((pictures.LEAST_SIDE, pictures.LEAST_SIDE, 3), dtype=np.uint8),
    ],
    ids=["grey", "noise", "wide", "small"],
)
def test_no_face_is_no_error(kind: Kind, nothing: Picture) -> None:
    assert kind.engine.faces(nothing) == []


def test_two_faces_the_largest_first(kind: Kind) -> None:
    large, small = kind.engine.faces(kind.both)
    assert large.right - large.left > 1.3 * (small.right - small.left)
    assert large.right <= small.left + (small.right - small.left) // 2
    alone = described(kind, kind.other)
    assert likeness(kind.engine.template(kind.both, large), alone) >= kind.engine.threshold
    assert likeness(kind.engine.template(kind.both, small), alone) < kind.engine.threshold


@pytest.mark.parametrize(("orientation", "turn"), [(3, Image.Transpose.ROTATE_180), (6, Image.Transpose.ROTATE_90)])
def test_a_picture_that_lies_is_turned_and_gives_the_same(kind: Kind, orientation: int, turn: Image.Transpose) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    lying = saved(Image.fromarray(kind.one).transpose(turn), exif=exif)
    assert (described(kind, pictures.decode(lying)) == described(kind, kind.one)).all()


def test_it_leaves_the_picture_as_it_was(kind: Kind) -> None:
    given = kind.one.copy()
    described(kind, given)
    assert (given == kind.one).all()


def test_a_face_that_reaches_over_the_edge_is_described(kind: Kind) -> None:
    found = kind.engine.faces(kind.one)[0]
    middle = (found.left + found.right) // 2
    cut = np.ascontiguousarray(kind.one[:, : middle + (found.right - found.left) // 4])
    template = kind.engine.template(cut, found)
    assert abs(float(np.linalg.norm(template)) - 1) < 1e-5


def test_threads_may_share_it(kind: Kind) -> None:
    alone = [described(kind, found) for found in (kind.one, kind.other)] * 3
    work: Callable[[Picture], Template] = lambda found: described(kind, found)  # noqa: E731
    with ThreadPoolExecutor(6) as pool:
        together = list(pool.map(work, [kind.one, kind.other] * 3))
    assert all((one == other).all() for one, other in zip(alone, together, strict=True))
