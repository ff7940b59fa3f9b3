"""Whether what a declaration says of visits makes sense."""

from __future__ import annotations

from collections.abc import Iterator

from sala.engine.catalogue.declaration import Appointment, Declaration
from sala.engine.catalogue.problems import Finding, Path
from sala.engine.catalogue.times import span
from sala.kit.text import Text

LONGEST_HORIZON = 366
_PATH: Path = ("appointment",)


def findings(declaration: Declaration) -> Iterator[Finding]:
    """What does not make sense without the database (see checking.check_places for what needs it)."""
    yield from _office(declaration)
    if declaration.appointment:
        yield from _filing(declaration)
        yield from _bounds(declaration.appointment)
        yield from _instead(declaration, declaration.appointment)


def _office(declaration: Declaration) -> Iterator[Finding]:
    """The office comes from the answers or from the visit: from one of them, never from both."""
    if declaration.route is None and declaration.appointment is None:
        message = Text(th="ไม่รู้ว่าคำขอไปที่สำนักงานใด", en="Nothing says which office gets the requests.")
        cure = Text(
            th="เพิ่ม route: {to: …, by: …} หรือ appointment: {at: …, minutes: …}",
            en="Add route: {to: …, by: …}, or appointment: {at: …, minutes: …}.",
        )
        yield Finding((), message, cure)
    elif declaration.route and declaration.appointment:
        message = Text(
            th="สำนักงานเป็นที่ที่ผู้มาติดต่อเลือกนัดหมาย จึงใช้ route พร้อมกันไม่ได้",
            en="The office is the one of the visit, so there is nothing to route.",
        )
        yield Finding(("route",), message, Text(th="ลบ route", en="Delete route."), of_key=True)


def _filing(declaration: Declaration) -> Iterator[Finding]:
    """A request kept until its first day would then be filed by itself, without a visit."""
    if declaration.window:
        message = Text(
            th="คำขอที่เก็บไว้ก่อนถึงกำหนด (early: keep_draft) ยื่นเองโดยไม่มีการนัดหมายไม่ได้",
            en="A request that is kept until its first day (early: keep_draft) cannot file itself without a visit.",
        )
        cure = Text(
            th="ลบ window แล้วจำกัดเวลาด้วย lead และ horizon", en="Delete window; lead and horizon say when to book."
        )
        yield Finding(("window",), message, cure, of_key=True)


def _bounds(appointment: Appointment) -> Iterator[Finding]:
    days = int(appointment.horizon[:-1])
    if not 1 <= days <= LONGEST_HORIZON:
        message = Text(th=f"จองล่วงหน้า {days} วันไม่ได้", en=f"Places cannot be {days} days ahead.")
        cure = Text(th=f"ตั้งแต่ 1d ถึง {LONGEST_HORIZON}d", en=f"Write 1d to {LONGEST_HORIZON}d.")
        yield Finding((*_PATH, "horizon"), message, cure)
    elif span(appointment.lead) >= span(appointment.horizon):
        message = Text(
            th="ต้องจองก่อนเวลาที่มีช่องให้จอง จึงจองไม่ได้เลย", en="Nothing could be booked: places are not there that early."
        )
        cure = Text(th=f"น้อยกว่า horizon ({appointment.horizon})", en=f"Give less than horizon ({appointment.horizon}).")
        yield Finding((*_PATH, "lead"), message, cure)


def _instead(declaration: Declaration, appointment: Appointment) -> Iterator[Finding]:
    named = [instead.service for instead in appointment.instead]
    for at, service in enumerate(named):
        path = (*_PATH, "instead", at, "service")
        if service == declaration.service:
            message = Text(th="นี่คือบริการนี้เอง", en="That is this service itself.")
            yield Finding(path, message, Text(th="ระบุบริการที่ทำออนไลน์ได้", en="Name a service that is given online."))
        elif service in named[:at]:
            message = Text(th=f"“{service}” ซ้ำ", en=f"“{service}” is there twice.")
            yield Finding(path, message, Text(th="ลบหนึ่งรายการ", en="Delete one of them."))
