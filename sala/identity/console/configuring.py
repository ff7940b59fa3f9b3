"""How a client works: its addresses, how it proves itself, its settings. What widens waits for an officer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec
from django.db import transaction

from sala.identity.accounts.actor import Actor
from sala.identity.console import rules, wishes, words
from sala.identity.console.models import RelyingParty
from sala.identity.console.rules import State, Wish
from sala.identity.console.services import check_served, locked, wait
from sala.identity.provider import clients, registry
from sala.identity.provider.clients import Party
from sala.kit import clock
from sala.kit.errors import Conflict, Fault, Invalid, NotFound


@dataclass(frozen=True, slots=True)
class Changed:
    """Whether a change holds at once, or waits for an officer."""

    at_once: bool


def change_addresses(*, party: UUID, which: str, typed: str, by: Actor) -> Changed:
    """Where people may come back to. A live client's new host waits for an officer; all else holds at once.

    Raises Invalid; Conflict before approval or while another change is under way.
    """
    uris = rules.addresses(typed)
    if faults := rules.address_faults(uris, sandbox=which == "sandbox"):
        raise Invalid(faults)
    with transaction.atomic():
        row, client = _client(party, which, by)
        if which == "live":
            _check_settled(row)
            wider = rules.needs_approval(client.redirect_uris, uris)
            _ask(row, "redirect_uris", list(client.redirect_uris), list(uris), holds=not wider)
            if wider:
                wait(row, by)
                return Changed(at_once=False)
            _keep(row)
        registry.amend(client_id=client.id, redirect_uris=uris, by=by.label)
    return Changed(at_once=True)


def change_settings(*, party: UUID, which: str, typed: Mapping[str, str], by: Actor) -> Changed:
    """How the client is to work. Of a live client's, what widens waits for an officer; before approval all of it
    becomes part of the request. Raises Invalid; Conflict while another change is under way."""
    wish = wishes.typed_into(typed)
    if faults := wishes.faults(wish, sandbox=which == "sandbox", today=clock.today()):
        raise Invalid(faults)
    with transaction.atomic():
        if which == "live" and (row := locked(party, by, manager=True)).live_id is None:
            return _ask_later(row, wish)
        row, client = _client(party, which, by)
        _check_keys(wish, client)
        if which == "live":
            _check_settled(row)
            now = wishes.of_client(client)
            wider = bool(wishes.widens(now, wish, client.redirect_uris))
            _ask(row, "wish", msgspec.to_builtins(now), msgspec.to_builtins(wish), holds=not wider)
            if wider:
                wait(row, by)
                return Changed(at_once=False)
            _keep(row)
        if client.public and not wish.public:  # it has a secret again, that nobody has seen
            setattr(row, f"{which}_secret_at", None)
            row.save(update_fields=[f"{which}_secret_at"])
        registry.amend(client_id=client.id, setup=wishes.amended(client, wish), public=wish.public, by=by.label)
    return Changed(at_once=True)


def _check_keys(wish: Wish, client: Party) -> None:
    if wish.security == "fapi" and client.method != "private_key_jwt":
        raise Invalid([Fault("security", "needs_keys", words.FAPI_NEEDS_KEYS)])


def _ask_later(row: RelyingParty, wish: Wish) -> Changed:
    """Not served yet: what is wished is decided with the rest."""
    if not State(row.state).open:
        raise Conflict(words.READ_NOW)
    if wish.security == "fapi":
        raise Invalid([Fault("security", "needs_keys", words.FAPI_NEEDS_KEYS)])
    row.content = {**row.content, "wish": msgspec.to_builtins(wish)}
    _keep(row)
    return Changed(at_once=False)


def wish_of(row_content: rules.Content, client: Party | None) -> Wish:
    """What the form shows: how the client works, or is wished to work."""
    if client is None:
        return row_content.wish
    now = wishes.of_client(client)
    return msgspec.structs.replace(now, legacy_why=row_content.wish.legacy_why if now.legacy else "")


def new_secret(*, party: UUID, which: str, by: Actor, method: str = "") -> str:
    """A secret in place of what was before, which stops working; shown this once. Raises Conflict before approval,
    or where it has keys and no `method` of bringing the secret is named; Invalid."""
    with transaction.atomic():
        row, client = _client(party, which, by)
        secret = registry.new_secret(client_id=client.id, method=method, by=by.label)
        setattr(row, f"{which}_secret_at", clock.now())
        row.save(update_fields=[f"{which}_secret_at"])
    return secret


def use_keys(*, party: UUID, which: str, typed: str, by: Actor) -> None:
    """The client proves itself by its own keys from now on; its secret ends. `typed` is a JWKS, or one JWK.

    Raises Invalid: not JSON, a private key, a kind of key that is not taken.
    """
    jwks = _jwks(typed)
    with transaction.atomic():
        _row, client = _client(party, which, by)
        registry.use_keys(client_id=client.id, jwks=jwks, by=by.label)


def _jwks(typed: str) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(typed)
    except (msgspec.DecodeError, UnicodeError, ValueError):
        found = None
    if not isinstance(found, dict) or len(typed) > 20_000:
        raise Invalid([Fault("jwks", "json", words.NOT_KEYS)])
    keys = found["keys"] if isinstance(found.get("keys"), list) else [found]
    if any(not isinstance(key, dict) or key.keys() & {"d", "p", "q", "k"} for key in keys):
        raise Invalid([Fault("jwks", "private", words.PRIVATE_KEY)])
    return {"keys": keys}


def _client(party: UUID, which: str, by: Actor) -> tuple[RelyingParty, Party]:
    """The RP, locked, and one of its clients: the live one is its managers' alone. Raises Conflict, NotFound."""
    if which not in {"sandbox", "live"}:
        raise NotFound
    row = locked(party, by, manager=which == "live")
    found: Any = row.sandbox_id if which == "sandbox" else row.live_id
    if found is None:
        raise Conflict(words.NOT_SERVED)
    if which == "live":
        check_served(row)
    client = clients.party(str(found), anew=True)
    if client is None:
        raise NotFound
    return row, client


def served_client(party: UUID, which: str, by: Actor) -> Party:
    """One of one's own RP's clients, for a change of it. Raises Conflict, NotFound, Forbidden."""
    return _client(party, which, by)[1]


def _check_settled(row: RelyingParty) -> None:
    """What is served and what was asked are the same; else a change would carry a half-written request along."""
    if row.state != State.APPROVED:
        raise Conflict(words.CHANGE_UNDER_WAY)


def _ask(row: RelyingParty, field: str, now: Any, wanted: Any, *, holds: bool) -> None:
    """`now` is what its people saw on the page, and so what they ask to change; where it `holds`, it is agreed."""
    row.content = {**row.content, field: wanted}
    if row.agreed is not None:
        row.agreed = {**row.agreed, field: wanted if holds else now}


def _keep(row: RelyingParty) -> None:
    row.version += 1
    row.save(update_fields=["content", "agreed", "version"])
