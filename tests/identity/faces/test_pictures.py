"""What arrives as a picture: read, turned upright, made small; or refused with a sentence that says what to do."""

from __future__ import annotations

import io
import pickle
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from sala.identity.faces import pictures
from sala.identity.faces.pictures import PictureError
from tests.identity.faces.made import photograph, picture, saved

pytestmark = pytest.mark.requirement("R-004.10")


def refused(data: bytes) -> str:
    with pytest.raises(PictureError) as caught:
        pictures.decode(data)
    fault = caught.value.faults[0]
    assert fault.field == "picture"
    assert fault.message.th
    assert fault.message.en
    return fault.code


def png_of(width: int, height: int, text: bytes = b"") -> bytes:
    """A PNG whose header says so, and which holds nothing but that text."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    words = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(text)) if text else b""
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + words + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
    )


def test_a_photograph_is_three_colours_of_eight_bits() -> None:
    found = pictures.decode(photograph())
    assert found.dtype == np.uint8
    assert found.shape == (480, 461, 3)
    assert found.flags["C_CONTIGUOUS"]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b"no picture at all", "not_a_picture"),
        (b"%PDF-1.7 " + bytes(200), "not_a_picture"),
        (b"GIF89a" + bytes(200), "not_a_picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not_a_picture"),
        (b"\0\0\0\x18ftypheic" + bytes(200), "heif"),
        (bytes(pictures.MOST_BYTES + 1), "too_many_bytes"),
        (png_of(10_000, 10_000), "too_many_pixels"),
        (png_of(60_000, 60_000), "too_many_pixels"),
        (png_of(1, 1), "too_few_pixels"),
        (png_of(5_000, 20), "too_few_pixels"),
        (png_of(400, 400), "truncated"),
        (photograph()[:20_000], "truncated"),
        (saved(picture())[:20_000], "truncated"),
        (photograph()[:100], "not_a_picture"),
        (png_of(400, 400, text=bytes(2_000_000)), "not_a_picture"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_read_says_what_to_do(data: bytes, code: str) -> None:
    assert refused(data) == code


def test_a_picture_over_the_limit_is_never_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image.Image, "load", lambda _: pytest.fail("unpacked"))
    assert refused(png_of(7_100, 7_100)) == "too_many_pixels"


def test_the_fault_travels_between_processes() -> None:
    error = pickle.loads(pickle.dumps(PictureError("heif")))  # noqa: S301 - our own bytes
    assert error.code == "heif"
    assert error.faults == PictureError("heif").faults
    assert "JPEG" in str(error)


def test_every_fault_is_said_in_both_languages() -> None:
    for code, text in pictures.FAULTS.items():
        assert text.th != text.en, code


def colours(mode: str) -> Image.Image:
    """Left half red, right half white, in that mode."""
    image = Image.new("RGB", (200, 100), "white")
    image.paste((255, 0, 0), (0, 0, 100, 100))
    return image.convert(mode)


@pytest.mark.parametrize(
    ("mode", "kind"),
    [("CMYK", "JPEG"), ("P", "PNG"), ("RGBA", "PNG"), ("RGBA", "WEBP"), ("RGB", "WEBP"), ("RGB", "JPEG")],
)
def test_other_colour_spaces_become_red_green_blue(mode: str, kind: str) -> None:
    found = pictures.decode(saved(colours(mode), kind))
    assert found.shape == (100, 200, 3)
    assert np.allclose(found[50, 40], (255, 0, 0), atol=8)
    assert np.allclose(found[50, 160], (255, 255, 255), atol=8)


@pytest.mark.parametrize("mode", ["1", "L", "LA"])
def test_grey_becomes_three_equal_colours(mode: str) -> None:
    found = pictures.decode(saved(colours(mode), "PNG"))
    assert (found[..., 0] == found[..., 1]).all()
    assert (found[..., 0] == found[..., 2]).all()
    assert found[50, 160].tolist() == [255, 255, 255]


def test_sixteen_bits_of_grey_keep_their_shades() -> None:
    ramp = np.tile(np.linspace(0, 65535, 256).astype(np.uint16), (128, 1))
    found = pictures.decode(saved(Image.fromarray(ramp)))
    assert np.abs(found[10, :, 0].astype(int) - np.arange(256)).max() <= 1


def test_what_is_transparent_is_white() -> None:
    found = pictures.decode(saved(Image.new("RGBA", (120, 120), (200, 0, 0, 0))))
    assert (found == 255).all()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_of_exif_is_turned_upright(orientation: int) -> None:
    upright = Image.fromarray(np.arange(120 * 200 * 3, dtype=np.uint32).reshape(120, 200, 3).astype(np.uint8))
    undo = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # the transpositions of Pillow that lay it down so
    lying = upright.transpose(Image.Transpose(undo[orientation])) if orientation > 1 else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    assert (pictures.decode(saved(lying, "PNG", exif=exif)) == np.asarray(upright)).all()


# Which way is up, as a word: "abc".
WORDS = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x02\0\0\0\x04abc\0\0\0\0\0"


@pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow says it of the broken data
@pytest.mark.parametrize("exif", [b"Exif\0\0broken", b"Exif\0\0MM\0*\0\0\0\x08\xff\xff", b"", WORDS])
def test_broken_exif_data_does_not_cost_the_picture(exif: bytes) -> None:
    assert pictures.decode(saved(picture(), "JPEG", exif=exif)).shape == picture().shape


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_large_picture_is_made_small(kind: str) -> None:
    large = Image.fromarray(picture()).resize((3073, 3200))
    found = pictures.decode(saved(large, kind, **({"compress_level": 1} if kind == "PNG" else {})))
    assert max(found.shape) == pictures.LONGEST_SIDE
    assert abs(found.shape[1] / found.shape[0] - 3073 / 3200) < 0.002


def test_the_clean_picture_has_pixels_alone() -> None:
    exif = Image.Exif()
    exif[0x010F] = "A maker's name"
    given_ = saved(picture(), "JPEG", exif=exif, comment=b"where it was taken")
    assert b"maker" in given_
    clean = pictures.clean_jpeg(pictures.decode(given_))
    assert b"maker" not in clean
    assert b"taken" not in clean
    assert not Image.open(io.BytesIO(clean)).getexif()


@settings(max_examples=150, deadline=None)
@given(
    st.binary(max_size=300), st.sampled_from([b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\x40\0\0\0WEBPVP8 "])
)
def test_random_bytes_are_refused_and_nothing_worse(data: bytes, beginning: bytes) -> None:
    with pytest.raises(PictureError):
        pictures.decode(beginning + data)


SEEDS = [
    saved(colours(mode), kind) for mode, kind in [("RGB", "JPEG"), ("P", "PNG"), ("RGBA", "WEBP"), ("CMYK", "JPEG")]
]


@settings(max_examples=250, deadline=None)
@given(
    st.sampled_from(SEEDS),
    st.lists(st.tuples(st.integers(0, 4000), st.binary(min_size=0, max_size=4)), min_size=1, max_size=6),
    st.integers(0, 400),
)
def test_a_mutated_file_is_read_or_refused_and_nothing_worse(
    data: bytes, changes: list[tuple[int, bytes]], cut: int
) -> None:
    broken = bytearray(data)
    for at, new in changes:
        start = at % len(broken)
        broken[start : start + len(new)] = new
    try:
        found = pictures.decode(bytes(broken[: len(broken) - cut % len(broken)]))
    except PictureError:
        return
    assert found.dtype == np.uint8
    assert found.ndim == 3


def test_a_picture_that_memory_does_not_hold_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    def none_left(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr(Image.Image, "convert", none_left)
    monkeypatch.setattr(Image.Image, "thumbnail", none_left)
    assert refused(photograph()) == "too_many_pixels"
