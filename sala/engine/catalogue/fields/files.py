"""Files: their kind is told by their content, never by their name."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

import filetype

from sala.engine.catalogue.fields import tidy, words
from sala.engine.catalogue.fields.base import CelType, Kind, Widget
from sala.kit.errors import Fault
from sala.kit.text import Language, Text

MEDIA_TYPES = {"pdf": "application/pdf", "jpeg": "image/jpeg", "png": "image/png", "heic": "image/heic"}
_NAMES = {"pdf": "PDF", "jpeg": "JPEG", "png": "PNG", "heic": "HEIC"}
_KEYS = {"id", "name", "size", "media_type"}
MEGABYTE = 1_000_000
LONGEST_NAME = 120


class FileKind(Kind):
    """A file that was uploaded beforehand: its id, name, size in bytes and media type."""

    multipart = True

    def inspect(self, name: str, content: bytes) -> dict[str, Any] | Fault:
        """An upload's name, size and media type, or what is wrong with it."""
        if not content:
            return self.fault("empty", th="ไฟล์ว่างเปล่า โปรดเลือกไฟล์อื่น", en="this file is empty; choose another")
        if len(content) > self.field.max_megabytes * MEGABYTE:
            return self._too_large()
        media_type = filetype.guess_mime(content[:262])
        if media_type not in self._accepted():
            return self._wrong_kind()
        return {"name": _base_name(name, media_type), "size": len(content), "media_type": media_type}

    def parse(self, posted: Mapping[str, str], today: date) -> None:
        """Nothing: a file does not come as text. The page keeps what was uploaded (`Loaded.clean_page`)."""

    def clean(self, value: object, today: date) -> dict[str, Any] | Fault | None:
        if not isinstance(value, Mapping) or set(value) != _KEYS or not _shaped(value):
            return self.fault(
                "type",
                th="ต้องส่ง id, name, size และ media_type ของไฟล์ที่อัปโหลดแล้ว",
                en="send id, name, size and media_type of a file uploaded before",
            )
        if value["size"] > self.field.max_megabytes * MEGABYTE:
            return self._too_large()
        return dict(value) if value["media_type"] in self._accepted() else self._wrong_kind()

    def _accepted(self) -> set[str]:
        return {MEDIA_TYPES[kind] for kind in self.field.accept}

    def _kinds(self, last: str) -> str:
        return words.listed([_NAMES[kind] for kind in self.field.accept], last)

    def missing(self) -> Fault:
        return self.fault("required", th="โปรดเลือกไฟล์", en="choose a file")

    def _too_large(self) -> Fault:
        most = self.field.max_megabytes
        return self.fault(
            "too_large",
            th=f"ไฟล์ใหญ่เกินไป โปรดเลือกไฟล์ที่ไม่เกิน {most} MB เช่น ถ่ายภาพใหม่ด้วยความละเอียดที่ต่ำลง",
            en=f"this file is too large; choose one of {most} MB or less, such as a photo of lower resolution",
        )

    def _wrong_kind(self) -> Fault:
        return self.fault(
            "file_kind",
            th=f"ไม่รองรับไฟล์ชนิดนี้ โปรดเลือกไฟล์ {self._kinds('หรือ')}",
            en=f"this kind of file cannot be taken; choose a {self._kinds('or')} file",
        )

    def schema(self) -> dict[str, Any]:
        return {
            "type": "object",
            "properties": {
                "id": {"type": "string", "format": "uuid"},
                "name": {"type": "string", "minLength": 1, "maxLength": LONGEST_NAME},
                "size": {"type": "integer", "minimum": 1, "maximum": self.field.max_megabytes * MEGABYTE},
                "media_type": {"type": "string", "enum": sorted(self._accepted())},
            },
            "required": sorted(_KEYS),
            "additionalProperties": False,
        }

    def display(self, value: Mapping[str, Any], language: Language) -> str:
        return str(value["name"])

    def typed(self, value: Mapping[str, Any], language: Language) -> dict[str, str]:
        return {}

    def variables(self) -> dict[str, CelType]:
        return {".name": "text", ".size": "number", ".media_type": "text"}

    def bind(self, value: Mapping[str, Any]) -> dict[str, Any]:
        return {".name": value["name"], ".size": value["size"], ".media_type": value["media_type"]}

    def sample(self) -> dict[str, Any]:
        media_type = MEDIA_TYPES[self.field.accept[0]]
        return {"id": str(UUID(int=0)), "name": "x", "size": 1, "media_type": media_type}

    def widget(self, typed: Mapping[str, str], faults: list[Fault], language: Language) -> Widget:
        most = self.field.max_megabytes
        limits = Text(th=f"{self._kinds('หรือ')} ไม่เกิน {most} MB", en=f"{self._kinds('or')}, {most} MB or less")
        params = self.params(typed, faults, language)
        del params["value"]
        accept = ",".join(sorted(self._accepted()))
        extra = {**self.hint(language, limits), "attributes": {"accept": accept}}
        return {"component": "file-upload", "params": {**params, **extra}}


def _shaped(value: Mapping[str, Any]) -> bool:
    name, size = value["name"], value["size"]
    return (
        _is_uuid(value["id"])
        and isinstance(name, str)
        and 0 < len(name) <= LONGEST_NAME
        and name.isprintable()
        and isinstance(size, int)
        and not isinstance(size, bool)
        and size > 0
        and isinstance(value["media_type"], str)
    )


def _is_uuid(text: object) -> bool:
    try:
        return isinstance(text, str) and str(UUID(text)) == text
    except ValueError:
        return False


def _base_name(name: str, media_type: str) -> str:
    """A name that can be shown and downloaded: no folders, nothing unseen, not too long."""
    base = name.replace("\\", "/").rpartition("/")[2]
    base = "".join(character for character in base if character.isprintable())
    base = tidy.strip(base).lstrip(".")
    if len(base) > LONGEST_NAME:
        stem, dot, ending = base.rpartition(".")
        base = f"{stem[: LONGEST_NAME - 10]}{dot}{ending[:8]}" if dot else base[:LONGEST_NAME]
    return base or f"file.{media_type.rpartition('/')[2]}"
