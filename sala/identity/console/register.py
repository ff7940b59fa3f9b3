"""Who may ask what about people, and why: the register of relying parties, for everybody and for officers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.db import transaction

from sala.identity.accounts.actor import Actor
from sala.identity.console import letters, permissions, queries, words
from sala.identity.directory import queries as directory
from sala.identity.directory.rules import thai_order
from sala.identity.provider import clients, registry
from sala.identity.provider.clients import Halted, Party
from sala.identity.provider.scopes import CLAIMS
from sala.kit import audit
from sala.kit.audit import Entry
from sala.kit.errors import Fault, Forbidden, Invalid, NotFound
from sala.kit.text import Text, language

A_PAGE = 20
LONGEST = 1000


@dataclass(frozen=True, slots=True)
class Listed:
    """An RP of the register: whose it is in both languages, and where it leads people back to."""

    client: Party
    owner: Text
    hosts: tuple[str, ...]
    halted: Halted | None = None

    @property
    def portal(self) -> bool:
        """Whether it is this very portal, by which its officers come in."""
        return is_portal(self.client.id)

    def says(self, words: str) -> bool:
        """Whether all the words stand somewhere in it."""
        told = [self.client.name, self.owner, *(CLAIMS[scope] for scope in self.client.scopes)]
        whole = " ".join([*(f"{text.th} {text.en}" for text in told), *self.hosts]).casefold()
        return all(word in whole for word in words.casefold().split())


@dataclass(frozen=True, slots=True)
class Found:
    """A page of the register."""

    rows: list[Listed]
    total: int
    page: int
    pages: int


def is_portal(client_id: str) -> bool:
    """Whether this client is the portal itself, where its people sign in at this installation's own provider."""
    return not settings.IDP and client_id == settings.IDP_CLIENT_ID


def search(words: str, *, kind: str = "", page: int = 1) -> Found:
    """The RPs that are served and that say all these words."""
    return _page([_listed(one) for one in clients.served()], words, kind, page)


def search_all(words: str, *, page: int = 1, by: Actor) -> Found:
    """For officers: those suspended for now, too. Raises NotFound."""
    permissions.check_decides(by)
    return _page([_listed(one, look=True) for one in clients.served(suspended=True)], words, "", page)


def _page(rows: Iterable[Listed], words: str, kind: str, page: int) -> Found:
    fit = [row for row in rows if row.says(words) and kind in {"", row.client.kind}]
    if language() == "th":
        fit.sort(key=lambda row: thai_order(row.client.name.th))
    else:
        fit.sort(key=lambda row: row.client.name.en.casefold())
    pages = max(1, -(-len(fit) // A_PAGE))
    page = min(max(page, 1), pages)
    return Found(fit[(page - 1) * A_PAGE : page * A_PAGE], len(fit), page, pages)


def _listed(client: Party, *, look: bool = False) -> Listed:
    owner = directory.agency(client.agency).name if client.agency else Text(th=client.company, en=client.company)
    hosts = tuple(dict.fromkeys(uri.split("/")[2] for uri in client.redirect_uris))
    return Listed(client, owner, hosts, clients.halted(client.id) if look else None)


@dataclass(frozen=True, slots=True)
class Known:
    """One RP as an officer reads it: with its history."""

    row: Listed
    party: UUID | None
    history: list[Entry]


def one(client_id: str, by: Actor) -> Known:
    """Raises NotFound, also for a sandbox: of those nobody decides."""
    permissions.check_decides(by)
    found = next((each for each in clients.served(suspended=True) if each.id == client_id), None)
    if found is None:
        raise NotFound
    # Who consented is nobody's business here, and would bury what officers did.
    history = audit.deeds(f"client:{client_id}", words.HISTORY)
    return Known(_listed(found, look=True), queries.of_client(client_id), history)


def halt(*, client_id: str, for_good: bool, why: str, by: Actor) -> None:
    """Serve an RP no longer, for now or for good, and tell its managers why. Raises Invalid, NotFound, Forbidden."""
    why = why.strip()[:LONGEST]
    with transaction.atomic():
        party = _check(client_id, by)
        if is_portal(client_id):
            raise Forbidden(words.PORTAL_STAYS)
        if not why:
            raise Invalid([Fault("why", "missing", words.SAY_WHY_HALTED)])
        if for_good:
            registry.close(client_id=client_id, why=why, by=by.label)
        else:
            registry.suspend(client_id=client_id, why=why, by=by.label)
        if party:
            kind = "console_closed" if for_good else "console_suspended"
            letters.tell(kind, party, remarks={"general": why})


def resume(*, client_id: str, by: Actor) -> None:
    """Serve a suspended RP again. Raises NotFound, Forbidden."""
    with transaction.atomic():
        party = _check(client_id, by)
        registry.resume(client_id=client_id, by=by.label)
        if party:
            letters.tell("console_resumed", party)


def _check(client_id: str, by: Actor) -> UUID | None:
    """An officer, and not of their own RP."""
    known = one(client_id, by)
    if known.party:
        permissions.check_decides_on(queries.row_of(known.party), by)
    return known.party
