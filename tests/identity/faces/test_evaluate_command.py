"""`sala faces evaluate`: from folders of pictures to a table, a plot and an operating point."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from sala.identity.faces import comparing
from sala.identity.faces.models import OperatingPoint
from sala.kit import audit
from sala.web.cli import main
from tests.identity.faces import tiny_models
from tests.identity.faces.made import FACES

pytestmark = pytest.mark.requirement("R-004.14")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """27 people with three pictures each, for the tiny engine: 81 pairs of one person, 3,159 of two."""
    place = tmp_path_factory.mktemp("people")
    rng = np.random.default_rng(8)
    for person in range(27):
        (place / f"{person:02}").mkdir()
        shape = rng.integers(0, 256, (6, 5, 3), dtype=np.uint8)
        face = np.asarray(Image.fromarray(shape).resize((80, 96)))
        for number in range(3):
            noisy = (face + rng.normal(0, 20, face.shape)).clip(0, 255).astype(np.uint8)
            Image.fromarray(tiny_models.scene((noisy, 16, 9, 9))).save(place / f"{person:02}" / f"{number}.png")
    (place / "00" / "notes.txt").write_text("no picture")
    (place / "01" / "empty.png").write_bytes(b"")
    Image.new("RGB", (200, 200)).save(place / "02" / "nobody.png")
    (place / ".hidden").mkdir()
    (place / "loose.png").write_bytes(b"belongs to nobody")
    return place


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SALA_FACES_ENGINE", f"onnx:{tiny_models.brought(tmp_path / 'weights')}")


def run(folder: Path, out: Path, *more: str, workers: int = 1) -> Result:
    return CliRunner().invoke(
        main, ["faces", "evaluate", str(folder), "--out", str(out), "--workers", str(workers), *more]
    )


@pytest.mark.usefixtures("tiny")
def test_it_measures_and_tells_what_it_could_not_read(folder: Path, tmp_path: Path) -> None:
    done = run(folder, tmp_path / "out")
    assert done.exit_code == 0, done.output
    assert "81 pictures of 27 people; 3 without a face" in done.output
    assert "81 pairs of one person, 3,159 of two" in done.output
    assert "notes.txt: This file is not a picture" in done.stderr
    assert "empty.png: No picture arrived" in done.stderr
    assert "nobody.png: No face was found" in done.stderr
    assert "loose.png" not in done.output
    assert done.stdout.count("too few pairs to tell") == 3, "of 0.1 %, 0.01 %, 0.001 %"
    figures = json.loads((tmp_path / "out" / "faces-tiny-scrfd.json").read_text())
    assert figures["points"][0]["told"]
    assert figures["eer"] < 0.1
    assert "<svg" in (tmp_path / "out" / "faces-tiny-scrfd.svg").read_text()


@pytest.mark.usefixtures("tiny")
def test_the_same_by_several_processes_and_of_fewer_pairs(folder: Path, tmp_path: Path) -> None:
    done = run(folder, tmp_path, "--most-impostors", "500", workers=2)
    assert "81 pairs of one person, 500 of two" in done.output


@pytest.mark.django_db
@pytest.mark.usefixtures("tiny")
def test_the_operating_point_is_set_and_audited(folder: Path, tmp_path: Path) -> None:
    done = run(folder, tmp_path, "--set", "0.01")
    assert done.exit_code == 0, done.output
    point = OperatingPoint.objects.get()
    assert point.engine == "tiny-scrfd"
    assert (point.genuine, point.impostors) == (81, 3_159)
    assert point.fmr <= 0.01
    assert comparing.threshold("tiny-scrfd", 0.6) == point.threshold
    assert comparing.threshold("another", 0.6) == 0.6
    [entry] = audit.of_subject("engine:tiny-scrfd")
    assert entry.action == "faces.operating_point"
    assert entry.detail["threshold"] == point.threshold


@pytest.mark.django_db
@pytest.mark.usefixtures("tiny")
def test_a_rate_that_so_few_pairs_cannot_tell_is_not_set(folder: Path, tmp_path: Path) -> None:
    done = run(folder, tmp_path, "--set", "0.001")
    assert done.exit_code == 1
    assert "At least 30,000 pairs of two people" in done.output
    assert not OperatingPoint.objects.exists()


@pytest.mark.usefixtures("tiny")
@pytest.mark.parametrize("people", [[], ["one"], ["one", "other"]])
def test_a_folder_that_tells_nothing_is_refused(people: list[str], folder: Path, tmp_path: Path) -> None:
    for name, source in zip(people, ("03", "04"), strict=False):
        (tmp_path / "few" / name).mkdir(parents=True)
        (tmp_path / "few" / name / "0.png").write_bytes((folder / source / "0.png").read_bytes())
    (tmp_path / "few").mkdir(exist_ok=True)
    done = run(tmp_path / "few", tmp_path / "out")
    assert done.exit_code == 1
    assert "must hold a folder for each person" in done.output


def test_an_engine_that_cannot_be_used_is_named(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SALA_FACES_ENGINE", f"onnx:{tmp_path}")
    done = run(folder, tmp_path)
    assert done.exit_code == 1
    assert "faces.json cannot be read" in done.output


def test_dlib_on_the_real_faces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SALA_FACES_ENGINE", "dlib")
    done = run(FACES, tmp_path)
    assert "dlib-resnet-1: 5 pictures of 3 people" in done.output
    assert "3 pairs of one person, 7 of two" in done.output
    figures = json.loads((tmp_path / "faces-dlib-resnet-1.json").read_text())
    assert (figures["shipped"]["fmr"]["errors"], figures["shipped"]["fnmr"]["errors"]) == (0, 0)
