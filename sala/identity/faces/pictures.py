"""A picture as it arrives, made into the one form that the engines read: upright, red-green-blue, of bounded size.

What cannot be read raises PictureError, which says what to do. Nothing of the file but its pixels goes further: no
place, no time, no name of a camera. No Django here.
"""

from __future__ import annotations

import io
from typing import Final

import numpy as np
from PIL import Image

from sala.identity.faces.engine import Picture
from sala.kit.errors import Fault, Invalid
from sala.kit.text import Text

FORMATS: Final = ("JPEG", "PNG", "WEBP")
MOST_BYTES: Final = 12_000_000
MOST_PIXELS: Final = 50_000_000
"""Judged from the header: 50 megapixels are 150 MB once unpacked, and phones' cameras stay below."""
MOST_OF_A_FRAME: Final = 4_000_000
"""Pixels of what a camera sends while it is live: fifty megapixels of one colour are as few bytes, and cost a worker
half a second each, forty times a film."""
LEAST_SIDE: Final = 96
"""Pixels. A face in less has no sixty pixels between its eyes; `quality` then judges the face itself."""
LONGEST_SIDE: Final = 1600
"""Pixels: what is larger is made smaller. No engine reads more of a face than 150 × 150, and time and memory are
bounded so."""

_ORIENTATION = 0x0112
# EXIF 2.32, 4.6.4 A "Orientation": how to turn each of the eight upright.
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_SMOOTH = ("RGB", "RGBA", "L", "LA", "CMYK", "YCbCr")
"""Where values between two colours are colours between them; a palette's are not."""
_HEIF_BRANDS = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1", b"avif")

FAULTS: Final = {
    "empty": Text(th="ไม่ได้รับภาพ โปรดถ่ายหรือเลือกภาพอีกครั้ง", en="No picture arrived. Take or choose it again"),
    "not_a_picture": Text(
        th="ไฟล์นี้ไม่ใช่ภาพที่อ่านได้ โปรดใช้ภาพ JPEG, PNG หรือ WebP",
        en="This file is not a picture that can be read. Use a JPEG, PNG or WebP picture",
    ),
    "heif": Text(
        th="ระบบอ่านภาพแบบ HEIC ไม่ได้ โปรดถ่ายภาพในหน้านี้ หรือบันทึกภาพเป็น JPEG ก่อน",
        en="Pictures in the HEIC format cannot be read. Take it on this page, or save it as JPEG first",
    ),
    "truncated": Text(th="ไฟล์ภาพมาไม่ครบ โปรดส่งภาพอีกครั้ง", en="Part of the picture is missing. Send it again"),
    "too_many_bytes": Text(
        th=f"ไฟล์ภาพใหญ่เกินไป โปรดใช้ภาพไม่เกิน {MOST_BYTES // 1_000_000} MB",
        en=f"The picture's file is too large. Use one of {MOST_BYTES // 1_000_000} MB or less",
    ),
    "too_many_pixels": Text(
        th=f"ภาพมีขนาดใหญ่เกินไป โปรดใช้ภาพไม่เกิน {MOST_PIXELS // 1_000_000} ล้านพิกเซล",
        en=f"The picture has too many pixels. Use one of {MOST_PIXELS // 1_000_000} megapixels or less",
    ),
    "too_few_pixels": Text(
        th=f"ภาพเล็กเกินไป โปรดใช้ภาพที่กว้างและสูงอย่างน้อย {LEAST_SIDE} พิกเซล",
        en=f"The picture is too small. Use one of at least {LEAST_SIDE} pixels each way",
    ),
}


class PictureError(Invalid):
    """The bytes are no picture that we read. `code` is one of FAULTS; the message says what to do."""

    def __init__(self, code: str, message: Text | None = None) -> None:
        message = message or FAULTS[code]
        super().__init__([Fault("picture", code, message)])
        self.code = code
        self.message = message
        self.args = (code, message)  # so that it travels between processes

    def __str__(self) -> str:
        return self.message.en


def decode(data: bytes, *, most_pixels: int = MOST_PIXELS) -> Picture:
    """The picture in `data`, upright, at most LONGEST_SIDE each way. Raises PictureError, and nothing else."""
    if not data:
        raise PictureError("empty")
    if len(data) > MOST_BYTES:
        raise PictureError("too_many_bytes")
    if data[4:8] == b"ftyp" and data[8:12] in _HEIF_BRANDS:
        raise PictureError("heif")
    try:
        with _opened(data, most_pixels) as image:
            return _pixels(image)
    except PictureError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError) as error:
        raise PictureError("too_many_pixels") from error
    except Exception as error:  # what a broken file makes a decoder raise has no end: OSError, struct.error, KeyError …
        raise PictureError("truncated" if "truncated" in str(error) else "not_a_picture") from error


def clean_jpeg(picture: Picture) -> bytes:
    """The picture as a JPEG of its pixels alone."""
    out = io.BytesIO()
    Image.fromarray(picture).save(out, "JPEG", quality=90)
    return out.getvalue()


def shrunk(picture: Picture, longest: int) -> tuple[Picture, float]:
    """The picture with no side over `longest`, and by what it was divided (1 or more)."""
    by = max(picture.shape[:2]) / longest
    if by <= 1:
        return picture, 1.0
    size = (max(1, round(picture.shape[1] / by)), max(1, round(picture.shape[0] / by)))
    image = Image.fromarray(picture).resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0)
    return np.asarray(image), by


def _opened(data: bytes, most_pixels: int) -> Image.Image:
    """The image with its header read and judged; its pixels are still packed."""
    image = Image.open(io.BytesIO(data), formats=FORMATS)
    width, height = image.size
    if width * height > most_pixels:
        raise PictureError("too_many_pixels")
    if min(width, height) < LEAST_SIDE:
        raise PictureError("too_few_pixels")
    return image


def _pixels(image: Image.Image) -> Picture:
    turn = _UPRIGHT.get(_orientation(image))
    image.draft(None, (LONGEST_SIDE, LONGEST_SIDE))  # a JPEG can be unpacked at a half, a quarter, an eighth
    image.load()
    if image.mode in _SMOOTH:  # made small before it is converted: else 50 megapixels would lie in memory twice
        image.thumbnail((LONGEST_SIDE, LONGEST_SIDE), reducing_gap=2.0)
    flat = _rgb(image)
    flat.thumbnail((LONGEST_SIDE, LONGEST_SIDE), reducing_gap=2.0)
    if turn is not None:
        flat = flat.transpose(turn)
    return np.array(flat, dtype=np.uint8)


def _orientation(image: Image.Image) -> int:
    """Which way is up, by the EXIF data; as it lies (1) where these are absent or broken."""
    try:
        return int(image.getexif().get(_ORIENTATION, 1))
    except Exception:  # broken EXIF data is no reason to refuse a whole picture
        return 1


def _rgb(image: Image.Image) -> Image.Image:
    """Any colour space as red, green, blue; what is transparent becomes white."""
    if image.mode.startswith("I"):  # 16 bits of grey: Pillow's own conversion would cut off what is over 255
        grey = np.asarray(image).astype(np.uint32) >> 8
        return Image.fromarray(grey.clip(0, 255).astype(np.uint8)).convert("RGB")
    if not image.has_transparency_data:
        return image.convert("RGB")
    clear = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", clear.size, "white"), clear).convert("RGB")
