"""What the station says from Python, in both languages."""

from __future__ import annotations

from sala.kit.text import Text

OWN = Text(
    th="เจ้าหน้าที่ลงทะเบียนให้ตนเองไม่ได้ โปรดให้เพื่อนร่วมงานทำให้",
    en="No officer enrols themself: ask a colleague to do it",
)
DEAD = Text(th="ทะเบียนระบุว่าบุคคลนี้เสียชีวิตแล้ว", en="The register has it that this person has died")
NO_ACCOUNT = Text(
    th="บุคคลนี้ยังไม่มีบัญชีที่ผูกกับทะเบียน จึงไม่มี PIN หรือบัญชีที่จะกู้คืน ให้ลงทะเบียนแทน",
    en="No account is linked to this person, so there is none to open or give back. Enrol them instead",
)
LASER = Text(
    th="รหัสหลังบัตรไม่ตรงกับทะเบียน ตรวจอีกครั้ง หรือเขียนว่าทำไมจึงทำต่อโดยไม่มีบัตรที่ตรง",
    en="The code on the back is not that of the register. Check it, or say why you go on without a card that fits",
)
EXPIRY = Text(
    th="วันหมดอายุไม่ตรงกับทะเบียน ตรวจอีกครั้ง หรือเขียนว่าทำไมจึงทำต่อโดยไม่มีบัตรที่ตรง",
    en="The day of expiry is not that of the register. Check it, or say why you go on without a card that fits",
)
LASER_MISSING = Text(
    th="พิมพ์รหัสหลังบัตร หรือเขียนว่าทำไมจึงทำต่อโดยไม่มี", en="Type the code on the back, or say why you go on without it"
)
EXPIRY_MISSING = Text(
    th="พิมพ์วันหมดอายุที่อยู่บนบัตร หรือเขียนว่าทำไมจึงทำต่อโดยไม่มี",
    en="Type the day of expiry that stands on the card, or say why you go on without it",
)
EXPIRED = Text(
    th="บัตรหมดอายุแล้ว ให้ทำบัตรใหม่ก่อน หรือเขียนว่าทำไมจึงทำต่อ",
    en="The card has expired. Have a new one made first, or say why you go on",
)
NO_PICTURE = Text(th="ถ่ายภาพหรือเลือกรูปก่อน", en="Take a photograph, or choose a picture, first")
PICTURE = Text(th="ใช้ได้เฉพาะรูป JPEG หรือ PNG ไม่เกิน 2 MB", en="A picture is a JPEG or PNG of at most 2 MB")
DATE = Text(th="กรอกวัน เดือน ปี ที่มีจริง เช่น 13 4 2575", en="Enter a day that there is, such as 13 4 2032")
SEVERAL = Text(th="มีหลายคนตรงกับชื่อนี้ ค้นด้วยเลข 13 หลัก", en="Several people bear this name: look up by the 13 digits")
REASON = Text(th="เขียนเหตุผล", en="Write the reason")
SAY = Text(th="เลือกคำตอบหนึ่งข้อ", en="Choose one answer")
AGAINST = Text(
    th="เขียนว่าท่านเห็นว่าเป็นคนเดียวกันเพราะอะไร เพราะเครื่องไม่ได้บอกว่าตรงกัน",
    en="Say why you take them for the same person, as the machine does not",
)
NOTHING_TO_COMPARE = Text(
    th="ทะเบียนไม่มีภาพถ่ายให้เทียบ จึงอนุมัติจากภาพอย่างเดียวไม่ได้ ขอให้มาที่สำนักทะเบียนพร้อมบัตรประชาชน",
    en="The register has no photograph to compare with, so a picture alone cannot be approved. Ask them to come to an "
    "office with their card",
)
NO_CARD = Text(
    th="ยังไม่ได้ตรวจบัตรที่ตรงกับทะเบียน จึงยังลงทะเบียนไม่ได้ ให้ทำบัตรใหม่ก่อน",
    en="No card was seen that fits the register, so this leads to no level. Have a new card made first",
)
ELSEWHERE = Text(th="รายการนี้เป็นของสำนักทะเบียนอื่น", en="This is another office’s")
OPENED = Text(
    th="เจ้าหน้าที่อีกคนกำลังตรวจรายการนี้อยู่ โปรดเลือกรายการอื่น หรือลองใหม่ใน 10 นาที",
    en="A colleague has this before them. Choose another, or try again in 10 minutes",
)
SENIOR = Text(th="รายการนี้พบใบหน้าซ้ำ ต้องให้หัวหน้าชุดตัดสิน", en="A face was found twice: a senior officer decides this one")
SAW = Text(
    th="ท่านเป็นผู้ลงทะเบียนบุคคลนี้เอง ต้องให้หัวหน้าชุดอีกคนตัดสิน",
    en="You enrolled this person yourself: another senior officer decides this one",
)
PURPOSES = {
    "enrol": Text(th="ลงทะเบียน หรือเพิ่มระดับความเชื่อมั่น", en="Enrol, or raise the level"),
    "pin": Text(th="ลืม PIN หรือ PIN ถูกระงับ", en="PIN forgotten or locked"),
    "recover": Text(th="เข้าบัญชีไม่ได้เลย", en="Cannot get into the account at all"),
}
PURPOSE_HINTS = {
    "enrol": Text(th="ได้รหัสไปกรอกในโทรศัพท์ของตน", en="They get a code to type in on their own phone"),
    "pin": Text(th="ลบ PIN เดิม แล้วตั้งใหม่ในโทรศัพท์", en="The PIN is taken away; they choose another on the phone"),
    "recover": Text(
        th="ออกจากระบบทุกเครื่อง ลบพาสคีย์ รหัสผ่าน และ PIN แล้วได้รหัสเพื่อเริ่มใหม่",
        en="Everything is signed out; passkeys, password and PIN go; they get a code to begin anew",
    ),
}
STEPS = {
    "card": Text(th="บัตร", en="Card"),
    "photograph": Text(th="ภาพ", en="Picture"),
    "compare": Text(th="เทียบ", en="Compare"),
    "candidates": Text(th="ซ้ำ", en="Twice?"),
    "finish": Text(th="เสร็จ", en="Finish"),
}
VALID = {
    "here": Text(th="15 นาที: เจ้าตัวมีโทรศัพท์อยู่ที่นี่", en="15 minutes: they have their phone here"),
    "day": Text(th="ถึงพรุ่งนี้เวลาเดียวกัน", en="Until this time tomorrow"),
    "week": Text(th="7 วัน: กลับไปทำที่บ้าน", en="7 days: they do it at home"),
}
WHY = {
    "unknown": Text(th="ไม่พบเลขนี้ในทะเบียน", en="Nobody in the register has this number"),
    "birth_date": Text(th="วันเกิดไม่ตรงกับทะเบียน", en="The date of birth is not that of the register"),
    "dead": DEAD,
    "own": OWN,
    "picture": Text(th="ใช้ภาพนี้ไม่ได้ ต้องถ่ายใหม่", en="The picture cannot be used: take another"),
    "card": Text(th="ข้อมูลบัตรไม่ตรงกับทะเบียน", en="The card’s data do not fit the register"),
    "changed": Text(
        th="ข้อมูลทะเบียนเปลี่ยนหลังจากถ่ายภาพ ตรวจอีกครั้ง", en="The entry was changed after this was captured: check it again"
    ),
    "sealed": Text(
        th="เปิดรายการนี้ไม่ได้ รายการยังอยู่ในเครื่องนี้ โปรดแจ้งผู้ดูแลระบบ",
        en="This record cannot be opened. It stays on this machine: tell the operator",
    ),
    "other": Text(
        th="มีรายการอื่นใช้เลขเดียวกันนี้แล้ว รายการยังอยู่ในเครื่องนี้ โปรดแจ้งผู้ดูแลระบบ",
        en="Another record came in under the same number. This one stays on this machine: tell the operator",
    ),
}
"""Why a record that was captured without connection needs an officer."""
APPROVED = Text(th="อนุมัติแล้ว และแจ้งเจ้าตัวแล้ว", en="Approved, and the person is told")
REFUSED = Text(th="ปฏิเสธแล้ว และแจ้งเหตุผลให้เจ้าตัวทราบแล้ว", en="Refused, and the person is told why")
SENT = Text(th="ขอให้มาที่สำนักทะเบียนแล้ว และแจ้งเจ้าตัวแล้ว", en="Asked to come to an office, and the person is told")
STATES = {
    "waiting": Text(th="รอส่ง", en="Waits to be sent"),
    "sending": Text(th="กำลังส่ง", en="Being sent"),
    "entered": Text(th="เข้าระบบแล้ว", en="Entered"),
    "known": Text(th="เข้าระบบไปก่อนแล้ว", en="Entered before"),
    "needs_you": Text(th="ต้องให้ท่านตรวจ", en="Needs you"),
    "kept": Text(th="ยังอยู่ในเครื่องนี้", en="Still on this machine"),
}
"""How a record that was captured without connection stands."""
LOOKS: dict[str, Text] = {
    "enrolment.begun": Text(th="เริ่มลงทะเบียนหรือช่วยกู้บัญชีให้ท่านที่สำนักทะเบียน", en="Began to enrol or help you at an office"),
    "enrolment.recognised": Text(th="เทียบใบหน้าและเห็นว่าเป็นท่าน", en="Compared the faces and took it for you"),
    "enrolment.refused": Text(
        th="เห็นว่าไม่ใช่ท่าน และปฏิเสธการลงทะเบียน", en="Did not take it for you, and refused the enrolment"
    ),
    "enrolment.viewed": Text(th="เปิดการยืนยันตัวตนของท่านเพื่อตรวจ", en="Opened your enrolment to judge it"),
    "enrolment.proven": Text(th="ยืนยันตัวตนของท่าน", en="Vouched for your identity"),
    "enrolment.sent_to_office": Text(th="ขอให้ท่านมาที่สำนักทะเบียน", en="Asked you to come to an office"),
    "person.finger_exported": Text(th="ส่งออกลายนิ้วมือของท่าน", en="Gave out a finger’s record of yours"),
    "person.change_proposed": Text(th="เสนอเปลี่ยนข้อมูลของท่านในทะเบียน", en="Proposed a change of your entry"),
    "person.change_confirmed": Text(th="ยืนยันการเปลี่ยนข้อมูลของท่าน", en="Confirmed a change of your entry"),
    "person.change_declined": Text(th="ไม่ยืนยันการเปลี่ยนข้อมูลของท่าน", en="Did not confirm a change of your entry"),
    "person.photograph_viewed": Text(th="เปิดดูภาพใบหน้าของท่านในทะเบียน", en="Opened your photograph in the register"),
    "person.biometric_kept": Text(th="บันทึกภาพใบหน้าหรือลายนิ้วมือของท่าน", en="Kept a photograph or fingerprints of yours"),
}
"""What is told to whom it is about, in their own list of who looked."""
