"""What the phone's pages of enrolment say from Python."""

from __future__ import annotations

from sala.kit.text import Text

PID = Text(
    th="เลขประจำตัวประชาชนมี 13 หลัก โปรดตรวจทุกหลักกับบัตร",
    en="The citizen number has 13 digits. Check every digit with your card",
)
BIRTH = Text(th="โปรดกรอกวัน เดือน ปีเกิด เช่น 13 4 2528", en="Enter the day, month and year, such as 13 4 1985")
LASER = Text(
    th="รหัสหลังบัตรมีตัวอักษรอังกฤษ 2 ตัวและตัวเลข 10 หลัก เช่น JT9-9999999-99",
    en="The code on the back has two letters and ten digits, such as JT9-9999999-99",
)
CHECK_CARD = Text(
    th="ข้อมูลสามรายการนี้ไม่ตรงกับทะเบียน โปรดตรวจเลขประจำตัว วันเกิด และรหัสหลังบัตร กับบัตรใบล่าสุดของท่าน",
    en="These three do not fit together in the register. Check the number, the date of birth and the code with your "
    "newest card",
)
CHECK_CODE = Text(
    th="รหัสกับวันเกิดไม่ตรงกัน หรือรหัสหมดอายุแล้ว โปรดตรวจกับใบที่เจ้าหน้าที่ให้",
    en="The code and the date of birth do not fit together, or the code has run out. Check the slip from the office",
)
OWN_SLIP = Text(
    th="ท่านเป็นเจ้าหน้าที่ที่ลงทะเบียนรายการนี้ จึงนำเข้าบัญชีของท่านเองไม่ได้",
    en="You are the officer who enrolled this person: it cannot be brought to your own account",
)
CARD_FIRST = Text(th="โปรดกรอกข้อมูลบัตรก่อน", en="Enter what stands on your card first")
NOT_LIVE = Text(th="กล้องยังเห็นท่าทางไม่ครบ โปรดลองอีกครั้ง", en="The camera did not see every movement. Try once more")
UNSEEN = Text(
    th="ขณะนี้ตรวจสอบใบหน้าไม่ได้ ข้อมูลบัตรของท่านยังอยู่ แต่ต้องทำท่าทางใหม่ โปรดลองอีกครั้งในอีกไม่กี่นาที หรือให้เจ้าหน้าที่ตรวจสอบแทน",
    en="Faces cannot be checked at the moment. What you entered of your card is kept, but the movements must be made "
    "again: try in a few minutes, or let an officer look",
)
NO_FRAMES = Text(th="ยังไม่ได้รับภาพจากกล้อง โปรดลองอีกครั้ง", en="No picture came from the camera. Try once more")
NO_PICTURE = Text(th="โปรดถ่ายหรือเลือกภาพใบหน้าของท่านหนึ่งภาพ", en="Take or choose one picture of your face")
LARGE = Text(th="ไฟล์ใหญ่เกิน 10 MB โปรดใช้ภาพที่เล็กลง", en="The file is larger than 10 MB. Use a smaller picture")
CARD_UNREAD = Text(
    th="อ่านภาพไม่ได้ โปรดถ่ายใหม่ในที่สว่าง หรือพิมพ์ข้อมูลเอง",
    en="The picture could not be read. Take it in good light, or type it yourself",
)
NOT_YET = Text(
    th="ยังตั้งรหัสผ่านใหม่ไม่ได้ โปรดกลับมาเมื่อครบเวลา",
    en="A new password cannot be chosen yet. Come back when the time has come",
)
NO_ACCOUNT = Text(
    th="ไม่มีบัญชีที่เชื่อมกับท่านอยู่ ท่านสมัครบัญชีใหม่แล้วยืนยันตัวตนได้ทันที",
    en="No account is connected with you. Make a new one and show that it is you",
)
YOUR_ENROLMENT = Text(th="การยืนยันตัวตนของท่าน", en="Proving who you are")
STATE = Text(th="สถานะ", en="State")
LEVEL = Text(th="ระดับ", en="Level")
REASON = Text(th="เหตุผลของเจ้าหน้าที่", en="The officer’s reason")
BEGUN = Text(th="เริ่มเมื่อ", en="Begun")
WAYS: dict[str, Text] = {
    "phone": Text(th="ยืนยันตัวตนด้วยตนเอง", en="Proven by yourself"),
    "office": Text(th="ยืนยันตัวตนที่สำนักทะเบียน", en="Proven at a registration office"),
}
STATES: dict[str, Text] = {
    "started": Text(th="เริ่มแล้ว", en="Begun"),
    "review": Text(th="รอเจ้าหน้าที่ตรวจ", en="Waits for an officer"),
    "ready": Text(th="ยืนยันแล้ว รอเชื่อมบัญชี", en="Proven, not yet connected"),
    "done": Text(th="เสร็จสิ้น", en="Done"),
    "refused": Text(th="เจ้าหน้าที่ไม่ยืนยัน", en="Not confirmed by an officer"),
    "ended": Text(th="สิ้นสุดโดยไม่เสร็จ", en="Ended unfinished"),
}
LOOKS: dict[str, Text] = {
    "enrolment.card_wrong": Text(
        th="มีผู้กรอกเลขประจำตัวของท่านเพื่อยืนยันตัวตน แต่ข้อมูลบัตรไม่ถูกต้อง",
        en="Entered your number to prove to be you, with wrong data of the card",
    ),
    "enrolment.card_shown": Text(
        th="กรอกข้อมูลบัตรของท่านถูกต้อง เพื่อยืนยันตัวตน", en="Entered the data of your card rightly, to prove to be you"
    ),
    "enrolment.face_other": Text(
        th="แสดงใบหน้าเพื่อยืนยันว่าเป็นท่าน แต่ใบหน้าไม่ตรง", en="Showed a face to prove to be you, and it was not alike"
    ),
    "enrolment.face_shown": Text(th="แสดงใบหน้าที่ตรงกับภาพของท่าน", en="Showed a face that is like your photograph"),
    "enrolment.linked": Text(th="เชื่อมบัญชีกับข้อมูลทะเบียนของท่าน", en="Connected an account with your entry"),
    "enrolment.begun": Text(th="เริ่มยืนยันตัวตนให้ท่านที่สำนักทะเบียน", en="Began to enrol you at an office"),
    "enrolment.viewed": Text(th="เปิดดูการยืนยันตัวตนและภาพของท่าน", en="Opened your enrolment and your picture"),
    "enrolment.recognised": Text(
        th="เทียบใบหน้าของท่านกับภาพในทะเบียน", en="Compared your face with the register’s picture"
    ),
    "enrolment.proven": Text(th="ยืนยันตัวตนของท่าน", en="Confirmed who you are"),
    "enrolment.refused": Text(th="ไม่ยืนยันตัวตน พร้อมเหตุผล", en="Did not confirm who you are, with a reason"),
    "enrolment.sent_to_office": Text(th="ขอให้ท่านมาที่สำนักทะเบียน", en="Asked you to come to an office"),
    "recovery.begun": Text(th="ขอกู้คืนบัญชีของท่าน", en="Asked to get your account back"),
    "recovery.stopped": Text(th="หยุดการกู้คืนบัญชีของท่าน", en="Stopped getting your account back"),
    "recovery.done": Text(th="กู้คืนบัญชีของท่านและตั้งรหัสผ่านใหม่", en="Got your account back and chose a new password"),
}
"""What is told to whom it is about, in their own list of who looked."""
