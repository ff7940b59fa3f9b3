"""The types of fields: what they accept, keep, show and draw. `kind_of` makes one for a declared field."""

from __future__ import annotations

from sala.engine.catalogue.declaration import Field
from sala.engine.catalogue.fields.base import Kind, Value, Widget
from sala.engine.catalogue.fields.choices import ChoiceKind, ConfirmKind, YesNoKind
from sala.engine.catalogue.fields.contacts import EmailKind, PhoneKind
from sala.engine.catalogue.fields.dates import DateKind
from sala.engine.catalogue.fields.files import FileKind
from sala.engine.catalogue.fields.numbers import MoneyKind, NumberKind
from sala.engine.catalogue.fields.papers import PassportKind, ThaiPidKind
from sala.engine.catalogue.fields.places import CountryKind, ProvinceKind, ThaiAddressKind
from sala.engine.catalogue.fields.registered import HouseKind, PeopleKind
from sala.engine.catalogue.fields.texts import LatinNameKind, LongTextKind, TextKind, ThaiNameKind

__all__ = ["KINDS", "FileKind", "Kind", "Value", "Widget", "kind_of"]

KINDS: dict[str, type[Kind]] = {
    "text": TextKind,
    "long_text": LongTextKind,
    "thai_name": ThaiNameKind,
    "latin_name": LatinNameKind,
    "date": DateKind,
    "passport": PassportKind,
    "thai_pid": ThaiPidKind,
    "phone": PhoneKind,
    "email": EmailKind,
    "country": CountryKind,
    "province": ProvinceKind,
    "thai_address": ThaiAddressKind,
    "house": HouseKind,
    "people": PeopleKind,
    "file": FileKind,
    "choice": ChoiceKind,
    "yes_no": YesNoKind,
    "confirm": ConfirmKind,
    "number": NumberKind,
    "money": MoneyKind,
}


def kind_of(field: Field, page: str) -> Kind:
    """The behaviour of `field` on the page with the key `page`."""
    return KINDS[field.type](field, page)
