"""What the register says to whoever keeps it."""

from __future__ import annotations

from sala.kit.text import Text

KNOWN_ALREADY = Text(th="เลขประจำตัวประชาชนนี้มีในทะเบียนแล้ว", en="This citizen number stands in the register already")
LINKED_ELSEWHERE = Text(
    th="บัญชีนี้ผูกกับบุคคลอื่น หรือบุคคลนี้มีบัญชีอื่นอยู่แล้ว", en="The account is somebody else's, or the person has another account"
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
