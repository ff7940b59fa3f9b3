"""What somebody does with their relying party. Each is one transaction, and may be repeated."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID

import msgspec
from django.db import transaction

from sala.identity.accounts.actor import Actor
from sala.identity.console import letters, permissions, rules, words
from sala.identity.console.models import RelyingParty
from sala.identity.console.rules import Content, Known, Role, State
from sala.identity.directory import queries as directory
from sala.identity.provider import clients, registry
from sala.identity.provider.scopes import CLAIMS
from sala.kit import audit, clock, ratelimit
from sala.kit.errors import Conflict, Fault, Invalid, NotFound
from sala.kit.ids import uuid7
from sala.kit.text import Text

OWN_MACHINE = ("http://127.0.0.1:8080/callback", "http://localhost:3000/callback")  # at 8000 stands Sala itself
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
        ).members.create(account_id=by.account_id, role=Role.MANAGER.value)
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
            row.state = State.DRAFT if row.state in {State.APPROVED, State.REFUSED} else row.state
            row.save(update_fields=["content", "version", "state"])
    return rules.faults(content, known(), part)


def submit(*, party: UUID, by: Actor) -> None:
    """Send the request to the department. Raises Invalid with every fault of every part."""
    with transaction.atomic():
        row = locked(party, by, manager=True)
        if row.state in {State.SUBMITTED, State.APPROVED}:
            return
        if faults := rules.faults(content_of(row), known()):
            raise Invalid(faults)
        check_served(row)
        wait(row, by)


def take_back(*, party: UUID, by: Actor) -> None:
    """The request is a draft again, to be altered."""
    with transaction.atomic():
        row = locked(party, by, manager=True)
        if row.state == State.SUBMITTED:
            row.state, row.version = State.DRAFT, row.version + 1
            row.save(update_fields=["state", "version"])
            audit.record(by.label, "console.taken_back", f"rp:{row.id}")


def locked(party: UUID, by: Actor, *, manager: bool = False) -> RelyingParty:
    """One's own RP, its row locked. Raises NotFound to strangers; Forbidden where it asks for a manager."""
    row = locked_row(party)
    permissions.check_own(row, by)
    if manager:
        permissions.check_manages(row, by)
    return row


def locked_row(party: UUID) -> RelyingParty:
    """Anybody's RP, its row locked: who may, the caller judges. Raises NotFound."""
    row = RelyingParty.objects.select_for_update(no_key=True).filter(id=party).first()
    if row is None:
        raise NotFound
    return row


def wait(row: RelyingParty, by: Actor) -> None:
    """From now on an officer reads it; its managers are told."""
    row.state, row.submitted_at, row.version = State.SUBMITTED, clock.now(), row.version + 1
    row.save(update_fields=["state", "submitted_at", "version", "content", "agreed"])
    audit.record(by.label, "console.submitted", f"rp:{row.id}", {"content": row.content})
    letters.tell("console_submitted", row.id)


def check_served(row: RelyingParty) -> None:
    """Nothing is asked for a client that the department has closed or suspended. Raises Conflict."""
    if row.live_id and clients.party(row.live_id, anew=True) is None:
        raise Conflict(words.NOT_SERVED_NOW)
