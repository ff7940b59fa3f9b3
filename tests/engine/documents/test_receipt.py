from __future__ import annotations

import io
import unicodedata
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from sala.engine.documents import copying
from sala.engine.documents.services import receipt_pdf
from sala.kit.text import Text

ADDRESS = "https://sala.example/cases/TM47-P5ZC25CS-S/?key=abc"
GIVEN: dict[str, Any] = {
    "title": Text(th="ใบรับแจ้งที่พักอาศัยเกิน 90 วัน (ตม.47)", en="Receipt of 90-day report (TM.47)"),
    "agency": Text(th="สำนักงานตรวจคนเข้าเมือง", en="Immigration Bureau"),
    "reference": "TM47-P5ZC25CS-S",
    "rows": [
        (Text(th="เลขที่", en="Number"), "TM47-P5ZC25CS-S"),
        (Text(th="ชื่อ", en="Name"), "Nguyễn Văn Anh-Müller"),
        (Text(th="หนังสือเดินทางเลขที่", en="Passport number"), "AB1234567"),
        (Text(th="ว่าง", en="Empty"), ""),
    ],
    "text": Text(th="ท่านได้แจ้งที่พักอาศัยแล้ว ทั้งนี้ ไม่ใช่การอนุญาตให้อยู่ต่อ", en="This is not an extension of stay."),
    "highlight": (
        Text(th="กำหนดแจ้งครั้งถัดไป", en="Next report due"),
        Text(th="20 กุมภาพันธ์ 2570", en="20 February 2027"),
    ),
    "footer": Text(th="เข้ามาใหม่ นับใหม่", en="A new entry starts a new count."),
    "verify_url": ADDRESS,
    "language": "th",
    "issued_on": date(2026, 11, 23),
}


def receipt(**changes: Any) -> PdfReader:
    return PdfReader(io.BytesIO(receipt_pdf(**{**GIVEN, **changes})))


def text_of(pdf: PdfReader) -> str:
    """As a reader gets it that does not know ActualText, with ำ put together again."""
    return whole("\n".join(page.extract_text() for page in pdf.pages))


def whole(text: str) -> str:
    for tone in ["", *"\u0e48\u0e49\u0e4a\u0e4b"]:
        text = text.replace(f"\u0e4d{tone}\u0e32", f"{tone}\u0e33")
    return text


@pytest.mark.parametrize(("language", "due"), [("th", "20 กุมภาพันธ์ 2570"), ("en", "20 February 2027")])
def test_a_receipt_says_what_it_is_in_both_languages(language: str, due: str) -> None:
    pdf = receipt(language=language)
    text = text_of(pdf)
    assert len(pdf.pages) == 1
    for words in ("ใบรับแจ้งที่พักอาศัยเกิน 90 วัน (ตม.47)", "Receipt of 90-day report (TM.47)", "AB1234567", due):
        assert words in text
    assert "กำหนดแจ้งครั้งถัดไป" in text
    assert "Nguyễn Văn Anh-Müller" in unicodedata.normalize("NFC", text)
    assert "ว่าง" not in text
    assert pdf.trailer["/Root"]["/Lang"] == language


def test_it_is_tagged_and_archival() -> None:
    pdf = receipt()
    root = pdf.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert "/StructTreeRoot" in root
    metadata = root["/Metadata"].get_data().decode()
    assert "<pdfaid:part>2</pdfaid:part><pdfaid:conformance>A</pdfaid:conformance>" in metadata
    assert "<pdfuaid:part>1</pdfuaid:part>" in metadata
    assert pdf.pdf_header == "%PDF-1.7"
    for page in pdf.pages:
        for font in page["/Resources"]["/Font"].values():
            assert "/FontFile2" in font.get_object()["/DescendantFonts"][0].get_object()["/FontDescriptor"]


def test_the_same_case_gives_the_same_bytes() -> None:
    assert receipt_pdf(**GIVEN) == receipt_pdf(**GIVEN)
    assert receipt_pdf(**GIVEN) != receipt_pdf(**{**GIVEN, "issued_on": date(2026, 11, 24)})


def test_without_a_next_date_there_is_no_slip_but_still_a_code() -> None:
    text = text_of(receipt(highlight=None))
    assert "ตัดเก็บไว้" not in text
    assert "ตรวจสอบเอกสารนี้" in text
    assert ADDRESS.split("?", maxsplit=1)[0] in text


