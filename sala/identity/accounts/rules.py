"""What may be typed, how long things last, where a sign-in may lead, what a device is called. Pure."""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import phonenumbers

from sala.kit.errors import Fault
from sala.kit.text import Text

SESSION_AGE = timedelta(days=30)
SESSION_IDLE = timedelta(hours=12)
SESSION_KEPT = timedelta(days=90)  # after its end: traffic data, Computer Crime Act B.E. 2550, section 26
LINK_AGE = timedelta(hours=24)
LINK_KEPT = timedelta(days=7)  # after its end, so that an old one can still be renewed without typing again
STOP_AGE = timedelta(days=7)
TRIES = 10
LOCK = timedelta(minutes=15)
PASSWORD_MIN, PASSWORD_MAX = 10, 200
NAME_MAX = 100
TOKEN_DAYS = (30, 90, 365)
PASSKEYS_MAX, TOKENS_MAX = 10, 20
BY_PASSWORD = ("pwd",)
"""How somebody proved to be there, in the words of RFC 8176: one factor."""
BY_PASSKEY = ("hwk", "user", "mfa")
"""A passkey with user verification: a key that the device keeps, and the person's presence proven to the device."""

SCOPES: dict[str, Text] = {
    "cases:read": Text(
        th="อ่านคำขอและนัดหมายของท่าน และผลการพิจารณา", en="Read your requests, your appointments and the results"
    ),
    "cases:write": Text(
        th="ยื่นคำขอ จองและเปลี่ยนนัดหมาย ตอบคำถามเจ้าหน้าที่ และถอนคำขอ ในนามของท่าน",
        en="File requests, book and change appointments, answer officers’ questions and withdraw, in your name",
    ),
    "desk:read": Text(th="อ่านคำขอที่หน่วยงานของท่านรับผิดชอบ", en="Read the requests your office handles"),
    "desk:decide": Text(th="พิจารณาคำขอในนามของท่าน", en="Handle and decide requests in your name"),
    "reports:read": Text(th="อ่านสถิติของหน่วยงานท่าน", en="Read your office's figures"),
}
"""What a token may be limited to. A post is needed beside a desk’s scope."""
OFFICERS_SCOPES = frozenset({"desk:read", "desk:decide", "reports:read"})

_LOCAL_PATH = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]*")
_EMAIL = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]"
    r"(?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])"
)
# A full stop ends an initial; within a word it would make an address of a web site, and our letters greet by name.
_NAME = re.compile(r"(?:[^\W\d_]|[ '’ʼ‘\-]|[\u0300-\u036f]|\.(?=\s|$))+")
_LANGUAGES = ("th", "en")


@dataclass(frozen=True, slots=True)
class Person:
    """What registration asks for, and nothing else (R-001.12). `phone` is E.164."""

    given_name: str
    surname: str
    phone: str
    email: str


def local_path(path: str) -> str | None:
    """`path` if a browser takes it for an address of this site and nothing else; None otherwise.

    Refused are schemes, hosts, `//host`, `/\\host`, control characters and blanks, which browsers drop.
    """
    return path if len(path) <= 2000 and _LOCAL_PATH.fullmatch(path) else None


def valid_address(address: str | None) -> str | None:
    """The network address in its normal form, or None if it is none (a socket's path, a forged header)."""
    try:
        return str(ipaddress.ip_address(address or ""))
    except ValueError:
        return None


def network(address: str | None) -> str:
    """What is counted as one caller: an IPv4 address, or the /64 that one IPv6 subscriber holds."""
    try:
        ip = ipaddress.ip_address(address or "")
    except ValueError:
        return "unknown"
    return str(ip) if ip.version == 4 else str(ipaddress.ip_network((ip, 64), strict=False))


def visible(text: str) -> str:
    """`text` in one normal form, without characters that cannot be seen, its blanks single."""
    shown = (" " if c.isspace() else c for c in unicodedata.normalize("NFC", text))
    kept = (c for c in shown if unicodedata.category(c) not in {"Cc", "Cf", "Co", "Cs"})
    return " ".join("".join(kept).split())


def clean_person(typed: Mapping[str, str]) -> tuple[Person, list[Fault]]:
    """The person as typed into the registration form, and what is wrong with it."""
    person = Person(
        given_name=visible(typed.get("given_name", "")),
        surname=visible(typed.get("surname", "")),
        phone=clean_phone(typed.get("phone", "")),
        email=clean_email(typed.get("email", "")),
    )
    faults = [
        *name_faults("given_name", person.given_name),
        *name_faults("surname", person.surname),
        *phone_faults(typed.get("phone", "")),
        *email_faults(person.email),
    ]
    return person, faults


def name_faults(field: str, name: str) -> list[Fault]:
    """What is wrong with a given name or surname; a surname may be `-` for people who have none."""
    words = _NAME_WORDS[field]
    if not name:
        return [Fault(field, "missing", words["missing"])]
    if len(name) > NAME_MAX:
        return [Fault(field, "too_long", words["too_long"])]
    if field == "surname" and name == "-":
        return []
    if not any(c.isalpha() for c in name) or not _is_name(name):
        return [Fault(field, "not_a_name", words["not_a_name"])]
    return []


