"""Claims asked one by one: the request parameter `claims` (OpenID Connect Core, 5.5). No Django here.

One scope is one claim here, so each is agreed to, refused and remembered like a scope; what this adds is where it is
told (ID token or userinfo), whether the RP says it is essential, and with which value alone it wants it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import msgspec

MOST = 50


class Claim(msgspec.Struct, frozen=True, omit_defaults=True):
    """How one claim is asked. Without `values` any will do."""

    essential: bool = False
    values: tuple[Any, ...] = ()


class Claims(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is asked one by one, by where it is to be told."""

    id_token: dict[str, Claim] = {}
    userinfo: dict[str, Claim] = {}
    scopes: tuple[str, ...] = ()
    """What was asked by `scope`, too: userinfo tells that whatever stands here."""

    @property
    def essential(self) -> frozenset[str]:
        """What the RP says it cannot do without."""
        asked = (*self.id_token.items(), *self.userinfo.items())
        return frozenset(name for name, claim in asked if claim.essential)

    def in_id_token(self, granted: Iterable[str]) -> list[str]:
        """Of what was granted, what the ID token tells."""
        return [scope for scope in granted if scope in self.id_token]

    def in_userinfo(self, granted: Iterable[str]) -> list[str]:
        """Of what was granted, what userinfo tells: all but what was asked for the ID token alone."""
        return [
            scope for scope in granted
            if scope not in self.id_token or scope in self.userinfo or scope in self.scopes
        ]  # fmt: skip


class Read(msgspec.Struct, frozen=True):
    """The parameter, read. `dropped`: claims there are, which this client is not approved for."""

    claims: Claims
    asked: tuple[str, ...]
    dropped: tuple[str, ...]
    acr: Claim | None
    subject: str


def read(text: str, scopes: tuple[str, ...], *, allowed: Collection[str], known: Collection[str]) -> Read:
    """The parameter `claims` beside the `scopes` asked. Claims that nobody knows are ignored, as the standard says.

    Raises ValueError, in words for who programs the RP, where it is not what the standard says it must be.
    """
    parts = _parts(text)
    id_token, userinfo = parts["id_token"], parts["userinfo"]
    subject = id_token.get("sub") or userinfo.get("sub") or Claim()
    named = dict.fromkeys([*id_token, *userinfo])
    kept = Claims(_kept(id_token, allowed), _kept(userinfo, allowed), scopes)
    return Read(
        claims=kept,
        asked=tuple(name for name in named if name in allowed and name not in scopes),
        dropped=tuple(name for name in named if name in known and name not in allowed),
        acr=id_token.get("acr"),
        subject=str(subject.values[0]) if len(subject.values) == 1 else "",
    )


def fitting(told: Mapping[str, Any], asked: Mapping[str, Claim]) -> dict[str, Any]:
    """What may be told of `told`: a claim wanted with a certain value only where it has that."""
    return {name: value for name, value in told.items() if _fits(value, asked.get(name))}


def _fits(value: Any, claim: Claim | None) -> bool:
    return claim is None or not claim.values or value in claim.values


def _kept(asked: Mapping[str, Claim], allowed: Collection[str]) -> dict[str, Claim]:
    return {name: claim for name, claim in asked.items() if name in allowed}


def _parts(text: str) -> dict[str, dict[str, Claim]]:
    try:
        whole = msgspec.json.decode(text, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeError):
        raise ValueError("claims must be a JSON object") from None
    return {part: _part(part, whole.get(part)) for part in ("id_token", "userinfo")}


def _part(part: str, members: Any) -> dict[str, Claim]:
    if members is None:
        return {}
    if not isinstance(members, dict) or len(members) > MOST:
        raise ValueError(f"claims.{part} must be an object of {MOST} claims at most")
    return {name: _claim(part, asked) for name, asked in members.items()}


def _claim(part: str, asked: Any) -> Claim:
    if asked is None:
        return Claim()
    if not isinstance(asked, dict) or not isinstance(asked.get("essential", False), bool):
        raise ValueError(  # noqa: TRY004 - it was said by somebody else
            f"Each claim of claims.{part} must be null or an object; essential a boolean"
        )
    values = asked.get("values", [asked["value"]] if "value" in asked else [])
    if not isinstance(values, list) or len(values) > MOST:
        raise ValueError(f"values of claims.{part} must be a list of {MOST} at most")
    return Claim(asked.get("essential", False), tuple(values))