def test_one_language_is_enough() -> None:
    text = text_of(receipt(title="Permit", agency="Office", rows=[("Name", "Ann")], text="", footer="", highlight=None))
    assert "Permit" in text


@pytest.mark.parametrize("name", ["小林 さくら", "😀", "Владимир", "a\x00b"])
def test_what_the_font_lacks_does_not_stop_a_receipt(name: str) -> None:
    assert "?" in text_of(receipt(rows=[("Name", name)]))


def test_long_words_and_many_rows_fit_on_more_pages() -> None:
    rows = [(f"Question {i}", "ข้อความยาวมาก " * 20) for i in range(30)]
    pdf = receipt(rows=rows)
    assert len(pdf.pages) > 1
    assert "กำหนดแจ้งครั้งถัดไป" in text_of(pdf)


@pytest.mark.parametrize(
    "words",
    [
        "ที่นี่ น้ำ ผู้ กรุงเทพฯ ครั้ง หนึ่ง สิ่ง ทั้งนี้ ปั๊ม ฝั่ง ฟื้น ปี่ ญี่ปุ่น ฐานะ กิ้งก่า เก็บ ก็",
        "จำนำ คำ น้ำค้าง ซ้ำ ต่ำ ค่ำ ช้ำ ย่ำ ป่า ป้า ฟ้า ฝ้าย โต๊ะ เก๋า จ๋า ศิลป์ สิทธิ์ พันธุ์",
        "0123456789 ABC xyz (ตม.47) 99/1 หมู่ 4",
    ],
)
def test_thai_copies_right(words: str) -> None:
    pdf = PdfReader(io.BytesIO(receipt_pdf(**{**GIVEN, "text": words, "highlight": None})))
    assert words in text_of(pdf).replace("\n", " ").replace("  ", " ")
    assert words.split(maxsplit=1)[0] in acted(pdf)


def acted(pdf: PdfReader) -> str:
    """As a reader gets it that prefers ActualText."""
    found = ""
    for page in pdf.pages:
        fonts = page["/Resources"]["/Font"]
        numbers = {name: fonts.raw_get(name).idnum for name in fonts}
        tables = {numbers[name]: copying._table(fonts[name].get_object()) for name in fonts}  # noqa: SLF001
        spans = copying._spans(page["/Contents"].get_object().get_data(), numbers, tables)  # noqa: SLF001
        found += "".join(span.text for span in spans)
    return found


SYLLABLES = st.builds(
    "".join,
    st.tuples(
        st.sampled_from(["", "เ", "แ", "โ", "ไ"]),
        st.sampled_from([chr(c) for c in range(0x0E01, 0x0E2F) if chr(c) not in "ฤฦ"]),
        st.sampled_from(["", "ั", "ิ", "ี", "ึ", "ื", "ุ", "ู"]),
        st.sampled_from(["", "่", "้", "๊", "๋"]),
        st.sampled_from(["", "า", "น", "ง"]),
    ),
)


@settings(max_examples=15, deadline=None)
@given(st.lists(SYLLABLES, min_size=1, max_size=60))
def test_any_syllables_copy_right(syllables: list[str]) -> None:
    """Both kinds of reader get exactly what was written, however syllables repeat."""
    words = " ".join(syllables)
    pdf = PdfReader(io.BytesIO(receipt_pdf(**{**GIVEN, "text": words, "highlight": None})))
    assert "".join(syllables) in "".join(text_of(pdf).split())
    assert "".join(syllables) in "".join(acted(pdf).split())


def test_what_typst_makes_alone_would_copy_wrongly() -> None:
    """The reason for `copying`: when this fails, Typst has learnt it and the module can go."""
    from sala.engine.documents import forms, services

    plain: list[bytes] = []
    original = copying.mended
    services.copying.mended = lambda pdf: plain.append(pdf) or pdf  # type: ignore[func-returns-value]
    try:
        receipt_pdf(**GIVEN)
    finally:
        services.copying.mended = original
    assert forms.STANDARDS == ["a-2a", "ua-1"]
    assert "ทั้งนี้" not in text_of(PdfReader(io.BytesIO(plain[0])))
