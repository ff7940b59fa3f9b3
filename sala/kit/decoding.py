"""Reading what callers send, strictly: what could be understood in two ways is refused, with the place named."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from django.http import HttpRequest

from sala.kit.problems import Refused, invalid, malformed

LARGEST_BODY = 1_000_000
DEEPEST = 32
MOST_PARAMETERS = 100
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_JSON_TYPE = re.compile(r'application/json(\s*;\s*charset="?utf-8"?)?', re.IGNORECASE)
_PLACE = re.compile(r" - at `\$(?P<place>[^`]*)`$")
# A text that never ends is taken to the end of the body: tried anew at every quote, it would cost the square of it.
_BRACKETS = re.compile(rb'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|[][{}]', re.DOTALL)


class _RepeatedKeyError(ValueError):
    """An object names a key twice: readers disagree about which one counts."""


def body(request: HttpRequest, decode: Callable[[bytes], Any]) -> Any:
    """The request's JSON. Raises problems 400, 411, 413, 415 or, where JSON is fine and its shape is not, `Invalid`.

    No body at all is read as `{}`, so that an action without words needs none.
    """
    if request.META.get("CONTENT_LENGTH", "") in {"", "0"} and "HTTP_TRANSFER_ENCODING" not in request.META:
        return decode(b"{}")
    if not _JSON_TYPE.fullmatch(request.META.get("CONTENT_TYPE", "")):
        raise Refused("unsupported_media_type")
    length = request.META.get("CONTENT_LENGTH", "")
    if not length.isdigit():
        raise Refused("length_required")
    if int(length) > LARGEST_BODY:
        raise Refused("too_large")
    return decode(request.body)


def strict(shape: Any) -> Callable[[bytes], Any]:
    """A decoder of JSON into `shape` that refuses NaN, broken UTF-8, NUL, repeated keys and deep nesting."""
    decoder = msgspec.json.Decoder(shape)

    def decode(raw: bytes) -> Any:
        try:
            _check_depth(raw)
            value = decoder.decode(raw)
            json.loads(raw, object_pairs_hook=_once_each)
        except msgspec.ValidationError as error:
            raise _misshapen(str(error)) from None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise malformed(f"The body is not valid JSON: {_said(error)}", "ข้อมูลที่ส่งมาไม่ใช่ JSON ที่ถูกต้อง") from None
        except _RepeatedKeyError as error:
            raise malformed(f"The body repeats the key {error}", f"ข้อมูลที่ส่งมามีคีย์ซ้ำ: {error}") from None
        if b"u0000" in raw and _NUL.search(raw):
            raise malformed("The body has a NUL character", "ข้อมูลที่ส่งมามีอักขระ NUL")
        return value

    return decode


def query_reader(shape: Any) -> Callable[[HttpRequest], Any]:
    """A reader of the query as `shape`: a Struct, or None where nothing may be asked. It raises `malformed`."""
    # What fields a Struct has is dear to ask, so it is asked once.
    asked = msgspec.structs.fields(shape) if shape else ()
    fields = {field.encode_name: field.name for field in asked}
    needed = [field.encode_name for field in asked if field.required]

    def read(request: HttpRequest) -> Any:
        asked_for = request.META.get("QUERY_STRING")
        if not needed and not asked_for:
            return shape() if shape else None
        given = _given(request) if asked_for else {}
        if missing := [name for name in needed if name not in given]:
            raise _unlike(missing[0], "This parameter is needed")
        if unknown := sorted(given.keys() - fields.keys()):
            raise malformed(f"There is no parameter {unknown[0]}", f"ไม่มีพารามิเตอร์ {unknown[0]}", unknown[0])
        try:
            found = msgspec.convert(given, shape, strict=False)
        except msgspec.ValidationError as error:
            place, said = _placed(str(error))
            raise _unlike(place, said) from None
        # Read loosely, the text `null` is nothing; but who names a parameter means something.
        for name in given:
            if getattr(found, fields[name]) is None:
                raise _unlike(name, "Expected a value, got `null`")
        return found

    return read


def _given(request: HttpRequest) -> dict[str, str]:
    text = request.META["QUERY_STRING"]
    if not text.isascii():
        text = text.encode("latin-1", "replace").decode(errors="replace")  # WSGI has bytes as characters
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_PARAMETERS)
    except ValueError:
        raise malformed("The query has too many parameters", "พารามิเตอร์มากเกินไป") from None
    given: dict[str, str] = {}
    for name, value in pairs:
        if name in given:
            raise malformed(f"The parameter {name} is given twice", f"พารามิเตอร์ {name} ซ้ำ", name)
        if not value.isprintable():
            raise malformed(f"The parameter {name} has control characters", f"พารามิเตอร์ {name} มีอักขระควบคุม", name)
        given[name] = value
    return given


def _unlike(place: str, said: str) -> Refused:
    return malformed(f"{place}: {said}", f"พารามิเตอร์ {place} ไม่ถูกต้อง", place)


def _check_depth(raw: bytes) -> None:
    if raw.count(b"[") + raw.count(b"{") <= DEEPEST:
        return
    depth = 0
    for token in _BRACKETS.finditer(raw):
        depth += {b"[": 1, b"{": 1, b"]": -1, b"}": -1}.get(token[0], 0)
        if depth > DEEPEST:
            raise malformed(f"The body is nested deeper than {DEEPEST}", f"ข้อมูลซ้อนกันลึกเกิน {DEEPEST} ชั้น")


def _once_each(pairs: list[tuple[str, Any]]) -> None:
    keys = [key for key, _ in pairs]
    if len(set(keys)) != len(keys):
        raise _RepeatedKeyError(next(key for i, key in enumerate(keys) if key in keys[:i])[:100])


def _misshapen(message: str) -> Exception:
    place, said = _placed(message)
    return invalid(place, "type", "รูปแบบข้อมูลไม่ตรงตามเอกสาร", f"{said}")


def _placed(message: str) -> tuple[str, str]:
    """`Expected x - at `$.a[0]`` → (`a.0`, `Expected x`)."""
    found = _PLACE.search(message)
    if not found:
        return "", message
    place = re.sub(r"\[([^\]]*)\]", r".\1", found["place"]).lstrip(".")
    return place, message[: found.start()]


def _said(error: Exception) -> str:
    return "nested too deeply" if isinstance(error, RecursionError) else str(error)[:200]
