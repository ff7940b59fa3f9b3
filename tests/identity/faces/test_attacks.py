"""Pictures that are made to cost, and a place at which somebody else listens first."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest
from PIL import Image

from sala.identity.faces import client, gathering, pictures
from sala.identity.faces.client import Away
from sala.identity.faces.engine import Picture
from sala.identity.faces.serving import address, looking, wire


class NoEngine:
    """No pixel of what is too large reaches an engine."""

    name, size, threshold, warning, uses = "none", 1, 0.5, "", ""

    def load(self) -> None:
        """There is nothing to load."""

    def faces(self, picture: Picture) -> list[object]:
        pytest.fail(f"an engine was given {picture.shape}")


@pytest.fixture(scope="module")
def bomb() -> bytes:
    """Forty-nine megapixels of one colour: as many bytes as a frame may have."""
    out = io.BytesIO()
    Image.new("L", (7000, 7000)).save(out, "PNG")
    assert out.tell() < 150_000
    return out.getvalue()


def test_a_film_of_bombs_is_judged_from_its_headers(bomb: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "_pixels", lambda _: pytest.fail("it was unpacked"))
    answer = looking.answer(wire.Follow([bomb] * 40), NoEngine())  # type: ignore[arg-type]
    assert answer == wire.Followed([None] * 40)
    told = looking.answer(wire.Look(bomb, frame=True), NoEngine())  # type: ignore[arg-type]
    assert isinstance(told, wire.Seen)
    assert [one.code for one in told.advice] == ["too_many_pixels"]


def test_nothing_is_sent_to_a_folder_that_another_made_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SALA_FACES_ADDRESS", raising=False)
    monkeypatch.setenv("SALA_DATA", str(tmp_path / ("x" * 120)))
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path))
    assert address.path().parent == tmp_path / f"sala-{os.getuid()}"
    folder = tmp_path / f"sala-{os.getuid()}"
    folder.mkdir()
    folder.chmod(0o777)
    client.forget()
    with pytest.raises(Away):
        client.ask(wire.About(), to=wire.HOUSE, patience=1)
    folder.chmod(0o700)
    assert address.path().name.endswith(".sock")


def test_what_lies_among_the_pictures_is_read_up_to_a_picture_s_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    film = tmp_path / "film.mp4"
    with film.open("wb") as file:
        file.truncate(20_000_000_000)  # of holes: twenty gigabytes that take no room
    monkeypatch.setattr("sala.identity.faces.engines.chosen", lambda _="": NoEngine())
    (made,) = gathering.gather([(1, film)], workers=1)
    assert (made.template, made.fault) == (None, pictures.FAULTS["too_many_bytes"].en)
