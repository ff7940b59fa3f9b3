"""What somebody does with their relying party. Each is one transaction, and may be repeated."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec
from django.db import transaction

from sala.identity.accounts.actor import Actor
from sala.identity.console import permissions, rules, words
from sala.identity.console.models import RelyingParty
from sala.identity.console.rules import Content, Known, State
from sala.identity.directory import queries as directory
from sala.identity.provider import clients, registry
from sala.identity.provider.scopes import CLAIMS
from sala.kit import audit, clock, ratelimit
from sala.kit.errors import Conflict, Fault, Invalid, NotFound
from sala.kit.ids import uuid7
from sala.kit.text import Text

OWN_MACHINE = ("http://127.0.0.1:8000/callback", "http://localhost:3000/callback")
"""Where a new sandbox leads back to: the addresses of the quick-start programs."""
BEGUN_A_DAY = 10


def known() -> Known:
    """What a request may name."""
    return Known(agencies=frozenset(card.slug for card in directory.agencies()), scopes=tuple(CLAIMS))


def content_of(party: RelyingParty) -> Content:
    """The request, its scopes in the order of the pages: jsonb keeps none."""
    content = msgspec.convert(party.content, Content)
    return msgspec.structs.replace(
        content, scopes={key: content.scopes[key] for key in CLAIMS if key in content.scopes}
    )


def begin(*, party: UUID, typed: Mapping[str, str], by: Actor) -> UUID:
    """A new RP: its draft, and its sandbox, which works at once. `party` is the id that the form carries.

    Raises Invalid, TooMany; NotFound where the id is somebody else's.
    """
    if by.account_id is None:
        raise NotFound
    content = rules.typed_into(Content(), "about", typed, (), known())
    if faults := rules.faults(content, known(), "about"):
        raise Invalid(faults)
    with transaction.atomic():
        audit_subject = f"rp:{party}"
        if found := RelyingParty.objects.filter(id=party).first():
            permissions.check_own(found, by)
            return found.id
        ratelimit.hit(f"console.begin:{by.account_id}", BEGUN_A_DAY, 86_400)
        content = msgspec.structs.replace(content, contact_name=by.name, contact_email=by.email, contact_phone=by.phone)
        sandbox = _sandbox(content, by)
        RelyingParty.objects.create(
            id=party, account_id=by.account_id, content=msgspec.to_builtins(content), sandbox_id=sandbox
        )
        audit.record(by.label, "console.begun", audit_subject, {"sandbox": sandbox})
    return party


def _sandbox(content: Content, by: Actor) -> str:
    # A sector of its own: what the sandbox calls somebody is not what the live client calls them.
    made = registry.register(
        name=Text(th=f"{content.name_th} (ทดสอบ)", en=f"{content.name_en} (sandbox)"),
        redirect_uris=OWN_MACHINE,
        agency=content.agency or None,
        company=content.company,
        sector=f"sandbox:{uuid7()}",
        sandbox=True,
        by=by.label,
    )
    for scope in CLAIMS:
        registry.approve_scope(
            client_id=made.id, scope=scope, purpose=words.TESTING, basis=words.TESTING_BASIS, by=by.label
        )
    return made.id


def save(*, party: UUID, part: str, typed: Mapping[str, str], chosen: Iterable[str] = (), by: Actor) -> list[Fault]:
    """Keep a part of the request as typed, and say what is wrong with it. Raises Conflict while an officer reads it.

    Whose the RP is stays as approved; the live client changes only when an officer approves again.
    """
    if part not in rules.PARTS:
        raise NotFound
    with transaction.atomic():
        row = locked(party, by)
        if not State(row.state).open:
            raise Conflict(words.READ_NOW)
        before = content_of(row)
        content = rules.typed_into(before, part, typed, chosen, known())
        if row.live_id:
            content = msgspec.structs.replace(content, kind=before.kind, agency=before.agency, company=before.company)
        if content != before:
            row.content, row.version = msgspec.to_builtins(content), row.version + 1
            row.state = State.DRAFT if row.state == State.APPROVED else row.state
            row.save(update_fields=["content", "version", "state"])
    return rules.faults(content, known(), part)


def submit(*, party: UUID, by: Actor) -> None:
    """Send the request to the department. Raises Invalid with every fault of every part."""
    with transaction.atomic():
        row = locked(party, by)
        if row.state in {State.SUBMITTED, State.APPROVED}:
            return
        if faults := rules.faults(content_of(row), known()):
            raise Invalid(faults)
        _wait(row, by)


def _wait(row: RelyingParty, by: Actor) -> None:
    row.state, row.submitted_at, row.version = State.SUBMITTED, clock.now(), row.version + 1
    row.save(update_fields=["state", "submitted_at", "version", "content"])
    audit.record(by.label, "console.submitted", f"rp:{row.id}", {"content": row.content})


def take_back(*, party: UUID, by: Actor) -> None:
    """The request is a draft again, to be altered."""
    with transaction.atomic():
        row = locked(party, by)
        if row.state == State.SUBMITTED:
            row.state, row.version = State.DRAFT, row.version + 1
            row.save(update_fields=["state", "version"])
            audit.record(by.label, "console.taken_back", f"rp:{row.id}")


def new_secret(*, party: UUID, which: str, by: Actor) -> str:
    """A secret in place of the one before, which stops working; shown this once. Raises Conflict before approval."""
    with transaction.atomic():
        row = locked(party, by)
        secret = registry.new_secret(client_id=_client(row, which), by=by.label)
        setattr(row, f"{which}_secret_at", clock.now())
        row.save(update_fields=[f"{which}_secret_at"])
    return secret


@dataclass(frozen=True, slots=True)
class Changed:
    """Whether new addresses hold at once, or wait for an officer."""

    at_once: bool


def change_addresses(*, party: UUID, which: str, typed: str, by: Actor) -> Changed:
    """Where people may come back to. A live client's new host waits for an officer; all else holds at once.

    Raises Invalid; Conflict before approval or while another change is under way.
    """
    uris = rules.addresses(typed)
    if faults := rules.address_faults(uris, sandbox=which == "sandbox"):
        raise Invalid(faults)
    with transaction.atomic():
        row = locked(party, by)
        client = clients.party(_client(row, which), anew=True)
        if client is None:
            raise NotFound
        if which == "live":
            if row.state != State.APPROVED:
                raise Conflict(words.CHANGE_UNDER_WAY)
            row.content = {**row.content, "redirect_uris": list(uris)}
            if rules.needs_approval(client.redirect_uris, uris):
                _wait(row, by)
                return Changed(at_once=False)
            row.version += 1
            row.save(update_fields=["content", "version"])
        registry.amend(client_id=client.id, name=client.name, redirect_uris=uris, by=by.label)
    return Changed(at_once=True)


def _client(row: RelyingParty, which: str) -> str:
    if which not in {"sandbox", "live"}:
        raise NotFound
    found: Any = row.sandbox_id if which == "sandbox" else row.live_id
    if found is None:
        raise Conflict(words.NOT_SERVED)
    return str(found)


def locked(party: UUID, by: Actor) -> RelyingParty:
    """One's own RP, its row locked. Raises NotFound."""
    row = RelyingParty.objects.select_for_update(no_key=True).filter(id=party).first()
    if row is None:
        raise NotFound
    permissions.check_own(row, by)
    return row
