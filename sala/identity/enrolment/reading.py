"""Reading a picture of an identity card: a help to whoever types, and never the truth.

By tesseract (Apache-2.0), where the machine has it with Thai and English: in a process of its own, in limited time, one
at a time in each web process. The picture goes through its standard input and is written nowhere. A number counts as
read only if its last digit fits the others; names are shown to be looked over, and are not used.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import threading
from dataclasses import dataclass
from datetime import date
from functools import cache

from sala.identity.enrolment import forms
from sala.identity.people import rules
from sala.kit.text import language

SECONDS = 12.0
_ERA = 543
_LANGUAGES = frozenset({"tha", "eng"})
_one = threading.BoundedSemaphore(1)
_NUMBER = re.compile(r"(?<!\d)\d(?:[ \-.]?\d){12}(?!\d)")
_LOOKS_LIKE = str.maketrans("OoQDIl|!SsBZ", "000011115582")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ENGLISH_DAY = re.compile(r"(\d{1,2})\s*(" + "|".join(_MONTHS) + r")\w*[.,]?\s*(\d{4})", re.IGNORECASE)
_THAI_MONTHS = ("มค", "กพ", "มีค", "เมย", "พค", "มิย", "กค", "สค", "กย", "ตค", "พย", "ธค")
_THAI_DAY = re.compile(r"(\d{1,2})\s*(" + "|".join(_THAI_MONTHS) + r")\s*(\d{4})")
_BIRTH = re.compile(r"birth|เกิด", re.IGNORECASE)
_THAI_NAME = re.compile(r"(?:นาย|นางสาว|นาง|น\.ส\.|เด็กชาย|เด็กหญิง|ด\.ช\.|ด\.ญ\.)[ \u0e00-\u0e7f]{3,60}")
_GIVEN = re.compile(r"\b((?:Mrs?|Miss|Master)\b\.?[ ]+[A-Z][A-Za-z.' -]{1,40})")
_FAMILY = re.compile(r"(?:Last|ast)\s*[Nn]ame[ :]+([A-Z][A-Za-z.' -]{1,40})")


@dataclass(frozen=True, slots=True)
class Found:
    """What could be read; empty or None is what could not."""

    pid: str = ""
    birth_date: date | None = None
    names: tuple[str, ...] = ()

    def fields(self) -> dict[str, str]:
        """What stands in the form's boxes, for a person to look over."""
        born = self.birth_date
        era = _ERA if language() == "th" else 0
        return {
            "pid": rules.written_pid(self.pid),
            "birth": f"{born.day} {born.month} {born.year + era}" if born else "",
        }


@cache
def available() -> bool:
    """Whether this machine reads cards; where it does not, people type."""
    found = shutil.which("tesseract")
    if not found:
        return False
    listed = subprocess.run(  # noqa: S603 - constants
        [found, "--list-langs"], capture_output=True, text=True, timeout=10, check=False
    )
    return set(listed.stdout.split()) >= _LANGUAGES


def read(data: bytes) -> Found:
    """What stands on the card in the picture; nothing where it cannot be read in time, or at all. Raises Invalid for
    what is no picture."""
    prepared = _prepared(data)
    if not available() or not _one.acquire(timeout=SECONDS):
        return Found()
    try:
        return of_text(_text(prepared))
    finally:
        _one.release()


def _prepared(data: bytes) -> bytes:
    """Upright, grey, of even brightness, and of a size at which letters are read best."""
    from PIL import Image, ImageOps

    from sala.identity.faces import pictures  # brings numpy: only where somebody sends a picture

    grey = ImageOps.autocontrast(Image.fromarray(pictures.decode(data)).convert("L"), cutoff=1)
    if grey.width < 1400:
        grey = grey.resize((1400, round(grey.height * 1400 / grey.width)), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    grey.save(out, "PNG", compress_level=1)
    return out.getvalue()


def _text(picture: bytes) -> str:
    command = ["tesseract", "stdin", "stdout", "-l", "tha+eng", "--psm", "6"]
    # One thread: a card is no reason to keep every core from the pages.
    frugal = {"OMP_THREAD_LIMIT": "1", "PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8"}
    if prefix := os.environ.get("TESSDATA_PREFIX"):
        frugal["TESSDATA_PREFIX"] = prefix
    try:
        done = subprocess.run(  # noqa: S603 - constants; the picture goes through standard input
            command, input=picture, capture_output=True, timeout=SECONDS, env=frugal, check=False
        )
    except (subprocess.TimeoutExpired, OSError):
        return ""
    return done.stdout.decode("utf-8", "replace")


def of_text(text: str) -> Found:
    """What of a card's text means something."""
    return Found(_pid(text), _birth(text), _names(text))


def _pid(text: str) -> str:
    """The first number whose last digit fits; letters that look like digits are tried as such."""
    for tried in (text, text.translate(_LOOKS_LIKE)):
        numbers = (forms.digits(found) for found in _NUMBER.findall(tried))
        if found := next((number for number in numbers if rules.is_pid(number)), ""):
            return found
    return ""


def _birth(text: str) -> date | None:
    """The day that stands beside the word; a card also has the days of issue and of expiry."""
    for line in text.splitlines():
        if _BIRTH.search(line) and (found := _day(line)):
            return found
    return None


def _day(line: str) -> date | None:
    if found := _ENGLISH_DAY.search(line):
        return _made(int(found[3]), _MONTHS.index(found[2].lower()) + 1, int(found[1]))
    if found := _THAI_DAY.search(line.replace(".", "").replace(" ", "")):
        return _made(int(found[3]) - _ERA, _THAI_MONTHS.index(found[2]) + 1, int(found[1]))
    return None


def _made(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _names(text: str) -> tuple[str, ...]:
    thai = _THAI_NAME.search(text)
    given, family = _GIVEN.search(text), _FAMILY.search(text)
    latin = " ".join(found[1].strip() for found in (given, family) if found)
    return tuple(" ".join(name.split()) for name in (thai[0] if thai else "", latin) if name)
