"""What appointments say to people, in both languages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sala.engine.appointments.rules import Fault, Refusal
from sala.kit.text import Text
from sala.kit.thai import moment

NAIVE = Text(
    th="เวลานี้ไม่ได้บอกเขตเวลา โปรดระบุ เช่น 2026-12-01T09:00+07:00",
    en="This time does not say its offset. Give it with one, such as 2026-12-01T09:00+07:00",
)
NO_SUCH_TIME = Text(
    th="ไม่มีนัดหมายเวลานี้ สำนักงานอาจปิดหรือเป็นวันหยุด โปรดเลือกเวลาอื่นจากเวลาที่แสดง",
    en="There is no appointment at this time: the office may be closed, or it is a holiday. "
    "Choose one of the times shown",
)
FAULTS: dict[Fault, Text] = {
    Fault.PAST: Text(th="เวลานี้ผ่านไปแล้ว โปรดเลือกเวลาอื่น", en="This time has passed. Choose a later one"),
    Fault.TOO_SOON: Text(
        th="เวลานี้ใกล้เกินไป จองไม่ทันแล้ว โปรดเลือกเวลาที่ช้ากว่านี้",
        en="This time is too soon to be booked. Choose a later one",
    ),
    Fault.TOO_FAR: Text(
        th="ยังไม่เปิดจองถึงวันนี้ โปรดเลือกวันที่เร็วกว่านี้",
        en="Bookings do not reach as far as this day yet. Choose an earlier one",
    ),
    Fault.NOT_OPEN_YET: Text(
        th="ยังไม่เปิดให้จอง โปรดกลับมาเมื่อถึงเวลาเปิดจอง",
        en="Booking has not opened yet. Come back when it opens",
    ),
}
NO_BOOKINGS_HERE = Text(
    th="สำนักงานนี้ไม่รับจองบริการนี้ในขณะนี้ โปรดเลือกสำนักงานอื่น",
    en="This office takes no bookings for this service at present. Choose another office",
)
OTHER_SERVICE = Text(
    th="สำนักงานนี้ไม่ได้เปิดจองสำหรับบริการนี้ โปรดเลือกสำนักงานอื่น",
    en="This schedule is of another service. Choose an office that gives this one",
)
TAKEN = Text(
    th="เวลาที่เลือกไม่ว่างแล้ว โปรดเลือกวันหรือเวลาอื่น",
    en="The time you chose is no longer free. Choose another day or time",
)
ALREADY_BOOKED = Text(
    th="บุคคลนี้มีนัดหมายสำหรับบริการนี้อยู่แล้ว หากต้องการเปลี่ยนเวลาหรือยกเลิก โปรดใช้ลิงก์ในอีเมลยืนยันนัดหมาย "
    "หากไม่ได้จองไว้เอง โปรดโทรหาสำนักงาน",
    en="This person already has an appointment for this service. To change or cancel it, use the link in its e-mail. "
    "If it is not of your making, call the office",
)
BUSY = Text(
    th="มีการจองของบุคคลเดียวกันกำลังดำเนินการอยู่ โปรดลองใหม่ในอีกสักครู่",
    en="Another booking for the same person is being made this moment. Try again in a few seconds",
)
SAME_PERSON_TWICE = Text(
    th="มีบุคคลนี้มากกว่าหนึ่งครั้ง โปรดให้แต่ละคนมีข้อมูลของตนเอง",
    en="The same person is given twice. Give each person once",
)
ONE_PERSON_A_CASE = Text(
    th="นัดหมายสำหรับเรื่องที่ยื่นไว้แล้วจองได้ครั้งละหนึ่งคน", en="An appointment for an existing case is for one person"
)
CASE_CLOSED = Text(
    th="เรื่องนี้สิ้นสุดแล้ว จึงไม่ต้องมีนัดหมาย หากต้องการขอใหม่ โปรดยื่นเรื่องใหม่",
    en="This case is closed and needs no appointment. To ask again, file a new one",
)
CASE_OF_ANOTHER_SERVICE = Text(
    th="เรื่องนี้เป็นของบริการอื่น โปรดตรวจสอบเลขที่เรื่อง",
    en="This case is of another service. Check its number",
)
NOT_THEN = Text(
    th="นัดหมายนี้เปลี่ยนแปลงเช่นนี้ไม่ได้แล้ว โปรดโหลดหน้าใหม่เพื่อดูสถานะล่าสุด",
    en="This cannot be done with the appointment as it stands now. Load the page again to see its present state",
)
NOT_YET = Text(
    th="ยังไม่ถึงเวลานัดหมาย จึงบันทึกว่าไม่มาตามนัดไม่ได้",
    en="Its time has not come yet, so it cannot be marked as missed",
)
NOT_ITS_DAY = Text(
    th="ยังไม่ถึงวันนัดหมาย จึงบันทึกว่ามาแล้วไม่ได้ หากไม่มาแล้ว ให้ยกเลิกนัดหมาย",
    en="The day of this appointment has not come, so it cannot be marked as attended. "
    "If it is no longer needed, it can be cancelled",
)
TIME_HAS_PASSED = Text(
    th="เวลานัดหมายผ่านไปแล้ว จึงยกเลิกไม่ได้", en="The time of this appointment has passed, so it cannot be cancelled"
)
WITHDRAWN_WITH_REQUEST = Text(
    th="นัดหมายของเรื่องนี้จะยกเลิกไปด้วย และเวลานั้นจะเปิดให้ผู้อื่น",
    en="The visit that was booked for it is cancelled as well, and the place goes to somebody else.",
)
ELSEWHERE = Text(
    th="สำนักงานที่เลือกไม่ได้ให้บริการนี้ โปรดเลือกสำนักงานอื่น",
    en="The office chosen does not give this service. Choose another",
)


def people(most: int) -> Text:
    return Text(
        th=f"จองได้ครั้งละ 1 ถึง {most} คน โปรดแก้จำนวนคน", en=f"A visit is for 1 to {most} people. Change how many come"
    )


def refusal(why: Refusal, most_moves: int) -> Text:
    """Why the time of an appointment cannot be changed, and what to do instead."""
    if why is Refusal.USED_UP:
        return Text(
            th=f"เปลี่ยนเวลาครบ {most_moves} ครั้งแล้ว ซึ่งเป็นจำนวนสูงสุด หากมาไม่ได้ โปรดยกเลิกแล้วจองใหม่",
            en=f"The time has been changed {most_moves} times, which is the most. "
            "If you cannot come, cancel and book anew",
        )
    if why is Refusal.TOO_LATE:
        return Text(
            th="เวลานัดหมายผ่านไปแล้ว เปลี่ยนเวลาไม่ได้อีก โปรดจองใหม่",
            en="The time of this appointment has passed and cannot be changed any more. Book a new one",
        )
    return Text(
        th="นัดหมายนี้สิ้นสุดแล้ว เปลี่ยนเวลาไม่ได้ โปรดจองใหม่",
        en="This appointment has ended and its time cannot be changed. Book a new one",
    )


def already_booked(starts_at: datetime) -> Text:
    """For whom the standing appointment belongs to."""
    return Text(
        th=f"ท่านมีนัดหมายสำหรับบริการนี้อยู่แล้ว วันที่ {moment(starts_at, 'th')} เปลี่ยนเวลาหรือยกเลิกได้ที่หน้านัดหมายนั้น",
        en=f"You already have an appointment for this service: {moment(starts_at, 'en')}. "
        "Change or cancel it on its page",
    )


def taken(alternatives: Sequence[datetime]) -> Text:
    """The time is not free; the nearest that are."""
    if not alternatives:
        return TAKEN
    th = ", ".join(moment(one, "th") for one in alternatives)
    en = "; ".join(moment(one, "en") for one in alternatives)
    return Text(th=f"{TAKEN.th} เวลาใกล้เคียงที่ยังว่าง: {th}", en=f"{TAKEN.en}. The nearest free times: {en}")
