"""What an officer of the department decides. A person decides, on what they have read; it is audited."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

import msgspec
from django.db import transaction

from sala.identity.accounts.actor import Actor
from sala.identity.console import letters, merging, permissions, rules, wishes, words
from sala.identity.console.models import RelyingParty
from sala.identity.console.rules import Content, State
from sala.identity.console.services import content_of, known, locked_row
from sala.identity.provider import clients, registry
from sala.identity.provider.clients import Party
from sala.kit import audit, clock
from sala.kit.errors import Conflict, Fault, Invalid
from sala.kit.text import Text

LONGEST = 1000


def approve(*, party: UUID, version: int, by: Actor) -> None:
    """The RP is served as it asks: its client is made, or changed where it asks for a change; what an operator has set
    stays. By the same officer again: nothing.

    Raises Conflict where the request is no longer what the officer read, or another has decided.
    """
    with transaction.atomic():
        row = _locked(party, by)
        if row.state == State.APPROVED and row.decided_by == by.label and row.version == version + 1:
            return
        _check_read(row, version)
        if faults := rules.faults(content_of(row), known()):  # an agency that is gone, say
            raise Invalid(faults)
        row.live_id = _serve(row, by)
        _decide(row, State.APPROVED, {}, by)
        audit.record(by.label, "console.approved", f"rp:{row.id}", {"client": row.live_id, "content": row.content})
        letters.tell("console_approved", row.id)


def send_back(*, party: UUID, version: int, remarks: Mapping[str, str], by: Actor) -> None:
    """Ask for changes: what to change, by scope and by part. Raises Invalid without a word; Conflict as `approve`."""
    said = {key: text.strip()[:LONGEST] for key, text in remarks.items() if text.strip()}
    if not said:
        raise Invalid([Fault("general", "missing", words.SAY_WHAT)])
    with transaction.atomic():
        row = _locked(party, by)
        repeated = row.state == State.CHANGES_ASKED and row.decided_by == by.label and row.remarks == said
        if repeated and row.version == version + 1:
            return
        _check_read(row, version)
        _decide(row, State.CHANGES_ASKED, said, by)
        audit.record(by.label, "console.changes_asked", f"rp:{row.id}", {"remarks": said})
        letters.tell("console_changes_asked", row.id, remarks=said)


def refuse(*, party: UUID, version: int, why: str, by: Actor) -> None:
    """No, and why. What is served already goes on as it was. Raises Invalid without a reason; Conflict as `approve`."""
    why = why.strip()[:LONGEST]
    if not why:
        raise Invalid([Fault("general", "missing", words.SAY_WHY_NOT)])
    with transaction.atomic():
        row = _locked(party, by)
        said = {"general": why}
        repeated = row.state == State.REFUSED and row.decided_by == by.label and row.remarks == said
        if repeated and row.version == version + 1:
            return
        _check_read(row, version)
        _decide(row, State.REFUSED, said, by)
        audit.record(by.label, "console.refused", f"rp:{row.id}", {"why": why})
        letters.tell("console_refused", row.id, remarks=said)


def _locked(party: UUID, by: Actor) -> RelyingParty:
    permissions.check_decides(by)
    row = locked_row(party)
    permissions.check_decides_on(row, by)
    return row


def _check_read(row: RelyingParty, version: int) -> None:
    if row.version != version:
        raise Conflict(words.CHANGED_MEANWHILE)
    if row.state != State.SUBMITTED:
        raise Conflict(words.NOT_WAITING)


def _decide(row: RelyingParty, state: State, remarks: dict[str, str], by: Actor) -> None:
    row.state, row.remarks, row.version = state, remarks, row.version + 1
    row.decided_at, row.decided_by = clock.now(), by.label
    row.save(update_fields=["state", "remarks", "version", "decided_at", "decided_by", "live", "content", "agreed"])


def _serve(row: RelyingParty, by: Actor) -> str:
    """The provider's client: made as the request says, or changed where it asks for a change; its id."""
    content = content_of(row)
    if row.live_id is None:
        client_id = _register(content, by)
    else:
        client_id, client = row.live_id, clients.party(row.live_id, anew=True)
        if client is None:
            raise Conflict(words.NOT_SERVED_NOW)
        content = _amend(client, content, merging.agreed(row, client), by)
    for scope, why in content.scopes.items():
        purpose, basis = Text(th=why.purpose_th, en=why.purpose_en), Text(th=why.basis_th, en=why.basis_en)
        registry.approve_scope(client_id=client_id, scope=scope, purpose=purpose, basis=basis, by=by.label)
    row.content = row.agreed = msgspec.to_builtins(content)
    return client_id


def _register(content: Content, by: Actor) -> str:
    return registry.register(
        name=Text(th=content.name_th, en=content.name_en),
        redirect_uris=content.redirect_uris,
        agency=content.agency or None,
        company=content.company,
        # The host of the first address: an officer has seen that it is the RP's.
        sector=rules.host_of(content.redirect_uris[0]),
        method="none" if content.wish.public else "client_secret_basic",
        by=by.label,
        **msgspec.structs.asdict(wishes.setup(content.wish)),
    ).id


def _amend(client: Party, asked: Content, base: Content, by: Actor) -> Content:
    """What the client is from now on."""
    content = merging.outcome(asked, base, client)
    registry.amend(
        client_id=client.id,
        name=Text(th=content.name_th, en=content.name_en),
        redirect_uris=content.redirect_uris,
        setup=wishes.amended(client, content.wish),
        public=content.wish.public,
        by=by.label,
    )
    for scope in merging.given_up(asked, base, client):
        registry.withdraw_scope(client_id=client.id, scope=scope, by=by.label)
    return content
