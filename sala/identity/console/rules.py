"""What a request to become a relying party (RP) must say, and what may be done with it when. No Django here."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from enum import StrEnum

import msgspec

from sala.identity.accounts import rules as accounts
from sala.identity.console import words
from sala.identity.provider import rules as provider
from sala.kit.errors import Fault
from sala.kit.text import Text

LONGEST = 300
MOST_ADDRESSES = 20
MOST_TEST_PEOPLE = 5
PARTS = ("about", "contact", "addresses", "data", "reasons")
"""The parts of a request, each a page, in their order."""
NOTHING = "nothing"
"""Chosen in place of data: that it is the same person each time is enough (the scope openid alone)."""
REASON = ("purpose_th", "purpose_en", "basis_th", "basis_en")


class State(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    CHANGES_ASKED = "changes_asked"
    APPROVED = "approved"
    REFUSED = "refused"

    @property
    def open(self) -> bool:
        """Whether the request may be altered; what an officer is reading may not."""
        return self is not State.SUBMITTED


class Role(StrEnum):
    """A manager answers for the RP: sends requests, holds the live client, says who works on it. A developer drafts,
    has the sandbox and reads the log."""

    MANAGER = "manager"
    DEVELOPER = "developer"


class Why(msgspec.Struct, frozen=True):
    """For what one claim is asked, and by which law, in both languages."""

    purpose_th: str = ""
    purpose_en: str = ""
    basis_th: str = ""
    basis_en: str = ""


class Wish(msgspec.Struct, frozen=True, omit_defaults=True):
    """How the client is to work beside its addresses. The defaults are the safe ones."""

    public: bool = False
    """It runs in a page or an app, where nothing stays secret, and proves nothing of itself."""
    security: str = "standard"
    device: bool = False
    ciba: bool = False
    ciba_notification_uri: str = ""
    post_logout_uris: tuple[str, ...] = ()
    backchannel_logout_uri: str = ""
    legacy: bool = False
    legacy_why: str = ""
    legacy_until: str = ""


class Content(msgspec.Struct, frozen=True, omit_defaults=True):
    """What somebody says of their RP. Anything may be empty while it is a draft."""

    name_th: str = ""
    name_en: str = ""
    kind: str = ""
    agency: str = ""
    company: str = ""
    contact_name: str = ""
    contact_email: str = ""
    contact_phone: str = ""
    redirect_uris: tuple[str, ...] = ()
    scopes: dict[str, Why] = {}
    nothing: bool = False
    """It needs no data, and says so."""
    wish: Wish = Wish()


class Known(msgspec.Struct, frozen=True):
    """What there is to choose from: slugs of agencies, and scopes in their order."""

    agencies: Collection[str]
    scopes: tuple[str, ...]


def typed_into(content: Content, part: str, typed: Mapping[str, str], chosen: Iterable[str], known: Known) -> Content:
    """The request with a part of it as typed, tidied: also what is wrong is kept, since a draft must survive."""
    line = {name: accounts.visible(typed.get(name, ""))[:LONGEST] for name in _LINES.get(part, ())}
    if part == "about":
        government, private = line["kind"] == "government", line["kind"] == "private"
        line["agency"] = line["agency"] if government and line["agency"] in known.agencies else ""
        line["company"] = line["company"] if private else ""
        line["kind"] = line["kind"] if government or private else ""
    if part in _LINES:
        return msgspec.structs.replace(content, **line)
    if part == "addresses":
        return msgspec.structs.replace(content, redirect_uris=addresses(typed.get("redirect_uris", "")))
    if part == "data":
        wanted = set(chosen)
        scopes = {scope: content.scopes.get(scope, Why()) for scope in known.scopes if scope in wanted}
        return msgspec.structs.replace(content, scopes=scopes, nothing=NOTHING in wanted)
    return msgspec.structs.replace(content, scopes=_reasons(content, typed))


_LINES = {
    "about": ("name_th", "name_en", "kind", "agency", "company"),
    "contact": ("contact_name", "contact_email", "contact_phone"),
}


def _reasons(content: Content, typed: Mapping[str, str]) -> dict[str, Why]:
    same = next(iter(content.scopes), "") if typed.get("same") == "yes" else ""
    return {
        scope: Why(**{name: accounts.visible(typed.get(f"{same or scope}-{name}", ""))[:LONGEST] for name in REASON})
        for scope in content.scopes
    }


def addresses(text: str) -> tuple[str, ...]:
    """One address a line; none twice."""
    lines = (line.strip()[:2000] for line in text.splitlines())
    return tuple(dict.fromkeys(line for line in lines if line))


def faults(content: Content, known: Known, *parts: str) -> list[Fault]:
    """All that is wrong, or what is wrong with these parts only."""
    found = [fault for part in (parts or PARTS) for fault in _JUDGES[part](content, known)]
    return [fault for number, fault in enumerate(found) if fault not in found[:number]]


def _about(content: Content, known: Known) -> list[Fault]:
    found = [
        Fault(name, "missing", words.MISSING[name]) for name in ("name_th", "name_en") if not getattr(content, name)
    ]
    if content.kind == "government":
        if content.agency not in known.agencies:
            found.append(Fault("agency", "missing", words.MISSING["agency"]))
    elif content.kind == "private":
        if not content.company:
            found.append(Fault("company", "missing", words.MISSING["company"]))
    else:
        found.append(Fault("kind", "missing", words.MISSING["kind"]))
    return found


def _contact(content: Content, _known: Known) -> list[Fault]:
    found = [] if content.contact_name else [Fault("contact_name", "missing", words.MISSING["contact_name"])]
    found += accounts.email_faults(content.contact_email, "contact_email")
    phone = accounts.phone_faults(content.contact_phone)
    return found + [Fault("contact_phone", fault.code, fault.message) for fault in phone]


def _addresses(content: Content, _known: Known) -> list[Fault]:
    return address_faults(content.redirect_uris, sandbox=False)


def address_faults(uris: Iterable[str], *, sandbox: bool, field: str = "redirect_uris") -> list[Fault]:
    """What is wrong with addresses to come back to. Only a sandbox's may be of the programmer's own machine."""
    uris = list(uris)
    if not uris:
        return [Fault(field, "missing", words.MISSING["redirect_uris"])]
    if len(uris) > MOST_ADDRESSES:
        return [Fault(field, "too_many", words.TOO_MANY_ADDRESSES)]
    return [fault for uri in uris for fault in _address(uri, sandbox=sandbox, field=field)]


def _address(uri: str, *, sandbox: bool, field: str) -> list[Fault]:
    said = _split(uri)
    if not said and not sandbox and not uri.startswith("https://"):
        said = words.ONLY_HTTPS
    if not said:
        return []
    reason = words.ADDRESS.get(said, words.ADDRESS_WRONG)
    return [Fault(field, "address", Text(th=f"{uri}: {reason.th}", en=f"{uri}: {reason.en}"))]


def _split(uri: str) -> str:
    try:
        return provider.redirect_uri_fault(uri)
    except ValueError:  # such as an address of IPv6 without its bracket
        return "?"


def _data(content: Content, _known: Known) -> list[Fault]:
    if content.scopes and content.nothing:
        return [Fault("scopes", "excluded", words.NOTHING_BESIDES)]
    return _undecided(content)


def _undecided(content: Content) -> list[Fault]:
    return [] if content.scopes or content.nothing else [Fault("scopes", "missing", words.MISSING["scopes"])]


def _why(content: Content, _known: Known) -> list[Fault]:
    """Nothing is said of data until it is chosen; where none is needed, there is nothing to say."""
    return _undecided(content) + [
        Fault(f"{scope}-{name}", "missing", words.MISSING[name])
        for scope, why in content.scopes.items()
        for name in REASON
        if not getattr(why, name)
    ]


_JUDGES: dict[str, Callable[[Content, Known], list[Fault]]] = {
    "about": _about,
    "contact": _contact,
    "addresses": _addresses,
    "data": _data,
    "reasons": _why,
}


def needs_approval(served: Iterable[str], wanted: Iterable[str]) -> bool:
    """Whether addresses reach beyond what an officer has seen: another host, port or scheme."""
    seen = {provider.origin_of(uri).lower() for uri in served}
    return any(provider.origin_of(uri).lower() not in seen for uri in wanted)


def host_of(uri: str) -> str:
    """Host and port of an address."""
    return provider.origin_of(uri).split("://", 1)[1].lower()
