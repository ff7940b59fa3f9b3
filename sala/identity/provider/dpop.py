"""Proofs of possession (RFC 9449): a token that its thief cannot use, since each use is signed by a key that only its
owner has."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import msgspec
from django.conf import settings
from django.http import HttpRequest
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey

from sala.identity.provider import rules
from sala.identity.provider.jose import Registry
from sala.identity.provider.metadata import called
from sala.identity.provider.rules import Refusal, base64url
from sala.kit import clock, sql

LONGEST = 8_000
"""Characters of a proof; one by an RSA key of 4096 bits has about 2,500."""
NONCE_TURN = timedelta(minutes=2)
"""How often the server's nonce changes; one is good for its own turn and the next."""
KEPT = 2 * NONCE_TURN + rules.SKEW
"""How long a proof is remembered: longer than any could be brought again and be believed."""
_SECRETS = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}
_PORTS = {"https": 443, "http": 80}
_SPEND = "INSERT INTO provider_assertion (digest, expires_at) VALUES (%s, %s) ON CONFLICT (digest) DO NOTHING"


@dataclass(frozen=True, slots=True)
class Proof:
    """What a good proof shows: the thumbprint of its key. It is good once: whoever acts on it stores its digest."""

    jkt: str
    digest: bytes
    ends: datetime


class Unproven(Refusal):
    """The proof is missing or does not fit. `nonce`: what the next proof has to contain."""

    def __init__(self, detail: str, *, code: str = "invalid_dpop_proof", status: int = 400, nonce: str = "") -> None:
        super().__init__(code, detail, status=status)
        self.nonce = nonce


_registry = Registry(rules.PROOF_ALGORITHMS)


def proof(request: HttpRequest, endpoint: str, *, token: str = "") -> Proof | None:
    """The proof that came with a request to `endpoint` (and for the access `token`); None if none came.

    It is not spent yet. Raises Unproven.
    """
    given = request.META.get("HTTP_DPOP")
    if given is None:
        return None
    key, claims = _signed(given)
    uri = called(endpoint, request.path)
    _judge(claims, request.method or "", uri)
    if token and not hmac.compare_digest(_text(claims, "ath"), _ath(token)):
        raise Unproven("ath is not the hash of this access token")
    jkt, now = key.thumbprint(), clock.now()
    once = "\0".join([jkt, _text(claims, "htm"), uri, _text(claims, "jti")])
    return Proof(jkt, hashlib.sha256(once.encode()).digest(), now + KEPT)


def demand(proof: Proof | None) -> Proof:
    """The proof. Raises Unproven if there is none."""
    if proof is None:
        raise Unproven("A proof of the key belongs to this request: the DPoP header is missing")
    return proof


def fit(proof: Proof, jkt: str) -> None:
    """Raises Unproven if the proof is by another key than the token is bound to."""
    if proof.jkt != jkt:
        raise Unproven("The token is bound to another key, or to none", code="invalid_token")


def spend(proof: Proof) -> None:
    """Use it up. Raises Unproven if it was used before."""
    if not sql.execute(_SPEND, [proof.digest, proof.ends]):
        raise replayed()


def replayed() -> Unproven:
    return Unproven("The proof was used before (jti)")


def _signed(text: str) -> tuple[ECKey | RSAKey | OKPKey, Mapping[str, Any]]:
    if len(text) > LONGEST or "," in text:
        raise Unproven("The DPoP header must be one signed JWT")
    try:
        key = _key(jws.extract_compact(text.encode(), registry=_registry).headers())
        found = jws.deserialize_compact(text, key, registry=_registry)
        claims = msgspec.json.decode(found.payload)
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise Unproven(f"The proof is not a JWT signed by the key in its header ({type(error).__name__})") from None
    if not isinstance(claims, dict):
        raise Unproven("The proof's claims are not an object")
    return key, claims


