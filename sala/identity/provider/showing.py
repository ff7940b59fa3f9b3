"""A claim as a person reads it: what it is, what stands in it, for what and by which law it is asked."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sala.identity.directory import queries as directory
from sala.identity.people.rules import written_pid
from sala.identity.provider import levels
from sala.identity.provider.clients import Party
from sala.identity.provider.rules import Asked
from sala.identity.provider.scopes import CLAIMS
from sala.identity.wallet.approvals import Asking, Claim
from sala.kit import thai
from sala.kit.text import Text

_DATES = frozenset({"birthdate", "date_of_issuance", "date_of_expiry"})
_SEXES = {"male": Text(th="ชาย", en="Male"), "female": Text(th="หญิง", en="Female")}


@dataclass(frozen=True, slots=True)
class Line:
    """One claim on the page. `value` is empty where the register has none."""

    scope: str
    label: Text
    value: str
    purpose: Text
    basis: Text
    essential: bool
    """The RP says that it cannot do without."""


def lines(scopes: Iterable[str], client: Party, told: Mapping[str, Any], essential: Container[str] = ()) -> list[Line]:
    """The claims asked, in the page's own order."""
    asked = set(scopes)
    return [
        Line(scope, CLAIMS[scope], _words(scope, told.get(scope)), why.purpose, why.basis, scope in essential)
        for scope, why in client.scopes.items()
        if scope in asked
    ]


def asking(asked: Asked, client: Party, *, agreed: Container[str] = (), place: str = "", message: str = "") -> Asking:
    """The same for the phone, which shows it in the language of whoever looks; `agreed`: said yes to before."""
    claims = [
        Claim(scope, _both(CLAIMS[scope]), _both(why.purpose), _both(why.basis), scope in agreed)
        for scope, why in client.scopes.items()
        if scope in asked.scopes
    ]
    company = Text(th=client.company, en=client.company)
    whose = company if client.agency is None else directory.agency(client.agency).name
    strong = levels.needs_passkey(asked)
    return Asking(client.id, _both(client.name), _both(whose), tuple(claims), place, message, strong)


def _both(text: Text) -> dict[str, str]:
    return {"th": text.th, "en": text.en}


def _words(scope: str, value: Any) -> str:
    if value is None:
        return ""
    if scope in _DATES:
        return thai.day(date.fromisoformat(value))
    if scope == "pid":
        return written_pid(value)
    if scope == "gender":
        return str(_SEXES[value])
    return str(value["formatted"] if isinstance(value, dict) else value)


def owner(client: Party) -> str:
    """Whose the RP is: the agency's name, or the company's."""
    if client.agency is None:
        return client.company
    return str(directory.agency(client.agency).name)
