"""Every refusal of the API, as problem details (RFC 9457): what is wrong, where, and how to cure it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import msgspec
from django.conf import settings
from django.db import InterfaceError, OperationalError
from msgspec import Meta

from sala.kit.answer import Answer
from sala.kit.errors import Fault, Invalid, SalaError, TooMany
from sala.kit.text import Text

MEDIA_TYPE = "application/problem+json"
_encode = msgspec.json.Encoder().encode


class ProblemField(msgspec.Struct, frozen=True):
    """One thing wrong with one field."""

    field: Annotated[str, Meta(description="dotted path, such as `stay.phone`; empty where the whole is meant")]
    code: Annotated[str, Meta(description="stable, for machines")]
    detail_th: str
    detail_en: str


class Problem(msgspec.Struct, frozen=True):
    """A refusal (RFC 9457). `code` is stable; words may change."""

    type: Annotated[str, Meta(description="an address that explains the code")]
    title: str
    status: int
    detail: Annotated[str, Meta(description="in the language of the request (Accept-Language: th or en)")]
    instance: Annotated[str, Meta(description="the path asked for")]
    code: str
    request_id: Annotated[str, Meta(description="name it when you ask for help; X-Request-ID carries it too")]
    errors: list[ProblemField]


class Kind(msgspec.Struct, frozen=True):
    """One kind of problem, as published."""

    code: str
    status: int
    title: Text
    cure: Text


KINDS: dict[str, Kind] = {
    kind.code: kind
    for kind in [
        Kind(
            "malformed",
            400,
            Text(th="อ่านคำขอไม่ได้", en="The request cannot be read"),
            Text(
                th="ส่ง JSON ที่ถูกต้องตาม RFC 8259 เข้ารหัส UTF-8 ไม่มีคีย์ซ้ำ และพารามิเตอร์ตามเอกสาร",
                en="Send valid JSON (RFC 8259) in UTF-8 without repeated keys, and only the documented parameters",
            ),
        ),
        Kind(
            "unauthorized",
            401,
            Text(th="ต้องใช้โทเคน", en="A token is needed"),
            Text(
                th="ส่ง Authorization: Bearer ตามด้วยโทเคนที่ยังใช้ได้ สร้างโทเคนได้ที่หน้าบัญชีของท่าน",
                en="Send Authorization: Bearer with a token that is in force; make one on your account's page",
            ),
        ),
        Kind(
            "insufficient_scope",
            403,
            Text(th="โทเคนไม่มีขอบเขตสิทธินี้", en="The token's scope does not allow this"),
            Text(
                th="สร้างโทเคนที่มีขอบเขตสิทธิที่ระบุ",
                en="Make a token with the scope that is named",
            ),
        ),
        Kind(
            "forbidden",
            403,
            Text(th="ไม่มีสิทธิทำรายการนี้", en="This is not allowed"),
            Text(
                th="ใช้บัญชีของผู้ที่มีตำแหน่งทำรายการนี้ได้",
                en="Use the account of somebody whose post allows it",
            ),
        ),
        Kind(
            "not_found",
            404,
            Text(th="ไม่พบ", en="Not found"),
            Text(
                th="ตรวจสอบที่อยู่และหมายเลข เรื่องของผู้อื่นจะไม่แสดง",
                en="Check the address and the number; other people's cases are not shown",
            ),
        ),
        Kind(
            "method_not_allowed",
            405,
            Text(th="ใช้วิธีนี้ไม่ได้", en="The method is not allowed here"),
            Text(
                th="ใช้วิธีที่ระบุในส่วนหัว Allow",
                en="Use a method that the Allow header names",
            ),
        ),
        Kind(
            "conflict",
            409,
            Text(th="สถานะปัจจุบันไม่รองรับ", en="The present state does not allow this"),
            Text(
                th="อ่านสถานะล่าสุดก่อนทำรายการอีกครั้ง",
                en="Read the present state before trying again",
            ),
        ),
        Kind(
            "too_early",
            409,
            Text(th="ยังไม่ถึงกำหนดยื่น", en="It is too early to file"),
            Text(
                th="ยื่นได้ตั้งแต่วันที่ใน opens_on ทาง API ไม่เก็บฉบับร่าง",
                en="File on or after `opens_on`; the API keeps no drafts",
            ),
        ),
        Kind(
            "needs_visit",
            409,
            Text(th="บริการนี้ต้องจองเวลามาที่สำนักงาน", en="This service is given in person"),
            Text(
                th="เลือกสำนักงานและเวลาจาก /offices และ /slots แล้วยื่นพร้อมการจองที่ /bookings",
                en="Choose an office and a time from /offices and /slots, and file with the booking at /bookings",
            ),
        ),
        Kind(
            "place_taken",
            409,
            Text(th="เวลานี้ไม่ว่างแล้ว", en="This time is not free"),
            Text(
                th="เลือกเวลาใน alternatives หรือเวลาว่างอื่นจาก /slots",
                en="Choose one of `alternatives`, or another free time from /slots",
            ),
        ),
        Kind(
            "already_booked",
            409,
            Text(th="บุคคลนี้มีนัดหมายอยู่แล้ว", en="This person has an appointment already"),
            Text(
                th="เปลี่ยนเวลาหรือยกเลิกนัดหมายเดิม หนึ่งคนมีนัดหมายได้ครั้งละหนึ่งนัดต่อบริการ",
                en="Change or cancel the standing one: a person has one appointment for a service at a time",
            ),
        ),
        Kind(
            "busy",
            409,
            Text(th="บุคคลนี้กำลังจองอยู่ที่อื่น", en="This person is booking elsewhere at this moment"),
            Text(
                th="รอสักครู่แล้วลองใหม่ด้วย Idempotency-Key เดิม",
                en="Wait a moment and try again with the same Idempotency-Key",
            ),
        ),
        Kind(
            "cannot_move",
            409,
            Text(th="เปลี่ยนเวลาไม่ได้อีก", en="The time cannot be changed"),
            Text(
                th="มาตามเวลาเดิม หรือยกเลิกแล้วจองใหม่",
                en="Come at the time that stands, or cancel and book anew",
            ),
        ),
        Kind(
            "length_required",
            411,
            Text(th="ต้องระบุความยาว", en="A length is needed"),
            Text(
                th="ส่งส่วนหัว Content-Length",
                en="Send a Content-Length header",
            ),
        ),
        Kind(
            "too_large",
            413,
            Text(th="ข้อมูลใหญ่เกินไป", en="The body is too large"),
            Text(
                th="ส่งข้อมูลไม่เกิน 1 เมกะไบต์",
                en="Send at most one megabyte",
            ),
        ),
        Kind(
            "unsupported_media_type",
            415,
            Text(th="ต้องเป็น JSON", en="The body must be JSON"),
            Text(
                th="ส่ง Content-Type: application/json",
                en="Send Content-Type: application/json",
            ),
        ),
        Kind(
            "invalid",
            422,
            Text(th="ข้อมูลบางส่วนต้องแก้ไข", en="Some of the information needs correcting"),
            Text(
                th="แก้ไขช่องที่ระบุใน errors",
                en="Correct the fields named in `errors`",
            ),
        ),
        Kind(
            "idempotency_key_reused",
            422,
            Text(th="ใช้ Idempotency-Key นี้กับคำขออื่นแล้ว", en="This Idempotency-Key was used for another request"),
            Text(
                th="ใช้คีย์ใหม่สำหรับคำขอใหม่",
                en="Use a new key for a new request",
            ),
        ),
        Kind(
            "too_many",
            429,
            Text(th="ส่งคำขอบ่อยเกินไป", en="Too many requests"),
            Text(
                th="รอตามจำนวนวินาทีในส่วนหัว Retry-After",
                en="Wait as many seconds as the Retry-After header says",
            ),
        ),
        Kind(
            "unavailable",
            503,
            Text(th="ระบบไม่พร้อมชั่วคราว", en="Not available for the moment"),
            Text(
                th="ลองใหม่ภายหลังด้วย Idempotency-Key เดิม",
                en="Try again later with the same Idempotency-Key",
            ),
        ),
        Kind(
            "internal",
            500,
            Text(th="ระบบขัดข้อง", en="Something went wrong here"),
            Text(
                th="ลองใหม่ด้วย Idempotency-Key เดิม หากยังขัดข้อง โปรดแจ้ง request_id",
                en="Try again with the same Idempotency-Key; if it persists, tell us the `request_id`",
            ),
        ),
    ]
}


class Refused(SalaError):
    """A refusal by the API itself, of one of `KINDS`; its words are the kind's cure unless others are given."""

    def __init__(
        self,
        code: str,
        message: Text | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        members: Mapping[str, Any] | None = None,
        faults: Sequence[Fault] = (),
    ) -> None:
        kind = KINDS[code]
        super().__init__(message or kind.cure)
        self.code = code
        self.status = kind.status
        self.headers = dict(headers or {})
        self.members = dict(members or {})
        self.faults = list(faults)


