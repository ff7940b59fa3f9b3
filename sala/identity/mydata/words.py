"""What this room says to people, in both languages."""

from __future__ import annotations

from sala.identity.people import words as register
from sala.kit.text import Text

FIELDS, SEXES, IALS, HOUSE_ROLES = register.FIELDS, register.SEXES, register.IALS, register.HOUSE_ROLES
NATIONALITIES = register.NATIONALITIES
REGISTERED = Text(th="ขึ้นทะเบียน", en="Entered into the register")
ROLES = {
    "officer": Text(th="เจ้าหน้าที่", en="Officer"),
    "senior": Text(th="หัวหน้าชุด", en="Senior officer"),
    "manager": Text(th="หัวหน้าสำนักงาน", en="Manager"),
    "auditor": Text(th="ผู้ตรวจสอบ", en="Auditor"),
    "administrator": Text(th="ผู้ดูแลระบบ", en="Administrator"),
}
GUARDIAN = Text(th="ผู้ที่ทำแทนท่าน (บิดามารดา ผู้ปกครอง หรือผู้อนุบาล)", en="Who acts for you (parent or guardian)")
YOU = Text(th="ท่านเอง", en="You")
SYSTEM = Text(th="ระบบทำงานเอง", en="The system by itself")
BY_LETTER = Text(th="ผู้ที่มีลิงก์จากจดหมาย", en="Somebody with the link from a letter")
NOBODY_KNOWN = Text(th="ผู้ที่ไม่ได้เข้าสู่ระบบ", en="Somebody who was not signed in")
FORMER = Text(th="เจ้าหน้าที่ (พ้นตำแหน่งแล้ว)", en="An officer whose post has ended")

OWN_ACTS: dict[str, Text] = {
    "account.registered": Text(th="เปิดบัญชี", en="The account was opened"),
    "account.created": Text(th="เปิดบัญชีให้", en="The account was made"),
    "account.signed_in": Text(th="เข้าสู่ระบบ", en="Somebody signed in"),
    "account.sign_in_failed": Text(th="พยายามเข้าสู่ระบบด้วยรหัสผ่านที่ผิด", en="Somebody tried a wrong password"),
    "account.signed_out": Text(th="ออกจากระบบ", en="A device was signed out"),
    "account.signed_out_elsewhere": Text(th="ออกจากระบบในอุปกรณ์อื่นทั้งหมด", en="All other devices were signed out"),
    "account.proved": Text(th="ยืนยันตัวด้วยพาสคีย์อีกครั้ง", en="Identity was confirmed with a passkey"),
    "account.details_changed": Text(th="แก้ไขข้อมูลบัญชี", en="Details were changed"),
    "account.password_changed": Text(th="เปลี่ยนรหัสผ่าน", en="The password was changed"),
    "account.password_reset": Text(th="ตั้งรหัสผ่านใหม่ด้วยลิงก์จากจดหมาย", en="A new password was chosen by a letter"),
    "account.password_link": Text(th="เจ้าหน้าที่ขอลิงก์ตั้งรหัสผ่าน", en="The operator made a link for a new password"),
    "account.email_change_asked": Text(th="ขอเปลี่ยนอีเมล", en="Another e-mail address was asked for"),
    "account.email_changed": Text(th="เปลี่ยนอีเมล", en="The e-mail address was changed"),
    "account.email_change_stopped": Text(th="ยกเลิกการเปลี่ยนอีเมล", en="A change of e-mail address was stopped"),
    "account.disowned": Text(th="แจ้งว่า “ไม่ใช่ฉัน” และล็อกบัญชี", en="“This was not me”: the account was locked"),
    "account.recovered": Text(
        th="กู้คืนบัญชีด้วยบัตรและใบหน้าหรือรหัสจากสำนักทะเบียน", en="The account was got back, and a new password chosen"
    ),
    "account.recovered_at_office": Text(
        th="สำนักทะเบียนคืนบัญชี และออกจากระบบทุกอุปกรณ์", en="An office gave the account back: all devices were signed out"
    ),
    "pin.forgotten_at_office": Text(th="สำนักทะเบียนลบ PIN ที่ลืม", en="An office took away a forgotten PIN"),
    "passkey.added": Text(th="เพิ่มพาสคีย์", en="A passkey was added"),
    "passkey.removed": Text(th="ลบพาสคีย์", en="A passkey was removed"),
    "passkey.trusted": Text(th="ยืนยันว่าพาสคีย์เป็นของท่าน", en="A passkey in doubt was confirmed"),
    "pin.chosen": Text(th="ตั้ง PIN", en="A PIN was chosen"),
    "pin.wrong": Text(th="กรอก PIN ผิด", en="Somebody typed a wrong PIN"),
    "pin.locked": Text(th="PIN ถูกล็อก", en="The PIN was locked"),
    "push.device_added": Text(th="เพิ่มอุปกรณ์รับการแจ้งเตือน", en="A device was added to be notified"),
    "push.device_removed": Text(th="ลบอุปกรณ์รับการแจ้งเตือน", en="A device is notified no more"),
    "id.number_shown": Text(th="แสดงเลขประจำตัวประชาชน", en="The personal number was shown on the phone"),
    "push.device_gone": Text(th="อุปกรณ์ไม่รับการแจ้งเตือนแล้ว", en="A device could be notified no more"),
    "account.person_died": Text(
        th="ทะเบียนราษฎรบันทึกว่าเสียชีวิต บัญชีหยุดใช้", en="The civil register recorded a death: the account rested"
    ),
    "account.person_restored": Text(
        th="ทะเบียนราษฎรเพิกถอนการแจ้งตาย บัญชีกลับมาใช้ได้",
        en="The civil register took the death back: the account works again",
    ),
    "account.person_renounced": Text(
        th="ทะเบียนราษฎรบันทึกการสละสัญชาติ การเข้าสู่ระบบทั้งหมดสิ้นสุด",
        en="The civil register recorded another nationality: all devices were signed out",
    ),
    "account.closed": Text(th="ปิดบัญชี", en="The account was closed"),
    "token.issued": Text(th="สร้างโทเคน API", en="An API token was made"),
    "token.revoked": Text(th="ยกเลิกโทเคน API", en="An API token was revoked"),
    "person.linked": Text(th="ผูกบัญชีกับทะเบียนราษฎร", en="The account was linked to the civil register"),
    "person.unlinked": Text(th="ยกเลิกการผูกกับทะเบียนราษฎร", en="The link to the civil register was ended"),
    "mydata.copy_asked": Text(th="ขอสำเนาข้อมูล", en="A copy of the data was asked for"),
    "mydata.copy_saved": Text(th="บันทึกสำเนาข้อมูล", en="A copy of the data was saved"),
}
"""What stands under one's own account in the audit, in words."""

