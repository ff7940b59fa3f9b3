"""Who is acting: the one argument, `by`, of every service function."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Seat:
    """One post of an officer, as it stands today. `office` None = the whole agency."""

    agency: str
    office: int | None
    role: str
    services: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Actor:
    """A signed-in person, a person's API token, a holder of a case's key, or the system itself.

    `scopes` is None for a browser session (all rights of the person), else what the token was given.
    """

    kind: str  # account, token, key, anonymous, system
    id: str
    account_id: UUID | None = None
    name: str = ""
    email: str = ""
    phone: str = ""
    given_name: str = ""
    surname: str = ""
    language: str = "th"
    seats: tuple[Seat, ...] = field(default=())
    scopes: frozenset[str] | None = None
    session_id: UUID | None = None

    @property
    def label(self) -> str:
        """How audit and history name the actor; an account's label is the same by browser and by token."""
        return f"account:{self.account_id}" if self.account_id else f"{self.kind}:{self.id}"

    @property
    def is_officer(self) -> bool:
        return bool(self.seats)

    def may(self, scope: str) -> bool:
        """Whether the way of signing in allows `scope` (a browser session allows all)."""
        return self.scopes is None or scope in self.scopes


ANONYMOUS = Actor(kind="anonymous", id="")


def system(name: str) -> Actor:
    """The system acting by itself, e.g. `system("scheduler")`."""
    return Actor(kind="system", id=name)