def _key(header: Mapping[str, Any]) -> ECKey | RSAKey | OKPKey:
    """The key that the proof itself brings, if it is public and of the algorithm's own kind."""
    if header.get("typ") != "dpop+jwt":
        raise Unproven("typ must be dpop+jwt")
    jwk, algorithm = header.get("jwk"), header.get("alg")
    if not isinstance(jwk, dict) or _SECRETS & jwk.keys():
        raise Unproven("The header must bring the public key as jwk, and nothing private")
    match algorithm, jwk.get("kty"), jwk.get("crv"):
        case "ES256", "EC", "P-256":
            return ECKey.import_key({name: jwk[name] for name in ("kty", "crv", "x", "y")})
        case "EdDSA" | "Ed25519", "OKP", "Ed25519":
            return OKPKey.import_key({name: jwk[name] for name in ("kty", "crv", "x")})
        case "PS256", "RSA", _:
            return _rsa({name: jwk[name] for name in ("kty", "n", "e")})
    raise Unproven(f"alg must be one of {', '.join(rules.PROOF_ALGORITHMS)}, by a key of its kind")


def _rsa(jwk: dict[str, Any]) -> RSAKey:
    key = RSAKey.import_key(jwk)
    if not 2048 <= key.public_key.key_size <= 4096:
        raise Unproven("An RSA key must have 2048 to 4096 bits")
    return key


def _judge(claims: Mapping[str, Any], method: str, uri: str) -> None:
    if _text(claims, "htm") != method:
        raise Unproven(f"htm must be {method}")
    if _plain(_text(claims, "htu")) != _plain(uri):
        raise Unproven(f"htu must be {uri}")
    if not _text(claims, "jti"):
        raise Unproven("jti is missing")
    made = claims.get("iat")
    if isinstance(made, bool) or not isinstance(made, int | float):
        raise Unproven("iat must be a time in seconds")
    if abs(clock.now().timestamp() - made) > rules.SKEW.total_seconds():
        raise Unproven("iat must be now, by a minute at most")
    _judge_nonce(claims)


def _judge_nonce(claims: Mapping[str, Any]) -> None:
    given = _text(claims, "nonce")
    if not given and not settings.DPOP_NONCE:
        return
    if not any(hmac.compare_digest(given, _nonce(turn)) for turn in (_turn(), _turn() - 1)):
        raise Unproven("Put the nonce of the DPoP-Nonce header into the proof", code="use_dpop_nonce", nonce=nonce())


def nonce() -> str:
    """What a proof made now should contain. Every process of the installation finds the same, and stores nothing."""
    return _nonce(_turn())


def _nonce(turn: int) -> str:
    key = settings.SECRET_KEY.encode()
    return base64url(hmac.digest(key, f"sala.provider.dpop-nonce\0{turn}".encode(), "sha256")[:18])


def _turn() -> int:
    return int(clock.now().timestamp() // NONCE_TURN.total_seconds())


def _plain(uri: str) -> tuple[str, str, int | None, str]:
    """What RFC 9449 compares: the address without query and fragment; letters of scheme and host are alike, and the
    usual port is as good as none. All else character by character: a proof for a neighbour is none for us."""
    try:
        parts = urlsplit(uri)
        scheme, port = parts.scheme.lower(), parts.port
    except ValueError:
        raise Unproven("htu is not an address") from None
    if "@" in parts.netloc or not parts.hostname or not uri.isascii() or not uri.isprintable() or "\\" in uri:
        raise Unproven("htu is not a plain address")
    return scheme, parts.hostname, port or _PORTS.get(scheme), parts.path


def _ath(token: str) -> str:
    return base64url(hashlib.sha256(token.encode()).digest())


def _text(claims: Mapping[str, Any], name: str) -> str:
    """A claim that is text; empty if there is none. ASCII, so that it compares in constant time."""
    value = claims.get(name, "")
    if not isinstance(value, str) or not value.isascii():
        raise Unproven(f"{name} must be text in ASCII")
    return value
