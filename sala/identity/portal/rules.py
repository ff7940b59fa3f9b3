"""What must be true of a provider's answers before anybody is signed in, or out, by them. No Django here."""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

AGE = timedelta(minutes=30)
"""How long a person may take at the provider."""
SKEW = timedelta(seconds=60)
LOGOUT_AGE = timedelta(minutes=5)
SCOPES = ("openid", "pid", "name")
ALGORITHMS = ("ES256", "PS256", "RS256")
"""Of ID tokens and logout tokens: signatures by a private key. Never `none`, never a shared secret."""
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
_METHOD = re.compile(r"[a-z0-9_]{1,20}")
_ERROR = re.compile(r"[a-z_]{1,40}")
_MOST_METHODS = 10


class Wrong(Exception):
    """The answer is not to be believed; the words are for the log, and name nobody."""


@dataclass(frozen=True, slots=True)
class Identified:
    """Whom an ID token names. `pid` and `sid` may be empty; `methods` in the words of RFC 8176."""

    subject: str
    pid: str
    sid: str
    methods: tuple[str, ...]
    proved_at: datetime


@dataclass(frozen=True, slots=True)
class Ended:
    """What a logout token says has ended: one session, or (without `sid`) all of somebody's that began before."""

    subject: str
    sid: str
    before: datetime


def judge_answer(given: Mapping[str, str], *, issuer: str, says_issuer: bool) -> None:
    """Whether the answer in the address comes from whom we asked (RFC 9207). Raises Wrong."""
    if given.get("iss", "" if says_issuer else issuer) != issuer:
        raise Wrong("The answer is another provider's, or does not say whose it is")


def judge_id_token(
    claims: Mapping[str, Any], *, issuer: str, client_id: str, nonce: str, access_token: str, now: datetime
) -> Identified:
    """Whom it names, if it was made for us, now, in answer to this very sign-in (Core, 3.1.3.7). Raises Wrong."""
    _made_for(claims, issuer=issuer, client_id=client_id)
    if _time(claims, "exp") <= now - SKEW:
        raise Wrong("The ID token has run out")
    if not hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
        raise Wrong("The ID token answers another sign-in (nonce)")
    if claims.get("at_hash", half_hash(access_token)) != half_hash(access_token):
        raise Wrong("The access token is not the ID token's (at_hash)")
    amr = claims.get("amr")
    methods = [one for one in amr if isinstance(one, str) and _METHOD.fullmatch(one)] if isinstance(amr, list) else []
    return Identified(
        subject=_subject(claims),
        pid=str(claims.get("pid") or ""),
        sid=str(claims.get("sid") or ""),
        methods=tuple(methods[:_MOST_METHODS]),
        proved_at=min(now, _time(claims, "auth_time")) if "auth_time" in claims else now,
    )


def judge_logout_token(claims: Mapping[str, Any], *, issuer: str, client_id: str, now: datetime) -> Ended:
    """What has ended (Back-Channel Logout, 2.6). Raises Wrong; an ID token is none, whatever session it names."""
    _made_for(claims, issuer=issuer, client_id=client_id)
    events = claims.get("events")
    if not isinstance(events, dict) or not isinstance(events.get(LOGOUT_EVENT), dict) or "nonce" in claims:
        raise Wrong("It is no logout token")
    made = _time(claims, "iat")
    if not now - LOGOUT_AGE <= made <= now + SKEW or _time(claims, "exp") <= now - SKEW:
        raise Wrong("The logout token is too old, or of the future")
    subject, sid = str(claims.get("sub") or ""), str(claims.get("sid") or "")
    if not subject and not sid:
        raise Wrong("The logout token names neither a session nor a person")
    return Ended(subject, sid, made)


def _made_for(claims: Mapping[str, Any], *, issuer: str, client_id: str) -> None:
    if claims.get("iss") != issuer:
        raise Wrong("The token is another provider's (iss)")
    audience = claims.get("aud")
    # One audience: a token that is also another's could have been handed on by them.
    if audience not in (client_id, [client_id]) or claims.get("azp", client_id) != client_id:
        raise Wrong("The token was made for another client (aud)")


def _subject(claims: Mapping[str, Any]) -> str:
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= 255:
        raise Wrong("The token names nobody (sub)")
    return subject


def _time(claims: Mapping[str, Any], name: str) -> datetime:
    seconds = claims.get(name)
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 < seconds < 1e11:
        raise Wrong(f"The token's {name} is no time")
    return datetime.fromtimestamp(seconds, UTC)


def error_code(error: object) -> str:
    """An error of OAuth as a log may hold it: others write what they like there."""
    return error if isinstance(error, str) and _ERROR.fullmatch(error) else "other"


def half_hash(token: str) -> str:
    """`at_hash` of a token; of the algorithms that we take all hash by SHA-256."""
    return base64url(hashlib.sha256(token.encode()).digest()[:16])


def challenge_of(verifier: str) -> str:
    """S256 (RFC 7636)."""
    return base64url(hashlib.sha256(verifier.encode()).digest())


def base64url(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def safe(uri: str, *, issuer: str) -> bool:
    """Whether an address that the provider names may be asked: by https, as the provider itself unless on this
    machine."""
    return urlsplit(uri).scheme in {"https", urlsplit(issuer).scheme} and bool(urlsplit(uri).hostname)