def failed(error: Exception) -> SalaError:
    """What is told of an error: itself, or that the failure is ours and whether to try again."""
    if isinstance(error, SalaError):
        return error
    if isinstance(error, OperationalError | InterfaceError):
        return Refused("unavailable", headers={"Retry-After": "5"})
    return Refused("internal")


def respond(error: SalaError, *, path: str, request_id: str, language: str) -> Answer:
    """`error` as an answer, with its headers (`Retry-After`, `Allow`, `WWW-Authenticate`)."""
    kind = KINDS.get(error.code)
    title = kind.title if kind else error.message
    problem = Problem(
        type=f"{settings.PUBLIC_URL}/api/v1/problems/{error.code}",
        title=title.in_(language),
        status=error.status,
        detail=error.message.in_(language),
        instance=path,
        code=error.code,
        request_id=request_id,
        errors=[_field(fault) for fault in (error.faults if isinstance(error, Invalid | Refused) else [])],
    )
    content: Any = {**msgspec.structs.asdict(problem), **getattr(error, "members", {})}
    headers = {"Content-Type": MEDIA_TYPE, "Cache-Control": "no-store", "Content-Language": language}
    return Answer(_encode(content), status=error.status, headers=headers | dict(_headers(error)))


def malformed(en: str, th: str, field: str = "") -> Refused:
    """The request cannot be read: where, and why."""
    message = Text(th=th, en=en)
    return Refused(
        "malformed", message, faults=[Fault(field=field, code="malformed", message=message)] if field else []
    )


def invalid(field: str, code: str, th: str, en: str) -> Invalid:
    """One fault of one field."""
    return Invalid([Fault(field=field, code=code, message=Text(th=th, en=en))])


def _field(fault: Fault) -> ProblemField:
    return ProblemField(fault.field, fault.code, fault.message.th, fault.message.en)


def _headers(error: SalaError) -> Mapping[str, str]:
    if isinstance(error, TooMany):
        return {"Retry-After": str(error.retry_after)}
    return getattr(error, "headers", {})
