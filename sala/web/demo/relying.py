"""Signing in elsewhere: a citizen with a digital ID, the relying parties (RPs), and who lets them in."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from importlib import resources
from typing import Any
from uuid import UUID

import yaml
from django.conf import settings

from sala.identity.accounts.actor import Actor, Seat
from sala.identity.console import configuring
from sala.identity.console import deciding as console_deciding
from sala.identity.console import people as console_people
from sala.identity.console import queries as console_queries
from sala.identity.console import services as console
from sala.identity.console.permissions import AUTHORITY
from sala.identity.directory import services as directory
from sala.identity.people import claims as register
from sala.identity.people import queries as people_queries
from sala.identity.people import rules as people_rules
from sala.identity.people import services as people
from sala.identity.provider import clients, registry, services, tokens, waiting
from sala.identity.provider.clients import Party
from sala.identity.provider.deciding import Known
from sala.identity.provider.metadata import issuer
from sala.identity.provider.rules import Asked, Refusal
from sala.kit import clock
from sala.kit.ids import new_token, uuid7
from sala.kit.text import Text
from sala.web.demo.stage import DEMO, PASSWORD, SignIn, at, person

CITIZEN, DEVELOPER, REGISTRAR = "malee@sala.example", "developer@sala.example", "registrar@sala.example"
MIGRATOR = "systems@sala.example"
PID = people_rules.invented_pid(900_000_001)
_AGE, _CARD = ("given_name", "birthdate"), ("pid", "name", "smartcard_code")
_SIGNED_IN = (
    # Which RPs the citizen signed in to, how many days ago, and what she kept to herself.
    ("efiling.rd.example", (91, 60, 12), ()),
    ("patient.rueankaeo.example", (33, 2), ()),
    ("my.mea.example", (20,), ("pid",)),
    ("app.rompho.example", (5,), ("smartcard_code",)),
)


@dataclass(frozen=True, slots=True)
class Described:
    """An RP of the YAML file."""

    kind: str
    owner: str
    host: str
    name: Text
    scopes: tuple[str, ...]
    purpose: Text
    basis: Text
    legacy_why: str = ""
    legacy_days: int = 0
    """For how long it is still held to what ThaID asked, and why; 0: it is held to the standard."""


def sign_ins() -> list[SignIn]:
    return [
        SignIn("Malee, Thai citizen with a digital ID", CITIZEN, PASSWORD, "To whom she told what, and why"),
        SignIn("Developer of a relying party", DEVELOPER, PASSWORD, "My account, Relying parties: a sandbox"),
        SignIn("Registrar, Provincial Administration", REGISTRAR, PASSWORD, "My account, Relying parties"),
    ]


def described() -> Iterator[Described]:
    """All relying parties of the file."""
    file = yaml.safe_load((resources.files("sala.web.demo") / "relying_parties.yaml").read_text(encoding="utf-8"))
    for kind in ("government", "private"):
        for owner, host, th, en, asks, for_th, for_en, law in file[kind]:
            moving = file["moving"].get(host, {"why": "", "days": 0})
            yield Described(
                kind, owner, host, Text(th=th, en=en), tuple(file["asks"][asks]), Text(th=for_th, en=for_en),
                Text(**file["laws"][law]), moving["why"], moving["days"],
            )  # fmt: skip


def play(now: datetime, today: date, progress: Callable[[int], None]) -> None:
    """Once: a demonstration that has relying parties is left as it is."""
    if any(one.id != settings.IDP_CLIENT_ID for one in clients.listed()):  # the portal's own is there before
        return
    officer, served = _officer(today), dict[str, str]()
    for number, one in enumerate(described(), start=1):
        served[one.host] = _migrate(one, today, officer) if one.legacy_days else _register(one)
        progress(number)
    _citizen(now, served)
    _console(now, officer)


def count() -> int:
    return sum(1 for _ in described())


def _register(one: Described) -> str:
    made = registry.register(
        name=one.name,
        redirect_uris=[f"https://{one.host}/callback"],
        agency=one.owner if one.kind == "government" else None,
        company=one.owner if one.kind == "private" else "",
        by=DEMO.label,
    )
    for scope in one.scopes:
        registry.approve_scope(client_id=made.id, scope=scope, purpose=one.purpose, basis=one.basis, by=DEMO.label)
    return made.id


def _migrate(one: Described, today: date, officer: Actor) -> str:
    """As a real change-over goes: its programmers ask for the profile of ThaID, with a reason and a last day."""
    by, until = person(MIGRATOR, "Anan", "Systems", phone="+66812345679"), today + timedelta(days=one.legacy_days)
    about = {"name_th": one.name.th, "name_en": one.name.en, "kind": one.kind, "agency": one.owner}
    why = {
        "purpose_th": one.purpose.th, "purpose_en": one.purpose.en, "basis_th": one.basis.th, "basis_en": one.basis.en,
    }  # fmt: skip
    wish = {"profile": "legacy_thaid", "legacy_why": one.legacy_why}
    wish |= {f"legacy_until-{part}": str(getattr(until, part)) for part in ("day", "month", "year")}
    party = _ask(by, about, f"https://{one.host}/callback", one.scopes, why, **wish)
    console_deciding.approve(party=party, version=console_queries.to_decide(party, officer).version, by=officer)
    return console_queries.own(party, by).client("live").id


def _citizen(now: datetime, served: dict[str, str]) -> None:
    malee = person(CITIZEN, "มาลี", "สุขสวัสดิ์", phone="+66812345670", language="th")
    assert malee.account_id  # noqa: S101 - it is an account
    people.register(person=_MALEE, by=DEMO)
    people.link_enrolled(account=malee.account_id, pid=PID, by=DEMO)
    times = [(ago, host, kept) for host, days, kept in _SIGNED_IN for ago in days]
    for ago, host, kept in sorted(times, reverse=True):
        client = clients.party(served[host], anew=True)
        assert client  # noqa: S101 - it was just made
        with at(now - timedelta(days=ago, hours=ago % 5)):
            _sign_in(malee, client, kept)


_MALEE: dict[str, Any] = {
    "pid": PID, "title_th": "นางสาว", "given_name_th": "มาลี", "family_name_th": "สุขสวัสดิ์",
    "title_en": "Miss", "given_name_en": "Malee", "family_name_en": "Suksawat", "birth_date": date(1994, 7, 19),
    "sex": "f", "house_no": "88/12", "moo": "3", "subdistrict_id": 740101, "card_number": "12345678901234",
    "card_issued_on": date(2022, 7, 20), "card_expires_on": date(2031, 7, 18), "ial": "2.3",
}  # fmt: skip


def _sign_in(by: Actor, client: Party, kept: tuple[str, ...]) -> None:
    """A whole sign-in, as the RP's program and the pages do it."""
    linked = people_queries.of_account(by.account_id) if by.account_id else None
    assert by.account_id  # noqa: S101 - it is an account
    assert linked  # noqa: S101 - she was just linked
    verifier = new_token()
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    uri, scopes = client.redirect_uris[0], ("openid", *client.scopes)
    asked = Asked(client=client.id, redirect_uri=uri, scopes=scopes, challenge=challenge)
    known = Known(by.account_id, linked.person.id, clock.now())
    chosen = [scope for scope in client.scopes if scope not in kept]
    code = services.agree(handle=waiting.hold(asked), asked=asked, known=known, client=client, chosen=chosen, by=by)
    given = {"code": code, "redirect_uri": uri, "code_verifier": verifier}
    tokens.issued(tokens.of_code(client, given, issuer=issuer()))
    told = register.claims(linked.person, chosen)
    tokens.note(client.id, "userinfo", account_id=by.account_id, scopes=("openid", *told))


