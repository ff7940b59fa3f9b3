"""The documents that people get."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date
from typing import Any

import segno

from sala.engine.documents import copying, forms
from sala.kit.text import Text

Words = Text | str
"""Words in both languages, or in one: those of a document are printed in the reader's language, with the other
small beside it, since an applicant and an officer both read it."""

_CHECK = Text(th="ตรวจสอบเอกสารนี้", en="Check this document")
_CUT = Text(th="ตัดเก็บไว้ในหนังสือเดินทาง", en="Cut out and keep in your passport")
_CODE = Text(th="รหัสคิวอาร์ไปยังหน้าตรวจสอบสถานะ", en="QR code of the page that shows the status")


def receipt_pdf(
    *,
    title: Words,
    agency: Words,
    reference: str,
    rows: Sequence[tuple[Words, str]],
    text: Words,
    highlight: tuple[Words, Words] | None,
    footer: Words,
    verify_url: str,
    language: str,
    issued_on: date,
    slip_rows: int = 4,
) -> bytes:
    """A receipt as a tagged PDF (PDF/A-2a, PDF/UA-1) on one A5 sheet.

    `rows` are label and value; `highlight` (label and value, such as the next due date) is printed big on a slip
    of a passport's size to cut out, with the first `slip_rows` rows. `verify_url` is in the QR code. The same
    arguments give the same bytes. It is not signed yet: it proves itself by the page it points to.
    """
    two = _Two(language)
    data = {
        "language": language,
        "other_language": two.other,
        "issued": {"year": issued_on.year, "month": issued_on.month, "day": issued_on.day},
        "title": two.words(title),
        "agency": two.words(agency),
        "text": two.words(text),
        "footer": two.words(footer),
        "rows": [{"label": two.words(label), "value": value} for label, value in rows if value],
        "slip_rows": slip_rows,
        "highlight": highlight and {"label": two.words(highlight[0]), "value": two.words(highlight[1])},
        "check": two.words(_CHECK),
        "cut": two.words(_CUT),
        "qr": _qr(verify_url),
        "qr_alt": f"{_CODE.in_(language)} {reference}",
        "url": verify_url,
        "url_shown": verify_url.split("?", maxsplit=1)[0],
    }
    return copying.mended(forms.pdf("receipt", data))


class _Two:
    """Words in the reader's language and in the other one."""

    def __init__(self, language: str) -> None:
        self.main = language
        self.other = "en" if language == "th" else "th"

    def words(self, words: Words) -> dict[str, Any]:
        if isinstance(words, str):
            return {"main": words, "other": ""}
        return {"main": words.in_(self.main), "other": words.in_(self.other)}


def _qr(address: str) -> str:
    out = io.BytesIO()
    segno.make(address, error="m", micro=False).save(out, kind="svg", border=2, xmldecl=False, nl=False, light="#fff")
    return out.getvalue().decode()
