"""What the registration desk says."""

from __future__ import annotations

from sala.kit.text import Text

DATE = Text(th="กรอกวัน เดือน ปี ที่มีจริง เช่น 13 4 2528", en="Enter a day that there is, such as 13 4 1985")
NOBODY = Text(
    th="ไม่พบผู้ใดในทะเบียน ตรวจเลข หรือชื่อและวันเกิดอีกครั้ง",
    en="Nobody in the register fits. Check the number, or the name and the date of birth",
)
PID_OR_NAME = Text(
    th="กรอกเลข 13 หลัก หรือชื่อตัว ชื่อสกุล และวันเกิด", en="Enter the 13 digits, or given name, family name and date of birth"
)
SAME = Text(th="ยังไม่มีอะไรเปลี่ยน", en="Nothing is different yet")
CHOOSE = Text(th="เลือก", en="Choose one")
REASON = Text(th="เหตุผล", en="Reason")
REASON_HINT = Text(
    th="เช่น จดทะเบียนสมรส หรือพิมพ์ผิดเมื่อลงทะเบียน เจ้าของข้อมูลเห็นเหตุผลนี้",
    en="Such as: marriage, or mistyped at registration. The person sees it",
)
DOCUMENT = Text(th="เอกสารอ้างอิง", en="Document")
DOCUMENT_HINT = Text(th="ชนิดและเลขที่ เช่น คร.2 ที่ 41/12", en="Its sort and number, such as KR.2 no. 41/12")
REASON_MISSING = Text(th="ระบุเหตุผลของการเปลี่ยนแปลง", en="Say why it is changed")
DOCUMENT_MISSING = Text(th="ระบุเอกสารที่ใช้อ้างอิง", en="Say on which document it rests")
EFFECTIVE = Text(th="มีผลตั้งแต่", en="True since")
EFFECTIVE_HINT = Text(th="วันนี้ หรือวันก่อนหน้าเพื่อแก้ไขอดีต", en="Today, or an earlier day to correct the past")
ALWAYS_HINT = Text(
    th="เว้นว่างไว้หากเป็นเช่นนี้มาตั้งแต่เกิด หากเพิ่งเปลี่ยนภายหลัง กรอกวันที่เปลี่ยน",
    en="Empty: it was always so, from birth. Where it became so later: the day",
)
SINCE_WHEN = Text(th="กรอกวันที่เริ่มถือสัญชาตินี้", en="Enter the day since when this is their nationality")
ACTS = {
    "name": Text(th="เปลี่ยนชื่อ", en="Change the name"),
    "details": Text(th="แก้ไขข้อมูล", en="Correct the entry"),
    "move": Text(th="ย้ายบ้าน", en="Move house"),
    "death": Text(th="แจ้งตาย", en="Record a death"),
}
BIRTH = Text(th="จดทะเบียนการเกิด", en="Birth registration")
NOBODY_BY_NUMBER = Text(th="ไม่พบผู้ใดในทะเบียนด้วยเลขนี้ ตรวจเลขอีกครั้ง", en="Nobody in the register has this number. Check it")
NO_LAST_DAY = Text(th="จนกว่าศาลจะสั่งเป็นอย่างอื่น", en="Until a court says otherwise")
ENDS = {
    "ran_out": Text(th="ครบกำหนด", en="Ran out"),
    "ended": Text(th="สิ้นสุดแล้ว", en="Ended"),
    "death": Text(th="สิ้นสุดเมื่อมีผู้เสียชีวิต", en="Ended by a death"),
}
PROPOSAL_DONE = {
    "confirmed": Text(th="ยืนยันและบันทึกการเปลี่ยนแปลงแล้ว", en="Confirmed: the entry is changed"),
    "declined": Text(th="ไม่ได้เปลี่ยนแปลงข้อมูล", en="The entry stays as it was"),
}
PROPOSED = Text(
    th="เสนอการเปลี่ยนแปลงแล้ว รอเจ้าหน้าที่อีกคนยืนยัน ข้อมูลยังไม่เปลี่ยน",
    en="Proposed: another officer confirms it. The entry has not changed yet",
)
PICTURE_MISSING = Text(th="ถ่ายหรือเลือกรูปก่อน", en="Take or choose a picture first")
EXPORT_REASON = Text(
    th="เขียนว่าส่งออกให้ใคร เพื่ออะไร เจ้าของข้อมูลเห็นเหตุผลนี้", en="Say to whom it goes and what for. The person sees it"
)
FINGER_MISSING = Text(th="เลือกนิ้วที่มีในทะเบียน", en="Choose a finger that the register has")
PHOTOGRAPH_KEPT = Text(th="บันทึกภาพถ่ายแล้ว", en="The photograph is kept")
UNREADABLE = Text(th="เปิดข้อมูลนี้ไม่ได้ โปรดแจ้งผู้ดูแลระบบ", en="This cannot be opened: tell the operator")
FINGERS = {
    1: Text(th="นิ้วหัวแม่มือขวา", en="Right thumb"), 2: Text(th="นิ้วชี้ขวา", en="Right index finger"),
    3: Text(th="นิ้วกลางขวา", en="Right middle finger"), 4: Text(th="นิ้วนางขวา", en="Right ring finger"),
    5: Text(th="นิ้วก้อยขวา", en="Right little finger"), 6: Text(th="นิ้วหัวแม่มือซ้าย", en="Left thumb"),
    7: Text(th="นิ้วชี้ซ้าย", en="Left index finger"), 8: Text(th="นิ้วกลางซ้าย", en="Left middle finger"),
    9: Text(th="นิ้วนางซ้าย", en="Left ring finger"), 10: Text(th="นิ้วก้อยซ้าย", en="Left little finger"),
}  # fmt: skip
