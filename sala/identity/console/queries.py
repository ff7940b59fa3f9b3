"""Relying parties as their people, and the officers of the department, see them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sala.identity.accounts.actor import Actor
from sala.identity.console import merging, permissions, rules
from sala.identity.console.models import RelyingParty
from sala.identity.console.rules import Content, Role, State
from sala.identity.console.services import content_of, known
from sala.identity.directory import queries as directory
from sala.identity.provider import clients
from sala.identity.provider.clients import Halted, Party
from sala.kit.errors import NotFound
from sala.kit.text import Text


@dataclass(frozen=True, slots=True)
class Shown:
    """An RP with its request and its clients."""

    id: UUID
    content: Content
    state: State
    version: int
    remarks: dict[str, str]
    submitted_at: datetime | None
    decided_at: datetime | None
    sandbox: Party
    sandbox_secret_at: datetime | None
    live_id: str | None
    """The live client, served or not."""
    live: Party | None
    """The same as it is served."""
    live_secret_at: datetime | None
    halted: Halted | None
    """Why the live client is not served, where it is not."""
    given_up: tuple[str, ...] = ()
    """The scopes that a request to decide drops."""

    @property
    def name(self) -> Text:
        return Text(th=self.content.name_th, en=self.content.name_en)

    @property
    def owner(self) -> str:
        """The agency's name, or the company's."""
        return str(directory.agency(self.content.agency).name) if self.content.agency else self.content.company

    def done(self, part: str) -> bool:
        """Whether nothing is missing in this part of the request."""
        return not rules.faults(self.content, known(), part)

    def client_id(self, which: str) -> str:
        """The same client's id, also where it is suspended or closed. NotFound where there never was one."""
        found = {"sandbox": self.sandbox.id, "live": self.live_id}.get(which)
        if found is None:
            raise NotFound
        return found

    def client(self, which: str) -> Party:
        """The live client, or the sandbox. NotFound where none is served."""
        found = {"sandbox": self.sandbox, "live": self.live}.get(which)
        if found is None:
            raise NotFound
        return found


def of_account(account_id: UUID) -> list[Shown]:
    """The RPs that somebody works on, the newest first."""
    return [_shown(row) for row in RelyingParty.objects.filter(members__account_id=account_id).order_by("-id")]


def own(party: UUID, by: Actor) -> Shown:
    """One's own RP. Raises NotFound for anybody else's."""
    row = _row(party)
    permissions.check_own(row, by)
    return _shown(row)


def manages(party: UUID, by: Actor) -> bool:
    """Whether this person is one of its managers."""
    return permissions.role_of(_row(party), by) is Role.MANAGER


def waiting(by: Actor) -> list[Shown]:
    """Requests that wait for a decision, the longest waiting first. Raises NotFound for who decides nothing."""
    permissions.check_decides(by)
    return [_shown(row) for row in RelyingParty.objects.filter(state=State.SUBMITTED).order_by("submitted_at", "id")]


def to_decide(party: UUID, by: Actor) -> Shown:
    """A request as an officer reads it, decided or not: what is served once it is approved. Drafts are their writer's
    own. Raises NotFound."""
    permissions.check_decides(by)
    row = _row(party)
    if row.state not in {State.SUBMITTED, State.APPROVED}:
        raise NotFound
    shown = _shown(row)
    if shown.live is None:
        return shown
    base = merging.agreed(row, shown.live)
    gone = tuple(merging.given_up(shown.content, base, shown.live))
    return replace(shown, content=merging.outcome(shown.content, base, shown.live), given_up=gone)


def of_client(client_id: str) -> UUID | None:
    """The RP whose live client this is; None for one that was registered by the command line."""
    return RelyingParty.objects.filter(live_id=client_id).values_list("id", flat=True).first()


def name_of(party: UUID) -> Text:
    """Its name, for who is invited to it."""
    return _shown(_row(party)).name


def row_of(party: UUID) -> RelyingParty:
    """Its row, for who judges rights within this room. Raises NotFound."""
    return _row(party)


def _row(party: UUID) -> RelyingParty:
    row = RelyingParty.objects.filter(id=party).first()
    if row is None:
        raise NotFound
    return row


def _shown(row: RelyingParty) -> Shown:
    sandbox = clients.party(row.sandbox_id)
    if sandbox is None:
        raise NotFound
    return Shown(
        id=row.id,
        content=content_of(row),
        state=State(row.state),
        version=row.version,
        remarks=row.remarks,
        submitted_at=row.submitted_at,
        decided_at=row.decided_at,
        sandbox=sandbox,
        sandbox_secret_at=row.sandbox_secret_at,
        live_id=row.live_id,
        live=clients.party(row.live_id) if row.live_id else None,
        live_secret_at=row.live_secret_at,
        halted=clients.halted(row.live_id) if row.live_id else None,
    )
