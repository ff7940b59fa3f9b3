"""What the waiting list says to people, in both languages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sala.kit.text import Text
from sala.kit.thai import moment

NO_PLACES_EVER = Text(
    th="สำนักงานนี้ยังไม่มีกำหนดเปิดคิวเพิ่ม จึงยังบอกวันไม่ได้ โปรดเลือกสำนักงานอื่น หรือติดต่อสำนักงาน",
    en="This office has no day on which it opens more places, so no date can be promised. "
    "Choose another office, or contact it",
)
NO_BOOKINGS_HERE = Text(
    th="สำนักงานนี้ไม่รับนัดหมายสำหรับบริการนี้ในขณะนี้ โปรดเลือกสำนักงานอื่น",
    en="This office takes no appointments for this service at present. Choose another office",
)
LAPSED = Text(
    th="หมดเวลาตอบรับแล้ว เวลานี้จึงส่งต่อให้ผู้ที่รอคนถัดไป",
    en="The time to answer is over, and the place has gone to the next in line",
)
WITHDRAWN = Text(
    th="สำนักงานไม่เปิดในเวลานี้แล้ว ขออภัย ท่านยังอยู่ในรายชื่อรอที่ลำดับเดิม",
    en="The office is not open at this time any more. We are sorry. You keep your turn in the line",
)
DECLINED = Text(th="ท่านแจ้งไม่รับเวลานี้ไปแล้ว", en="You have already said that this time does not suit you")
ACCEPTED = Text(th="ท่านรับเวลานี้ไปแล้ว", en="You have already taken this time")
VISIT_CHANGED = Text(
    th="นัดหมายนี้เปลี่ยนไปแล้วหลังจากที่เราเสนอเวลานี้ โปรดดูเวลาล่าสุดที่หน้านัดหมาย",
    en="The appointment has changed since this time was offered. Its page shows how it stands",
)
NOT_THAT_TIME = Text(
    th="เวลาที่เลือกไม่ว่างแล้ว เวลาเดิมยังเก็บไว้ให้ท่าน โปรดรับเวลาเดิม หรือเลือกเวลาอื่น",
    en="The time you chose is no longer free. The former one is still held for you. Take it, or choose another",
)
NO_EMAIL = Text(th="โปรดกรอกอีเมลที่ใช้ตอนลงชื่อรอคิว", en="Enter the e-mail address you gave when you joined")


def not_open_yet(opens_at: datetime) -> Text:
    return Text(
        th=f"สำนักงานนี้เปิดให้จองวันที่ {moment(opens_at, 'th')} ยังไม่ต้องเข้ารายชื่อรอ โปรดกลับมาเมื่อเปิด",
        en=f"Booking opens on {moment(opens_at, 'en')}. There is nothing to wait for before: come back then",
    )


def too_many_people(most: int) -> Text:
    return Text(
        th=f"สำนักงานนี้รับได้พร้อมกันครั้งละไม่เกิน {most} คน โปรดแบ่งเป็นหลายนัด",
        en=f"This office serves {most} people at one time at most. Make more than one appointment",
    )


def there_are_places(times: Sequence[datetime]) -> Text:
    th = ", ".join(moment(one, "th") for one in times)
    en = "; ".join(moment(one, "en") for one in times)
    return Text(
        th=f"มีเวลาว่างอยู่ ไม่ต้องเข้ารายชื่อรอ เลือกได้เลย: {th}",
        en=f"There are free times, so there is no need to wait. Choose one: {en}",
    )


def already_waiting(reference: str = "") -> Text:
    """The number is named only to whom the turn belongs."""
    if reference:
        return Text(
            th=f"ท่านอยู่ในรายชื่อรอสำหรับบริการนี้แล้ว เลขที่ {reference} ยังไม่ต้องทำอะไรเพิ่ม",
            en=f"You are already on the waiting list for this service: {reference}. There is nothing more to do",
        )
    return Text(
        th="บุคคลนี้อยู่ในรายชื่อรอสำหรับบริการนี้แล้ว หนึ่งคนรอได้หนึ่งครั้งต่อบริการ โปรดใช้ลิงก์ในอีเมลที่ได้รับ",
        en="This person is already on the waiting list for this service, where one person waits once. "
        "Use the link in the e-mail",
    )


NOBODY = Text(th="ไม่มีข้อมูลผู้รับบริการ โปรดกรอกแบบฟอร์มก่อน", en="There is nobody to come. Fill in the form first")
SAME_PERSON_TWICE = Text(
    th="มีบุคคลเดียวกันมากกว่าหนึ่งครั้ง โปรดกรอกแต่ละคนเพียงครั้งเดียว",
    en="The same person is given twice. Give each person once",
)
CHOOSE_A_TIME = Text(th="โปรดเลือกเวลาหนึ่งเวลา", en="Choose one of the times")
