"""What an RP may ask about a person: ThaID's scopes, in the words of the consent page."""

from __future__ import annotations

from sala.kit.text import Text

OPENID = "openid"
CLAIMS: dict[str, Text] = {
    "pid": Text(th="เลขประจำตัวประชาชน 13 หลัก", en="Your 13-digit personal number"),
    "title": Text(th="คำนำหน้าชื่อ", en="Your title"),
    "title_en": Text(th="คำนำหน้าชื่อภาษาอังกฤษ", en="Your title in English"),
    "name": Text(th="ชื่อเต็ม", en="Your full name"),
    "name_en": Text(th="ชื่อเต็มภาษาอังกฤษ", en="Your full name in English"),
    "given_name": Text(th="ชื่อตัว", en="Your given name"),
    "given_name_en": Text(th="ชื่อตัวภาษาอังกฤษ", en="Your given name in English"),
    "middle_name": Text(th="ชื่อกลาง", en="Your middle name"),
    "middle_name_en": Text(th="ชื่อกลางภาษาอังกฤษ", en="Your middle name in English"),
    "family_name": Text(th="ชื่อสกุล", en="Your family name"),
    "family_name_en": Text(th="ชื่อสกุลภาษาอังกฤษ", en="Your family name in English"),
    "birthdate": Text(th="วันเกิด", en="Your date of birth"),
    "gender": Text(th="เพศ", en="Your sex"),
    "address": Text(th="ที่อยู่", en="Your address"),
    "house_address": Text(th="ที่อยู่ตามทะเบียนบ้าน", en="Your address in the house registration"),
    "smartcard_code": Text(th="เลขรหัสบัตรประจำตัวประชาชน", en="The number of your identity card"),
    "date_of_issuance": Text(th="วันออกบัตรประจำตัวประชาชน", en="The day your identity card was issued"),
    "date_of_expiry": Text(th="วันหมดอายุบัตรประจำตัวประชาชน", en="The day your identity card expires"),
    "ial": Text(th="ระดับการพิสูจน์ตัวตน", en="How well your identity was proven"),
}
ALL = (OPENID, *CLAIMS)
