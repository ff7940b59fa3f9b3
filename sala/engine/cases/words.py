"""What the case engine says to people, in both languages."""

from __future__ import annotations

from datetime import datetime

from sala.engine.cases.states import State
from sala.kit.text import Text
from sala.kit.thai import moment

STATES: dict[State, Text] = {
    State.SUBMITTED: Text(th="รับเรื่องแล้ว", en="received"),
    State.IN_REVIEW: Text(th="กำลังพิจารณา", en="in review"),
    State.INFO_REQUESTED: Text(th="รอข้อมูลเพิ่มเติมจากผู้ยื่น", en="waiting for more information from the applicant"),
    State.APPROVED: Text(th="อนุมัติแล้ว", en="approved"),
    State.REFUSED: Text(th="ไม่อนุมัติ", en="refused"),
    State.REFERRED: Text(th="ส่งต่อแล้ว", en="referred"),
    State.COMPLETED: Text(th="ดำเนินการเสร็จสิ้น", en="completed"),
    State.WITHDRAWN: Text(th="ผู้ยื่นขอถอนเรื่อง", en="withdrawn by the applicant"),
}
NO_OFFICE = Text(
    th="ยังไม่มีสำนักงานที่รับผิดชอบจังหวัดนี้ โปรดตรวจสอบจังหวัด หรือติดต่อหน่วยงาน",
    en="No office is responsible for this province yet. Check the province, or contact the agency",
)
OFFICE_ELSEWHERE = Text(
    th="สำนักงานนี้ไม่ได้ให้บริการนี้ โปรดเลือกสำนักงานอื่น",
    en="This office does not give this service. Choose another",
)
NOT_ALLOWED = Text(
    th="ตำแหน่งหรือโทเคนของท่านไม่มีสิทธิทำรายการนี้ โปรดติดต่อหัวหน้าสำนักงาน",
    en="Your post or token does not allow this. Ask the head of your office",
)
NO_SUCH_DECISION = Text(th="บริการนี้ไม่มีผลการพิจารณาแบบนี้", en="This service has no such decision")
HELD = Text(th="เรื่องนี้ถูกระงับไว้ โปรดยกเลิกการระงับก่อนพิจารณา", en="This case is held. Lift the hold before you decide")
CHOOSE_REASON = Text(th="โปรดเลือกเหตุผลจากรายการที่ประกาศไว้", en="Choose one of the published reasons")
CHOOSE_FIELD = Text(
    th="โปรดเลือกช่องข้อมูลที่ต้องการถามอย่างน้อยหนึ่งช่อง", en="Choose at least one field that the question is about"
)
ALREADY_ASKED = Text(
    th="มีคำถามที่รอผู้ยื่นตอบอยู่แล้ว โปรดรอคำตอบก่อน",
    en="A question is already waiting for the applicant. Wait for the answer first",
)
NOTHING_ASKED = Text(th="เรื่องนี้ไม่มีคำถามที่รอคำตอบ", en="No question is waiting for an answer on this case")
UNANSWERED = Text(
    th="ยังไม่มีอะไรเปลี่ยน โปรดแก้ข้อมูลที่ถาม หรือเขียนตอบเจ้าหน้าที่",
    en="Nothing has changed yet. Correct what was asked about, or write to the officer",
)
NO_STEP = Text(th="ไม่มีขั้นตอนนี้ โปรดโหลดหน้าใหม่", en="There is no such step. Load the page again")
NOT_A_COLLEAGUE = Text(th="ผู้รับมอบไม่ได้ประจำสำนักงานนี้", en="This person does not work at this office")
NEEDS_ID = Text(
    th="บริการนี้ต้องใช้ดิจิทัลไอดีของท่าน โปรดยืนยันตัวตนก่อน แล้วกลับมาที่หน้านี้",
    en="This service is used with your digital ID. Get it first, then come back here",
)
NEEDS_PROOF = Text(
    th="คำขอนี้ต้องส่งบนหน้าเว็บ พร้อมยืนยันตัวตนด้วย PIN หรือพาสคีย์ของท่านขณะส่ง",
    en="This request is sent on the pages, with your PIN or passkey at that moment",
)
CONSENT_OF_ANOTHER = Text(
    th="ผู้ที่ต้องให้ความยินยอมเปลี่ยนไปแล้ว ยังไม่มีการดำเนินการใด ๆ ระบบกำลังขอความยินยอมจากผู้ที่ต้องให้ในขณะนี้",
    en="The consent is another person’s to give by now. Nothing was done: that person is being asked",
)
CONSENT_THERE = Text(th="มีความยินยอมนี้แล้ว หรือเรื่องนี้สิ้นสุดแล้ว", en="This consent is there already, or the case is closed")
ENTER_TEXT = Text(th="โปรดพิมพ์ข้อความ", en="Enter some text")


def needs_level(level: str) -> Text:
    return Text(
        th=f"บริการนี้ต้องใช้ดิจิทัลไอดีที่ยืนยันตัวตนระดับ IAL {level} ขึ้นไป โปรดยืนยันตัวตนเพิ่มด้วยใบหน้า หรือที่สำนักทะเบียน",
        en=f"This service needs a digital ID of level IAL {level} or higher. Prove your identity with your face, "
        "or at a registration office",
    )


def consent_missing(of: Text) -> Text:
    return Text(
        th=f"ยังไม่มีความยินยอมของ{of.th} จึงยังอนุมัติไม่ได้",
        en=f"The consent of {of.en} is missing, so this cannot be approved yet",
    )


def too_long(most: int) -> Text:
    return Text(th=f"ข้อความต้องไม่เกิน {most:,} ตัวอักษร", en=f"The text must be {most:,} characters or fewer")


def taken(who: str, when: datetime | None) -> Text:
    """A colleague has the case."""
    return Text(
        th=f"{who} รับเรื่องนี้ไปแล้ว" + (f" เมื่อ {moment(when, 'th')}" if when else ""),
        en=f"{who} has already taken this case" + (f" ({moment(when, 'en')})" if when else ""),
    )


def not_now(state: State, who: str, when: datetime | None) -> Text:
    """The case's state does not allow this, who brought it there, and when."""
    th, en = f"เรื่องนี้{STATES[state].th}", f"This case is already {STATES[state].en}"
    if when:
        th += f" เมื่อ {moment(when, 'th')}" + (f" โดย {who}" if who else "")
        en += f" since {moment(when, 'en')}" + (f", by {who}" if who else "")
    return Text(th=f"{th} จึงทำรายการนี้ไม่ได้", en=f"{en}, so this cannot be done now")