def _officer(today: date) -> Actor:
    """Who decides on relying parties for the department."""
    registrar = person(REGISTRAR, "ปกรณ์", "ทะเบียนราษฎร์", phone="+66821000000", language="th")
    assert registrar.account_id  # noqa: S101 - it is an account
    directory.appoint(account=registrar.account_id, agency=AUTHORITY, role="senior", since=today, by=DEMO)
    return Actor(
        kind="account", id=registrar.id, account_id=registrar.account_id, name=registrar.name,
        seats=(Seat(AUTHORITY, None, "senior"),),
    )  # fmt: skip


def _console(now: datetime, officer: Actor) -> None:
    """One RP that is served, with a call that failed; one that waits for the registrar."""
    developer = person(DEVELOPER, "Nicha", "Codewong", phone="+66812345671")
    library = _bandin("ห้องสมุดบ้านดิน", "Bandin Library")
    bicycles = _bandin("จักรยานบ้านดิน", "Bandin Bicycles")
    with at(now - timedelta(days=9)):
        served = _ask(developer, library, "https://library.bandin.example/callback", _AGE, _CARDS)
        shown = console_queries.to_decide(served, officer)
        console_deciding.approve(party=served, version=shown.version, by=officer)
        out = {"post_logout_uris": "https://library.bandin.example/bye"}
        configuring.change_settings(party=served, which="live", typed=out, by=developer)
        console_people.invite(party=served, email="designer@sala.example", role="developer", by=developer)
    with at(now - timedelta(hours=3)):
        live = console_queries.own(served, developer).client("live")
        refusal = Refusal("invalid_request", "PKCE is required: code_challenge is missing")
        tokens.note(live.id, "authorize", refusal=refusal)
        _ask(developer, bicycles, "https://bikes.bandin.example/callback", _CARD, _CARDS, device="yes")


_CARDS = {
    "purpose_th": "เพื่อออกบัตรสมาชิก", "purpose_en": "To issue your member’s card",
    "basis_th": "การปฏิบัติตามสัญญา", "basis_en": "To perform a contract",
}  # fmt: skip


def _bandin(name_th: str, name_en: str) -> dict[str, str]:
    return {"name_th": name_th, "name_en": name_en, "kind": "private", "company": "บริษัท บ้านดิน จำกัด"}


def _ask(by: Actor, about: dict[str, str], uri: str, scopes: tuple[str, ...], why: dict[str, str], **wish: str) -> UUID:
    party = console.begin(party=uuid7(), typed=about, by=by)
    console.save(party=party, part="addresses", typed={"redirect_uris": uri}, by=by)
    console.save(party=party, part="data", typed={}, chosen=scopes, by=by)
    reasons = {f"{scope}-{key}": words for scope in scopes for key, words in why.items()}
    console.save(party=party, part="reasons", typed=reasons, by=by)
    configuring.change_settings(party=party, which="live", typed=wish, by=by)
    console.submit(party=party, by=by)
    return party
