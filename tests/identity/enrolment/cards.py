"""A picture of an identity card of somebody who does not exist, drawn with the project's own fonts."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

FONTS = Path(__file__).resolve().parents[3] / "sala/engine/documents/fonts"


def picture(pid: str, *, thai: str, given: str, family: str, born_th: str, born_en: str) -> bytes:
    """A JPEG as a telephone takes it: a card on a table, a little dull."""
    card = Image.new("RGB", (1500, 940), "#dcebf2")
    draw = ImageDraw.Draw(card)
    draw.rounded_rectangle((10, 10, 1490, 930), 40, outline="#7aa5b8", width=6)
    draw.rectangle((1180, 480, 1430, 800), fill="#b8c4c9")
    lines = (
        (60, 50, "บัตรประจำตัวประชาชน  Thai National ID Card", 46), (60, 130, "เลขประจำตัวประชาชน", 34),
        (60, 180, f"Identification Number   {pid}", 50), (60, 290, f"ชื่อตัวและชื่อสกุล  {thai}", 46),
        (60, 370, f"Name  {given}", 44), (60, 435, f"Last name  {family}", 44),
        (60, 530, f"เกิดวันที่  {born_th}", 42), (60, 600, f"Date of Birth  {born_en}", 42),
        (60, 760, "20 ก.ค. 2565          18 ก.ค. 2574", 34),
        (60, 820, "Date of Issue 20 Jul. 2022    Date of Expiry 18 Jul. 2031", 32),
    )  # fmt: skip
    for x, y, text, size in lines:
        draw.text((x, y), text, fill="#1d2b33", font=ImageFont.truetype(str(FONTS / "Sarabun-Regular.ttf"), size))
    table = Image.new("RGB", (1700, 1140), "#8a7b66")
    table.paste(card, (100, 100))
    out = io.BytesIO()
    table.save(out, "JPEG", quality=80)
    return out.getvalue()