def _is_name(name: str) -> bool:
    # Vowel signs and tone marks of Thai and its neighbours are marks, which \w does not take in.
    bare = "".join(c for c in name if not unicodedata.category(c).startswith("M"))
    return _NAME.fullmatch(bare) is not None


def clean_phone(typed: str) -> str:
    """The number in E.164; empty if it cannot be one. Without a country's code it is a Thai number."""
    try:
        number = phonenumbers.parse(visible(typed), "TH")
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_possible_number(number):
        return ""
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def phone_words(phone: str) -> str:
    """The number as people read it, such as `+66 81 234 5678`."""
    try:
        number = phonenumbers.parse(phone)
    except phonenumbers.NumberParseException:
        return phone
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL))


def phone_faults(typed: str) -> list[Fault]:
    """What is wrong with a telephone number as typed."""
    if not visible(typed):
        return [Fault("phone", "missing", Text(th="โปรดกรอกหมายเลขโทรศัพท์", en="Enter your telephone number"))]
    if not clean_phone(typed):
        words = Text(
            th="โปรดกรอกหมายเลขโทรศัพท์ให้ครบ เช่น 081 234 5678 หรือเบอร์ต่างประเทศ เช่น +44 20 7946 0000",
            en="Enter a telephone number in full, such as 081 234 5678, or from abroad +44 20 7946 0000",
        )
        return [Fault("phone", "not_a_phone", words)]
    return []


def clean_email(typed: str) -> str:
    """The address without the blanks around it and the invisible characters that pasting brings along."""
    return visible(typed)


def email_faults(email: str, field: str = "email") -> list[Fault]:
    """What is wrong with an e-mail address."""
    if not email:
        return [Fault(field, "missing", Text(th="โปรดกรอกอีเมล", en="Enter your e-mail address"))]
    if len(email) > 254 or not _EMAIL.fullmatch(email) or ".." in email or ".@" in email or email.startswith("."):
        words = Text(
            th="โปรดกรอกอีเมลให้ถูกต้อง เช่น name@example.com",
            en="Enter an e-mail address in the correct format, like name@example.com",
        )
        return [Fault(field, "not_an_email", words)]
    return []


def clean_language(typed: str) -> str:
    """`th` or `en`."""
    return typed if typed in _LANGUAGES else "th"


def clean_password(typed: str) -> str:
    """The password in one normal form, so that another keyboard types the same."""
    return unicodedata.normalize("NFKC", typed)


def password_faults(password: str, field: str = "password") -> list[Fault]:
    """What can be told of a new password by itself: its length."""
    if not password:
        return [Fault(field, "missing", Text(th="ตั้งรหัสผ่าน", en="Enter a password"))]
    if len(password) < PASSWORD_MIN:
        words = Text(
            th=f"รหัสผ่านต้องมีอย่างน้อย {PASSWORD_MIN} ตัวอักษร",
            en=f"Your password must have at least {PASSWORD_MIN} characters",
        )
        return [Fault(field, "too_short", words)]
    if len(password) > PASSWORD_MAX:
        words = Text(
            th=f"รหัสผ่านต้องไม่เกิน {PASSWORD_MAX} ตัวอักษร",
            en=f"Your password must have {PASSWORD_MAX} characters or fewer",
        )
        return [Fault(field, "too_long", words)]
    return []


def clean_label(field: str, typed: str) -> tuple[str, list[Fault]]:
    """The name a person gives to a passkey or an API token."""
    label = visible(typed)
    if not label:
        return label, [Fault(field, "missing", Text(th="ตั้งชื่อเพื่อให้จำได้", en="Give it a name that you will recognise"))]
    if len(label) > NAME_MAX:
        words = Text(th=f"ชื่อต้องไม่เกิน {NAME_MAX} ตัวอักษร", en=f"The name must have {NAME_MAX} characters or fewer")
        return label, [Fault(field, "too_long", words)]
    return label, []


_NAME_WORDS = {
    "given_name": {
        "missing": Text(th="โปรดกรอกชื่อ", en="Enter your given name"),
        "too_long": Text(
            th=f"ชื่อต้องไม่เกิน {NAME_MAX} ตัวอักษร", en=f"Your given name must have {NAME_MAX} characters or fewer"
        ),
        "not_a_name": Text(
            th="ชื่อต้องเป็นตัวอักษรเท่านั้น ใช้ขีดกลาง จุด และเว้นวรรคได้",
            en="Your given name must be in letters, hyphens, apostrophes and spaces",
        ),
    },
    "surname": {
        "missing": Text(th="โปรดกรอกนามสกุล หากไม่มีให้ใส่ -", en="Enter your surname, or - if you have none"),
        "too_long": Text(
            th=f"นามสกุลต้องไม่เกิน {NAME_MAX} ตัวอักษร", en=f"Your surname must have {NAME_MAX} characters or fewer"
        ),
        "not_a_name": Text(
            th="นามสกุลต้องเป็นตัวอักษรเท่านั้น ใช้ขีดกลาง จุด และเว้นวรรคได้ หากไม่มีให้ใส่ -",
            en="Your surname must be in letters, hyphens, apostrophes and spaces. If you have none, enter -",
        ),
    },
}
