"""What the hall says to officers and visitors, in both languages."""

from __future__ import annotations

from datetime import datetime

from sala.engine.hall.rules import NO_SHOW_AFTER, NO_SHOW_CALLS, Arrival, counter_words
from sala.kit.clock import THAILAND
from sala.kit.text import Text
from sala.kit.thai import moment


def plain(text: str) -> str:
    """What was typed as one line, without signs that cannot be seen (the database takes no NUL)."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


NOT_ALLOWED = Text(th="ตำแหน่งของท่านทำรายการนี้ไม่ได้", en="Your post does not allow this")
NOT_YOUR_SERVICE = Text(
    th="ตำแหน่งของท่านไม่ครอบคลุมบริการนี้ โปรดให้เพื่อนร่วมงานรับแทน",
    en="Your post does not cover this service. Ask a colleague to take it",
)

# Checking in
NO_CODE = Text(
    th="โปรดสแกนคิวอาร์ของนัดหมาย หรือพิมพ์เลขที่นัดหมาย เช่น EXT-7K3M9QXT-4",
    en="Scan the QR of the appointment or type its number, such as EXT-7K3M9QXT-4",
)
OTHER_QR = Text(
    th="คิวอาร์นี้ไม่ใช่ของนัดหมาย โปรดให้ผู้มาติดต่อเปิดหน้านัดหมายหรืออีเมลยืนยัน หรือพิมพ์เลขที่นัดหมายแทน",
    en="This QR is not of an appointment. Ask for the appointment’s page or e-mail, or type its number instead",
)
MISTYPED = Text(
    th="เลขที่นี้ไม่ถูกต้อง อาจพิมพ์ผิดหนึ่งตัว โปรดตรวจสอบและพิมพ์ใหม่ หรือเลือกชื่อจากรายการ",
    en="This number is not right: a character may be mistyped. Type it again, or find the name in the list",
)
UNKNOWN_VISIT = Text(
    th="ไม่พบนัดหมายเลขที่นี้ หากเป็นเลขที่คำขอ โปรดหาชื่อในรายการ หากไม่ได้จองไว้ โปรดออกบัตรคิวโดยไม่มีนัด",
    en="No appointment has this number. If it is a request’s number, find the name in the list; "
    "if nothing was booked, give a ticket without appointment",
)


def refused(said: Arrival, *, starts_at: datetime, office: Text) -> Text:
    """Why a visit is not checked in, and what the person can do."""
    th, en = moment(starts_at, "th"), moment(starts_at, "en")
    if said is Arrival.WRONG_OFFICE:
        return Text(
            th=f"นัดหมายนี้เป็นของ{office.th} {th} โปรดไปที่นั่น เปลี่ยนสำนักงานจากหน้านัดหมาย หรือรับบัตรคิวโดยไม่มีนัดที่นี่",
            en=f"This appointment is at {office.en}, {en}. Go there, change the office on the appointment’s page, "
            "or take a ticket without appointment here",
        )
    if said is Arrival.OTHER_DAY:
        return Text(
            th=f"นัดหมายนี้คือ {th} ยังไม่ถึงวัน โปรดมาในวันนั้น หรือรับบัตรคิวโดยไม่มีนัดสำหรับวันนี้",
            en=f"This appointment is on another day: {en}. Come then, or take a ticket without appointment for today",
        )
    return Text(*_ENDED[said]) if said not in _WITH_TIME else _with_time(said, th, en)


_WITH_TIME = {Arrival.DAY_OVER, Arrival.DISPLACED}
_ENDED = {
    Arrival.CANCELLED: (
        "นัดหมายนี้ยกเลิกแล้ว โปรดรับบัตรคิวโดยไม่มีนัด หรือจองใหม่",
        "This appointment was cancelled. Take a ticket without appointment, or book a new one",
    ),
    Arrival.ATTENDED: (
        "นัดหมายนี้ให้บริการเสร็จแล้ว หากต้องการบริการอื่น โปรดรับบัตรคิวโดยไม่มีนัด",
        "This appointment has been served already. For anything else take a ticket without appointment",
    ),
}


def _with_time(said: Arrival, th: str, en: str) -> Text:
    if said is Arrival.DISPLACED:
        return Text(
            th=f"สำนักงานปิดในเวลานัดเดิม ({th}) และได้เสนอเวลาใหม่ให้แล้ว โปรดเลือกเวลาใหม่ที่หน้านัดหมาย หรือรับบัตรคิวโดยไม่มีนัด",
            en=f"The office was closed at this appointment’s time ({en}) and another was offered. "
            "Choose it on the appointment’s page, or take a ticket without appointment",
        )
    return Text(
        th=f"วันนัดหมายผ่านไปแล้ว ({th}) ภายใน 7 วันเปลี่ยนเวลาได้หนึ่งครั้งที่หน้านัดหมาย หรือรับบัตรคิวโดยไม่มีนัด",
        en=f"The day of this appointment is over ({en}). Within 7 days its time can be changed once on its page; "
        "or take a ticket without appointment",
    )


def time_of_day(value: datetime, language: str) -> str:
    """`10:30`, in Thai `10:30 น.`."""
    clock = f"{value.astimezone(THAILAND):%H:%M}"
    return f"{clock}\u00a0น." if language == "th" else clock


def welcome(said: Arrival, *, number: str, starts_at: datetime, again: bool) -> Text:
    """What to tell somebody who has been checked in."""
    th, en = time_of_day(starts_at, "th"), time_of_day(starts_at, "en")
    if again:
        return Text(th=f"เช็กอินไว้แล้ว หมายเลข {number}", en=f"Already checked in as {number}")
    if said is Arrival.EARLY:
        return Text(
            th=f"หมายเลข {number} มาก่อนเวลา จะเรียกเมื่อถึงเวลา {th} หรือก่อนนั้นถ้าไม่มีผู้อื่นรอ",
            en=f"Number {number}. They are early: they are called at {en}, or sooner if nobody else is waiting",
        )
    if said is Arrival.LATE:
        return Text(
            th=f"หมายเลข {number} มาช้ากว่าเวลานัด {th} เกิน 15 นาที จึงเรียกตามลำดับที่มาถึง",
            en=f"Number {number}. They are more than 15 minutes late for {en}, so they are called in order of arrival",
        )
    return Text(th=f"หมายเลข {number} เวลานัด {th}", en=f"Number {number}, booked for {en}")


# Walk-ins
def walked_in(number: str) -> Text:
    return Text(th=f"หมายเลข {number} เรียกตามลำดับที่มาถึง", en=f"Number {number}, called in order of arrival")


CHOOSE_SERVICE = Text(th="โปรดเลือกบริการที่ต้องการ", en="Choose the service they have come for")
PEOPLE = Text(th="จำนวนคนต้องเป็น 1 ถึง 20", en="The number of people must be between 1 and 20")
NAME_TOO_LONG = Text(th="ชื่อต้องไม่เกิน 100 ตัวอักษร", en="The name must be 100 characters or fewer")

# Counters
NAME_COUNTER = Text(th="โปรดระบุชื่อช่องบริการ เช่น 3", en="Enter the counter’s name, such as 3")
COUNTER_TOO_LONG = Text(th="ชื่อช่องบริการต้องไม่เกิน 30 ตัวอักษร", en="The counter’s name must be 30 characters or fewer")
COUNTER_THERE = Text(th="มีช่องบริการชื่อนี้แล้ว โปรดใช้ชื่ออื่น", en="There is a counter of this name. Use another")
NO_SUCH_SERVICE = Text(
    th="สำนักงานนี้ไม่ได้ให้บริการนี้ โปรดเลือกจากรายการ", en="The office does not give this service. Choose from the list"
)
COUNTER_OPEN = Text(
    th="มีเจ้าหน้าที่นั่งอยู่ที่ช่องบริการนี้ โปรดให้ลุกก่อน", en="Somebody sits at this counter. Let them leave it first"
)
SERVING = Text(
    th="ยังให้บริการอยู่ โปรดกดเสร็จสิ้น ไม่มา หรือส่งต่อก่อน",
    en="Somebody is being served. Press done, not here, or send on first",
)
NOT_AT_COUNTER = Text(
    th="ท่านไม่ได้นั่งอยู่ที่ช่องบริการนี้แล้ว โปรดเลือกช่องบริการอีกครั้ง",
    en="You do not sit at this counter any more. Choose a counter again",
)
NOT_HERE_NOW = Text(
    th="หมายเลขนี้ไม่ได้อยู่ที่ช่องบริการของท่านแล้ว หน้านี้แสดงสถานะล่าสุด",
    en="This number is not at your counter any more. The page shows how things stand now",
)
CALL_AGAIN = Text(
    th=f"เรียกอย่างน้อย {NO_SHOW_CALLS} ครั้งก่อน แล้วรอ {NO_SHOW_AFTER.seconds // 60} นาที จึงบันทึกว่าไม่มา",
    en=f"Call at least {NO_SHOW_CALLS} times and wait {NO_SHOW_AFTER.seconds // 60} minutes "
    "before saying that they are not here",
)
CHOOSE_WHERE = Text(th="โปรดเลือกว่าจะส่งต่อไปที่ใด", en="Choose where to send them")
COUNTER_CLOSED = Text(
    th="ช่องบริการนั้นปิดอยู่ โปรดเลือกช่องที่เปิด หรือส่งตามบริการ",
    en="That counter is closed. Choose an open one, or send them on by service",
)


def somebody_sits(name: str, since: datetime) -> Text:
    return Text(
        th=f"{name} นั่งอยู่ที่ช่องนี้ตั้งแต่ {time_of_day(since, 'th')} โปรดเลือกช่องอื่น",
        en=f"{name} has been at this counter since {time_of_day(since, 'en')}. Choose another one",
    )


def serving_elsewhere(counter: str) -> Text:
    where = counter_words(counter)
    return Text(
        th=f"ท่านยังให้บริการอยู่ที่{where.th} โปรดทำให้เสร็จก่อน",
        en=f"You are still serving somebody at {where.en}. Finish there first",
    )


def not_before(starts_at: datetime) -> Text:
    """Somebody who came early and was called before their time does not lose their visit by it."""
    return Text(
        th=f"เวลานัดคือ {time_of_day(starts_at, 'th')} ยังไม่ถึงเวลา โปรดส่งกลับเข้าแถวแทน",
        en=f"Their time is {time_of_day(starts_at, 'en')} and has not come. Send them back to the line instead",
    )
