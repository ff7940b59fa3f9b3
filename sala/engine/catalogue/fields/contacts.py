"""How to reach a person: telephone and e-mail."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

import phonenumbers
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from phonenumbers import PhoneNumberFormat

from sala.engine.catalogue.fields import tidy
from sala.engine.catalogue.fields.base import Kind, Widget
from sala.kit.errors import Fault
from sala.kit.text import Language, Text

# A Thai mobile number in E.164 is what most people have: told by the library's own pattern, without its 100 µs of work.
_THAI: Any = phonenumbers.PhoneMetadata.metadata_for_region("TH")
_THAI_MOBILE = re.compile(rf"\+66(?:{_THAI.mobile.national_number_pattern})", re.ASCII)
_ORDINARY_EMAIL = re.compile(
    r"[a-z0-9_+\-]+(\.[a-z0-9_+\-]+)*@([a-z0-9]([a-z0-9\-]{0,61}[a-z0-9])?\.)+[a-z]{2,24}", re.ASCII
)
_is_email = EmailValidator(allowlist=[])


class PhoneKind(Kind):
    """A telephone number, kept as E.164. Without a country code it is Thai."""

    def clean(self, value: object, today: date) -> str | Fault | None:
        if isinstance(value, str) and _THAI_MOBILE.fullmatch(value):
            return value
        text = self.line(value, 60)
        if isinstance(text, Fault) or not text:
            return text or None
        try:
            number = phonenumbers.parse(tidy.digits(text), "TH")
        except phonenumbers.NumberParseException:
            return self._not_a_number()
        if number.extension:
            return self._extension()
        # Thai ranges are known well; abroad new ones appear faster than the library learns, so length decides.
        judge = phonenumbers.is_valid_number if number.country_code == 66 else phonenumbers.is_possible_number
        if not judge(number):
            return self._not_a_number()
        return phonenumbers.format_number(number, PhoneNumberFormat.E164)

    def _not_a_number(self) -> Fault:
        return self.fault(
            "phone",
            th="โปรดกรอกหมายเลขให้ครบ เช่น 081 234 5678 หมายเลขต่างประเทศขึ้นต้นด้วย + และรหัสประเทศ เช่น +44 7700 900123",
            en="enter a whole number, such as 081 234 5678, or a foreign one with its code, such as +44 7700 900123",
        )

    def _extension(self) -> Fault:
        return self.fault(
            "extension",
            th="โปรดกรอกหมายเลขที่โทรเข้าได้โดยตรง ไม่มีหมายเลขต่อภายใน",
            en="enter a number that can be called directly, without an extension",
        )

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": r"^\+[1-9][0-9]{6,14}$", "description": "E.164"}

    def display(self, value: str, language: Language) -> str:
        number = phonenumbers.parse(value)
        thai = number.country_code == 66
        return phonenumbers.format_number(
            number, PhoneNumberFormat.NATIONAL if thai else PhoneNumberFormat.INTERNATIONAL
        )

    def typed(self, value: str, language: Language) -> dict[str, str]:
        return {self.key: self.display(value, language)}

    def sample(self) -> str:
        return "+66812345678"

    def widget(self, typed: Mapping[str, str], faults: list[Fault], language: Language) -> Widget:
        extra = {"type": "tel", "autocomplete": "tel", "classes": "govuk-input--width-20"}
        example = Text(th="เช่น 081 234 5678 หรือ +44 7700 900123", en="For example, 081 234 5678 or +44 7700 900123")
        hint = self.hint(language, example)
        return {"component": "input", "params": {**self.params(typed, faults, language), **hint, **extra}}


class EmailKind(Kind):
    """An e-mail address. The domain is kept in lower case, an international one in its ASCII form."""

    def clean(self, value: object, today: date) -> str | Fault | None:
        text = self.line(value, 320)
        if isinstance(text, Fault) or not text:
            return text or None
        address = _lower_domain(text)
        if address is None or len(address) > 254 or address.rpartition("@")[0].__len__() > 64:
            return self._not_an_address(text)
        if _ORDINARY_EMAIL.fullmatch(address):
            return address
        try:
            _is_email(address)
        except ValidationError:
            return self._not_an_address(text)
        return address

    def _not_an_address(self, text: str) -> Fault:
        if "@" not in text:
            return self.fault(
                "email",
                th="ที่อยู่อีเมลต้องมีเครื่องหมาย @ เช่น somchai@example.com",
                en="an e-mail address has an @ in it, such as somchai@example.com",
            )
        return self.fault(
            "email",
            th="ที่อยู่อีเมลไม่ถูกต้อง โปรดตรวจสอบ ต้องมีรูปแบบเช่น somchai@example.com ไม่มีเว้นวรรค",
            en="check this address; it must look like somchai@example.com, without spaces",
        )

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "email", "maxLength": 254}

    def sample(self) -> str:
        return "a@example.com"

    def widget(self, typed: Mapping[str, str], faults: list[Fault], language: Language) -> Widget:
        extra = {"type": "email", "autocomplete": "email", "spellcheck": False}
        return {"component": "input", "params": {**self.params(typed, faults, language), **extra}}


def _lower_domain(text: str) -> str | None:
    local, _, domain = text.rpartition("@")
    if domain.isascii():
        return f"{local}@{domain.lower()}"
    try:
        return f"{local}@{domain.encode('idna').decode('ascii').lower()}"
    except UnicodeError:
        return None
