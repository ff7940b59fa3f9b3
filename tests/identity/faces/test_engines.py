"""Which engine is used, what an operator's weights must be, and how a detector's answers are read."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sala.identity.faces.engines import EngineError, aligning, brought, chosen, detectors
from sala.identity.faces.engines.dlib_ import DlibEngine
from tests.identity.faces import tiny_models
from tests.identity.faces.made import face, picture

pytestmark = pytest.mark.requirement("R-004.14")


def test_dlib_is_the_one_where_nothing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SALA_FACES_ENGINE", raising=False)
    assert isinstance(chosen(), DlibEngine)
    assert chosen() is chosen("dlib")


def test_the_setting_names_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SALA_FACES_ENGINE", f"onnx:{tiny_models.brought(tmp_path)}")
    assert chosen().name == "tiny-scrfd"


@pytest.mark.parametrize("named", ["", "facenet", "onnx:", "dlib:/somewhere", "onnx"])
def test_another_name_is_refused(named: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SALA_FACES_ENGINE", named or "nonsense")
    with pytest.raises(EngineError, match="must be dlib or onnx"):
        chosen(named)


def test_dlib_says_what_it_is_not_fit_for_and_what_it_uses() -> None:
    assert "not fit for a nation" in DlibEngine.warning
    assert "BLAS" in DlibEngine().uses


@pytest.mark.parametrize(("sureness", "kept"), [((1.5, 0.05), 1), ((1.5, 0.4), 2), ((0.1, 0.05), 2)])
def test_dlib_passes_by_patterns_of_cloth_where_a_face_is_sure(sureness: tuple[float, float], kept: int) -> None:
    import dlib

    class Detector:
        """Finds a face, and something in the jacket."""

        def run(self, *_: Any) -> tuple[list[Any], tuple[float, float], list[int]]:
            return [dlib.rectangle(100, 90, 220, 210), dlib.rectangle(40, 240, 160, 340)], sureness, [0, 0]

    engine = DlibEngine()
    engine.__dict__["_detector"] = Detector()
    assert len(engine.faces(picture())) == kept


def refused(place: Path) -> str:
    with pytest.raises(EngineError) as caught:
        chosen(f"onnx:{place}").load()
    return str(caught.value)


def test_weights_are_loaded_by_their_hash_alone(tmp_path: Path) -> None:
    place = tiny_models.brought(tmp_path)
    (place / "recogniser.onnx").write_bytes(tiny_models.recogniser() + b"\0")
    assert "SHA-256" in refused(place)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    place = tiny_models.brought(tmp_path)
    (place / "detector.onnx").unlink()
    assert "detector.onnx is missing" in refused(place)
    assert "cannot be read" in refused(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"threshold": 2}, "threshold"),
        ({"name": "Ein Name"}, "name"),
        ({"colour": "rgb"}, "colour"),
        ({"detector": {"layout": "retina"}}, "layout"),
        ({"detector": {"input": [320, 300]}}, "multiples of 32"),
        ({"detector": {"file": "../../etc/weights.onnx"}}, "file"),
        ({"recogniser": {"sha256": "abc"}}, "sha256"),
    ],
)
def test_what_is_wrong_in_faces_json_is_named(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    place = tiny_models.brought(tmp_path)
    whole = json.loads((place / "faces.json").read_text())
    for key, value in changes.items():
        whole[key] = whole[key] | value if isinstance(value, dict) else value
    (place / "faces.json").write_text(json.dumps(whole))
    assert said in refused(place)


def test_a_file_that_is_no_model_is_named(tmp_path: Path) -> None:
    place = tiny_models.brought(tmp_path)
    _put(place, "detector", b"no model")
    assert "detector.onnx is not a model" in refused(place)


def test_a_recogniser_of_another_size_is_named(tmp_path: Path) -> None:
    place = tiny_models.brought(tmp_path)
    _put(place, "recogniser", tiny_models.recogniser(size=32))
    engine = chosen(f"onnx:{place}")
    with pytest.raises(EngineError, match="answers 32 numbers, not 64"):
        engine.template(picture(), face())


def test_a_detector_of_another_layout_is_named(tmp_path: Path) -> None:
    place = tiny_models.brought(tmp_path)
    _put(place, "detector", tiny_models.detector("yunet"))
    engine = chosen(f"onnx:{place}")
    with pytest.raises(EngineError, match="does not answer as scrfd does"):
        engine.faces(picture())


def _put(place: Path, model: str, data: bytes) -> None:
    """Another file, and its hash in faces.json."""
    import hashlib

    (place / f"{model}.onnx").write_bytes(data)
    whole = json.loads((place / "faces.json").read_text())
    whole[model]["sha256"] = hashlib.sha256(data).hexdigest()
    (place / "faces.json").write_text(json.dumps(whole))


def test_the_outline_is_found_around_the_points_of_another_detector(tmp_path: Path) -> None:
    known = face("biden/1")
    box = (known.left, known.top, known.right, known.bottom)
    from sala.identity.faces.engines import landmarks

    names = ("right_eye", "left_eye", "nose", "mouth_right", "mouth_left")
    ours = landmarks.box_of([known.points[name] for name in names])
    assert max(abs(one - other) for one, other in zip(box, ours, strict=True)) < 0.12 * (box[2] - box[0])
    outline = np.array(landmarks.outline(picture("biden/1"), ours))
    assert np.abs(outline - np.array(known.outline)).mean() < 4


def test_a_model_that_counts_no_pictures_is_read_the_same() -> None:
    rng = np.random.default_rng(2)
    flat = [rng.random((rows, columns), dtype=np.float32) for columns in (1, 4, 10) for rows in (32, 8, 2)]
    one, other = (detectors.scrfd(answers, 32, 32) for answers in (flat, [answer[None] for answer in flat]))
    assert all((a == b).all() for a, b in zip(one, other, strict=True))


def test_scrfd_is_read_as_its_makers_read_it() -> None:
    answers = [np.zeros((rows, columns), dtype=np.float32) for columns in (1, 4, 10) for rows in (32, 8, 2)]
    answers[1][5] = 0.9  # stride 16: cells of 2 × 2, two anchors in each: the third cell is at x 0, y 16
    answers[4][5] = (1, 0.5, 2, 1.5)
    answers[7][5] = range(10)
    found = detectors.kept(detectors.scrfd(answers, 32, 32), 0.5)
    assert found.boxes.tolist() == [[-16, 8, 32, 40]]
    assert found.points[0].tolist() == [[0 + 16 * x, 16 + 16 * y] for x, y in [(0, 1), (2, 3), (4, 5), (6, 7), (8, 9)]]


def test_yunet_is_read_as_its_makers_read_it() -> None:
    names = {"cls": 1, "obj": 1, "bbox": 4, "kps": 10}
    answers = {
        f"{name}_{stride}": np.zeros((1, (32 // stride) ** 2, columns), dtype=np.float32)
        for name, columns in names.items()
        for stride in (8, 16, 32)
    }
    answers["cls_16"][0, 3], answers["obj_16"][0, 3] = 0.81, 1.0  # at x 16, y 16
    answers["bbox_16"][0, 3] = (0.5, 0.25, math.log(2), math.log(1))
    answers["kps_16"][0, 3] = range(10)
    found = detectors.kept(detectors.yunet(answers, 32, 32), 0.5)
    assert np.allclose(found.sureness, [0.9])
    assert np.allclose(found.boxes, [[8, 12, 40, 28]])
    assert found.points[0].tolist() == [[16 + 16 * x, 32 + 16 * x] for x in (0, 2, 4, 6, 8)]


def test_of_boxes_over_each_other_the_surest_stays() -> None:
    boxes = np.array([[0, 0, 10, 10], [1, 1, 11, 11], [50, 50, 60, 60], [0, 0, 4, 4]], dtype=np.float32)
    sureness = np.array([0.8, 0.9, 0.7, 0.3], dtype=np.float32)
    found = detectors.kept(detectors.Found(sureness, boxes, np.zeros((4, 5, 2), dtype=np.float32)), 0.5)
    assert found.boxes.tolist() == [[1, 1, 11, 11], [50, 50, 60, 60]]


@settings(max_examples=60, deadline=None)
@given(st.floats(-math.pi, math.pi), st.floats(0.2, 8), st.floats(-500, 500), st.floats(-500, 500))
def test_aligning_undoes_any_turn_size_and_shift(turn: float, size: float, x: float, y: float) -> None:
    spin = size * np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    points = aligning.PLACES @ spin.T + [x, y]
    back = aligning.similarity(points)
    assert np.allclose(points @ back[:, :2].T + back[:, 2], aligning.PLACES, atol=1e-6)


@pytest.mark.parametrize("size", [1.0, 2.5, 7.0])
@pytest.mark.parametrize("turn", [0.0, 0.6])
def test_a_chip_has_the_points_at_their_places(size: float, turn: float) -> None:
    spin = size * np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    points = (aligning.PLACES - 56) @ spin.T + 420
    y, x = np.mgrid[:840, :840]
    held = np.zeros((840, 840, 3), dtype=np.uint8)
    for spot in points:
        near = np.exp(-((x - spot[0]) ** 2 + (y - spot[1]) ** 2) / (2 * (1.5 * size) ** 2))
        held = np.maximum(held, (255 * near[..., None]).astype(np.uint8))
    chip = aligning.chip(held, points)[..., 0].astype(float)
    assert chip.shape == (112, 112)
    for px, py in aligning.PLACES:
        left, top = round(px) - 4, round(py) - 4
        part = chip[top : top + 9, left : left + 9]
        down, across = np.mgrid[:9, :9]
        assert abs((part * across).sum() / part.sum() + left - px) < 0.25
        assert abs((part * down).sum() / part.sum() + top - py) < 0.25


def test_points_at_one_place_do_not_end_the_aligning() -> None:
    assert aligning.chip(picture(), np.full((5, 2), 50.0)).shape == (112, 112, 3)


def test_the_name_in_the_file_is_checked_before_weights_are_read(tmp_path: Path) -> None:
    (tmp_path / "faces.json").write_text("[]")
    with pytest.raises(EngineError, match=r"faces\.json"):
        brought.read(tmp_path)


def test_boxes_and_points_are_of_the_picture_not_of_the_detectors_input(tmp_path: Path) -> None:
    engine = chosen(f"onnx:{tiny_models.brought(tmp_path)}")
    small = tiny_models.scene((picture(), 16, 9, 4))
    wide = np.repeat(np.repeat(small[:160], 2, axis=0), 2, axis=1)
    [one], [other] = engine.faces(small), engine.faces(wide)
    assert (one.left, one.top, one.right, one.bottom) == (112, 24, 192, 120)
    assert (other.left, other.top, other.right, other.bottom) == (224, 48, 384, 240)
    assert other.points["nose"] == (304.0, 144.0)
