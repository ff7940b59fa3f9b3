"""What is asked elsewhere and approved on the phone. Its caller (the provider) asks, and takes the answer once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec

from sala.identity.accounts.actor import Actor
from sala.identity.wallet.rules import Kind, State


class Claim(msgspec.Struct, frozen=True):
    """One thing that the asker wants to be told, in both languages. `agreed`: the person said yes before."""

    scope: str
    label: dict[str, str]
    purpose: dict[str, str]
    basis: dict[str, str]
    agreed: bool = False


class Asking(msgspec.Struct, frozen=True):
    """Who asks what, as the phone shows it: the RP and whose it is, the claims, the place (browser and system in
    words; never more of the network than the province it would be), and the RP's own short message (CIBA)."""

    client_id: str
    name: dict[str, str]
    owner: dict[str, str]
    claims: tuple[Claim, ...] = ()
    place: str = ""
    message: str = ""
    strong: bool = False
    """Whether a passkey is asked (AAL2), and a PIN alone in a session opened by password is not enough."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A new approval; `token` stands in its QR code or message, and is stored nowhere."""

    id: UUID
    token: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person answered: who, what they agreed to tell, how they proved themselves and when."""

    account_id: UUID
    agreed: frozenset[str]
    methods: tuple[str, ...]
    at: datetime


def ask(*, kind: Kind, asking: Asking, browser: str = "", account_id: UUID | None = None) -> Asked:
    """Ask for approval: of whoever scans it (`browser` is the secret of the browser that began), or of an account,
    which is told by push and, as the channel of record, by e-mail. Raises TooMany (an account is not flooded)."""
    raise NotImplementedError


def renew(*, approval_id: UUID, browser: str) -> str:
    """Another token in place of the one shown, for that browser only, while nobody has scanned. Raises NotFound."""
    raise NotImplementedError


def state(approval_id: UUID, *, browser: str = "") -> State | None:
    """How it stands; None if it has run out, is unknown or another browser's."""
    raise NotImplementedError


def opened(*, token: str, by: Actor) -> UUID:
    """The phone follows the QR code or message: the first account to do so has it alone. Raises NotFound, Conflict."""
    raise NotImplementedError


def approve(*, approval_id: UUID, agreed: Iterable[str], methods: Iterable[str], by: Actor) -> str:
    """The person says yes, having proven themselves by `methods`. Returns the code to type into the browser (six
    digits; empty where none is needed: for CIBA and devices, whose user code was typed). Raises NotFound, Conflict."""
    raise NotImplementedError


def decline(*, approval_id: UUID, by: Actor) -> None:
    """The person says no, or that it was not they. May be repeated. Raises NotFound."""
    raise NotImplementedError


def redeem(*, approval_id: UUID, browser: str, code: str) -> Answer:
    """The code is typed into the browser that began. Used once. Raises Invalid (wrong code; void after
    rules.CODE_TRIES), NotFound."""
    raise NotImplementedError


def take(approval_id: UUID) -> Answer | State | None:
    """For whoever polls (CIBA, device): the answer, once; or the state while there is none (WAITING, DECLINED, USED);
    None if it has run out."""
    raise NotImplementedError
