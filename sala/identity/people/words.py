"""What the register says to whoever keeps it."""

from __future__ import annotations

from collections.abc import Iterable

from sala.kit.text import Text

FIELDS: dict[str, Text] = {
    "pid": Text(th="เลขประจำตัวประชาชน", en="Personal number"),
    "title_th": Text(th="คำนำหน้าชื่อ", en="Title in Thai"),
    "given_name_th": Text(th="ชื่อตัว", en="Given name in Thai"),
    "middle_name_th": Text(th="ชื่อกลาง", en="Middle name in Thai"),
    "family_name_th": Text(th="ชื่อสกุล", en="Family name in Thai"),
    "title_en": Text(th="คำนำหน้าชื่อ (อังกฤษ)", en="Title"),
    "given_name_en": Text(th="ชื่อตัว (อังกฤษ)", en="Given name"),
    "middle_name_en": Text(th="ชื่อกลาง (อังกฤษ)", en="Middle name"),
    "family_name_en": Text(th="ชื่อสกุล (อังกฤษ)", en="Family name"),
    "birth_date": Text(th="วันเกิด", en="Date of birth"),
    "sex": Text(th="เพศ", en="Sex"),
    "house_no": Text(th="บ้านเลขที่", en="House number"),
    "moo": Text(th="หมู่ที่", en="Village number"),
    "lane": Text(th="ตรอก/ซอย", en="Lane"),
    "road": Text(th="ถนน", en="Road"),
    "subdistrict_id": Text(th="ตำบล อำเภอ จังหวัด", en="Sub-district, district, province"),
    "card_number": Text(th="เลขรหัสบัตรประชาชน", en="Number of the identity card"),
    "card_issued_on": Text(th="วันออกบัตร", en="Card issued on"),
    "card_expires_on": Text(th="วันบัตรหมดอายุ", en="Card expires on"),
    "ial": Text(th="ระดับการพิสูจน์ตัวตน", en="How well the identity was proven"),
    "died_on": Text(th="วันที่เสียชีวิต", en="Died on"),
    "nationality": Text(th="สัญชาติ", en="Nationality"),
    "house_id": Text(th="รหัสประจำบ้าน", en="Code of the house"),
    "house_role": Text(th="สถานภาพในบ้าน", en="Place in the household"),
    "father_pid": Text(th="เลขประจำตัวประชาชนของบิดา", en="Father’s personal number"),
    "father_name_th": Text(th="ชื่อบิดา", en="Father’s name"),
    "mother_pid": Text(th="เลขประจำตัวประชาชนของมารดา", en="Mother’s personal number"),
    "mother_name_th": Text(th="ชื่อมารดา", en="Mother’s name"),
}
HOUSE_ROLES = {
    "head": Text(th="เจ้าบ้าน", en="Head of the household"),
    "resident": Text(th="ผู้อยู่อาศัย", en="Resident"),
}
NATIONALITIES = {"THA": Text(th="ไทย", en="Thai")}
"""Others are shown by their country's letters, as they are typed."""
SEXES = {"m": Text(th="ชาย", en="Male"), "f": Text(th="หญิง", en="Female")}
IALS = {
    "1.3": Text(th="IAL 1.3 (ด้วยบัตร)", en="IAL 1.3 (by card)"),
    "2.2": Text(th="IAL 2.2 (ด้วยใบหน้า)", en="IAL 2.2 (by face)"),
    "2.3": Text(th="IAL 2.3 (ลงทะเบียนต่อหน้านายทะเบียน)", en="IAL 2.3 (enrolled before a registrar)"),
}
KNOWN_ALREADY = Text(th="เลขประจำตัวประชาชนนี้มีในทะเบียนแล้ว", en="This citizen number stands in the register already")
LINKED_ELSEWHERE = Text(
    th="บัญชีนี้ผูกกับบุคคลอื่น หรือบุคคลนี้มีบัญชีอื่นอยู่แล้ว", en="The account is somebody else's, or the person has another account"
)
ANOTHERS_ACCOUNT = Text(
    th="บัญชีที่ท่านใช้อยู่เป็นของบุคคลอื่นในทะเบียน โปรดเข้าสู่ระบบหรือสมัครด้วยบัญชีของท่านเอง",
    en="The account you are in is another person’s in the register. Sign in to your own, or make one",
)
HELD_ELSEWHERE = Text(
    th="ท่านมีบัญชีอื่นที่ยืนยันตัวตนไว้แล้วในระดับเดียวกันหรือสูงกว่า โปรดเข้าสู่ระบบด้วยบัญชีนั้น หรือกู้คืนบัญชีหากเข้าไม่ได้",
    en="You have another account that was proven as surely. Sign in to that one, or get it back if you cannot",
)
LASER = Text(
    th="รหัสหลังบัตรมีตัวอักษรอังกฤษ 2 ตัวและตัวเลข 10 หลัก เช่น JT9-9999999-99",
    en="The code on the back has two letters and ten digits, such as JT9-9999999-99",
)
REASON = Text(th="ระบุเหตุผลของการเปลี่ยนแปลง", en="Say why it is changed")
PID_FIXED = Text(
    th="เลขประจำตัวประชาชนเปลี่ยนไม่ได้ ให้ลงทะเบียนเลขใหม่แทน",
    en="A citizen number is never changed: register the new one instead",
)
PID = Text(
    th="เลขประจำตัวประชาชนต้องมี 13 หลัก และหลักสุดท้ายต้องถูกต้อง",
    en="A citizen number has 13 digits, and the last one must fit the others",
)
MISSING = Text(th="ต้องกรอก", en="This is needed")
THAI_NAME = Text(th="ใช้ตัวอักษรไทย", en="Use Thai letters")
LATIN_NAME = Text(th="ใช้ตัวอักษรอังกฤษ", en="Use Latin letters")
SEX = Text(th="เพศต้องเป็น m หรือ f", en="Sex is m or f")
DATE = Text(th="ต้องเป็นวันที่", en="This must be a date")
FUTURE = Text(th="วันที่นี้ยังไม่ถึง", en="This date is in the future")
DIED_BEFORE_BIRTH = Text(th="วันตายอยู่ก่อนวันเกิด", en="The date of death is before that of birth")
SUBDISTRICT = Text(th="ไม่มีตำบลรหัสนี้", en="There is no sub-district with this code")
CARD_WHOLE = Text(
    th="บัตรต้องมีทั้งเลข วันออก และวันหมดอายุ หรือไม่มีเลย",
    en="A card has a number, a date of issue and one of expiry, or none of them",
)
CARD_ORDER = Text(th="วันหมดอายุของบัตรต้องอยู่หลังวันออก", en="The card expires after it was issued")
IAL = Text(th="ระดับความเชื่อมั่นต้องเป็น 1.3, 2.2 หรือ 2.3", en="The assurance level is 1.3, 2.2 or 2.3")
UNKNOWN = Text(th="ทะเบียนไม่มีข้อมูลช่องนี้", en="The register has no such field")
LONG = Text(th="ยาวเกินไป", en="This is too long")
EARLY = Text(th="วันที่นี้เก่าเกินไป ตรวจว่าเป็นปีคริสต์ศักราช", en="This is too long ago: check the year")
HOUSE = Text(
    th="รหัสประจำบ้านต้องมี 11 หลัก และหลักสุดท้ายต้องถูกต้อง",
    en="A house’s code has 11 digits, and the last one must fit the others",
)
NO_HOUSE = Text(th="ไม่มีบ้านรหัสนี้ในทะเบียน ให้ลงทะเบียนบ้านก่อน", en="No house has this code. Register the house first")
HOUSE_ROLE = Text(
    th="ผู้อยู่ในทะเบียนบ้านเป็น head (เจ้าบ้าน) หรือ resident (ผู้อาศัย) ผู้ไม่มีบ้านไม่เป็นทั้งสอง",
    en="Whoever is registered in a house is its head or a resident; whoever is not is neither",
)
HEAD_ALREADY = Text(th="บ้านนี้มีเจ้าบ้านแล้ว", en="This house has a head already")
OF_HOUSE = Text(
    th="ที่อยู่เป็นของบ้าน ให้ย้ายเข้าบ้านอื่นแทนการแก้ที่อยู่",
    en="The address is the house’s: move to another house instead",
)
HOUSE_KNOWN = Text(th="รหัสประจำบ้านนี้เป็นของที่อยู่อื่น", en="This code is another address’s")
PARENT = Text(th="เลขประจำตัวประชาชนของบิดามารดาไม่ถูกต้อง", en="This is not the number of a parent")
PARENT_OTHER = Text(
    th="เลขนี้เป็นของบุคคลที่เป็นบิดาหรือมารดาไม่ได้ ตรวจเพศและวันเกิด",
    en="This is the number of somebody who cannot be that parent: check the sex and the birth date",
)
NATIONALITY = Text(
    th="สัญชาติต้องเป็นรหัสประเทศ 3 ตัวอักษร เช่น THA", en="A nationality is a country’s three letters, such as THA"
)
EFFECTIVE_FUTURE = Text(
    th="การเปลี่ยนแปลงต้องมีผลแล้ว ไม่บันทึกล่วงหน้า", en="A change is recorded when it has come true, not before"
)
LATER_UNTRUE = Text(
    th="ขัดกับข้อมูลที่เปลี่ยนภายหลังวันนั้น ตรวจประวัติ",
    en="This does not fit what was changed after that day: see the history",
)
OWN_ENTRY = Text(th="เจ้าหน้าที่แก้ไขข้อมูลทะเบียนของตนเองไม่ได้", en="No officer changes their own entry in the register")
CHANGED_MEANWHILE = Text(
    th="ข้อมูลเปลี่ยนไปหลังจากที่ท่านเปิดดู ตรวจสิ่งที่เปลี่ยนแล้วลองใหม่",
    en="The entry was changed after you opened it. See what was changed, then try again",
)
IMPORTED_MEANWHILE = Text(
    th="มีการนำเข้าไฟล์นี้อยู่แล้ว รอให้เสร็จก่อน", en="Another process is importing this file. Wait until it is done"
)
NOT_JSON = Text(th="บรรทัดนี้ไม่ใช่ JSON ที่ถูกต้อง", en="This line is not a JSON object")
CELLS = Text(
    th="จำนวนช่องไม่ตรงกับหัวตาราง ตรวจเครื่องหมายจุลภาคและอัญประกาศ",
    en="The number of cells is not that of the heading: check commas and quotation marks",
)
NO_PID_COLUMN = Text(th="ไฟล์ต้องมีคอลัมน์ pid", en="The file needs a column pid")
TWICE = Text(th="เลขนี้อยู่ในไฟล์แล้วก่อนหน้าไม่ไกล ให้เหลือแถวเดียว", en="This number was in the file just before: keep one row")
ISO_DATE = Text(
    th="เขียนวันที่เป็น ปี ค.ศ.-เดือน-วัน เช่น 2026-11-22 และต้องเป็นวันที่มีจริง",
    en="Write the date as 2026-11-22, a day that there is",
)
CHILD_HOUSE = Text(
    th="ระบุบ้านของเด็ก เพราะมารดาไม่มีบ้านในทะเบียน", en="Say the child’s house: the mother has none in the register"
)
PICTURE = Text(
    th="รูปถ่ายต้องเป็น JPEG, JPEG 2000 หรือ PNG ไม่เกิน 2 MB", en="A photograph is a JPEG, JPEG 2000 or PNG of at most 2 MB"
)
FINGER = Text(
    th="ต้องเป็นระเบียน ISO/IEC 19794-2 ของนิ้วที่ระบุ", en="This must be an ISO/IEC 19794-2 record of the finger that is named"
)


def unknown_column(known: Iterable[str]) -> Text:
    """What a file's heading may say instead."""
    names = ", ".join(sorted(known))
    return Text(th=f"{UNKNOWN.th} ช่องที่มีคือ {names}", en=f"{UNKNOWN.en}. It has: {names}")