NOT_FRESH = Text(
    th="โปรดยืนยันว่าเป็นท่านอีกครั้ง ด้วยรหัสผ่านหรือพาสคีย์", en="Show once more that it is you, by password or passkey"
)
NO_REMARK = Text(th="โปรดเขียนว่าพบอะไรและทำอะไรไปแล้ว", en="Write what you found and did")
OWN_REPORT = Text(
    th="เรื่องนี้เป็นบัญชีของท่านเอง ต้องให้เจ้าหน้าที่อื่นดำเนินการ", en="This is your own account: a colleague has to handle it"
)
ABOUT: dict[str, Text] = {
    "session": Text(th="การเข้าสู่ระบบจากอุปกรณ์หนึ่ง", en="A device that was signed in"),
    "sign_in": Text(th="การเข้าสู่ระบบที่บริการอื่น", en="A sign-in at another service"),
    "look": Text(th="บริการหนึ่งอ่านข้อมูล", en="A service that read data"),
    "officer": Text(th="เจ้าหน้าที่เปิดดูข้อมูล", en="An officer who opened data"),
    "activity": Text(th="เหตุการณ์ในบัญชี", en="Something that happened in the account"),
    "approval": Text(th="คำขออนุมัติบนโทรศัพท์", en="A request to approve on the phone"),
    "copy": Text(th="สำเนาข้อมูล", en="A copy of the data"),
    "passkey_added": Text(th="จดหมายแจ้งว่ามีพาสคีย์ใหม่", en="The letter about a new passkey"),
    "password_changed": Text(th="จดหมายแจ้งว่าเปลี่ยนรหัสผ่าน", en="The letter about a changed password"),
    "other": Text(th="อาจมีผู้อื่นอยู่ในบัญชี", en="Somebody else may be in the account"),
}
