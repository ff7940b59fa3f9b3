"""A relying party's key and what it signs: proofs of possession (RFC 9449) and of itself (RFC 7523)."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.test import Client as Browser
from joserfc import jws
from joserfc.jwk import ECKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

from tests.identity.provider.conftest import FORM, TOKEN, USERINFO, Rp

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class _Anything(JWSRegistry):
    """What an attacker's library lets through."""

    max_header_length = 10_000

    def check_header(self, header: Any) -> None:
        pass


class Key:
    """A key pair, and JWTs by it that are right unless a test says otherwise."""

    def __init__(self, algorithm: str = "ES256") -> None:
        self.algorithm = algorithm
        self.pair = _pair(algorithm)
        self.jkt = self.pair.thumbprint()

    @property
    def public(self) -> dict[str, Any]:
        return self.pair.as_dict(private=False)

    def proof(self, uri: str, method: str = "POST", *, token: str = "", header: Any = None, **changes: Any) -> str:
        """A proof for `method` at `uri`; claims that are None are left out. `uri` may be only the path."""
        usual: dict[str, Any] = {
            "htm": method,
            "htu": uri if "://" in uri else settings.PUBLIC_URL + uri,
            "iat": int(time.time()),
            "jti": secrets.token_urlsafe(12),
            "ath": ath(token) if token else None,
        }
        claims = {name: value for name, value in {**usual, **changes}.items() if value is not None}
        usual_header = {"typ": "dpop+jwt", "alg": self.algorithm, "jwk": self.public}
        return self.sign({**usual_header, **(header or {})}, claims)

    def sign(self, header: dict[str, Any], claims: Any) -> str:
        registry = _Anything(algorithms=[header["alg"]], strict_check_header=False)
        return jws.serialize_compact(header, json.dumps(claims), self.pair, registry=registry)

    def assertion(self, client_id: str, *, header: Any = None, **changes: Any) -> dict[str, str]:
        """The form fields by which a client proves itself to us."""
        now = int(time.time())
        usual = {"iss": client_id, "sub": client_id, "aud": settings.PUBLIC_URL, "jti": secrets.token_urlsafe(12)}
        claims = {**usual, "iat": now, "exp": now + 60, **changes}
        signed = self.sign({"alg": self.algorithm, "kid": "one", **(header or {})}, claims)
        return {"client_assertion_type": ASSERTION, "client_assertion": signed}


def _pair(algorithm: str) -> ECKey | OKPKey | RSAKey:
    if algorithm in {"PS256", "RS256"}:
        return RSAKey.generate_key(2048)
    return OKPKey.generate_key("Ed25519") if algorithm == "Ed25519" else ECKey.generate_key("P-256")


def ath(token: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(token.encode()).digest()).rstrip(b"=").decode()


def exchange(rp: Rp, code: str, proof: str | None) -> Any:
    """The token request of a sign-in, by an RP with a secret."""
    form = {"code": code, "redirect_uri": rp.back, "code_verifier": rp.verifier, "grant_type": "authorization_code"}
    return send(TOKEN, form, proof, authorization=rp.basic())


def refresh(rp: Rp, token: str, proof: str | None) -> Any:
    form = {"grant_type": "refresh_token", "refresh_token": token}
    return send(TOKEN, form, proof, authorization=rp.basic())


def send(path: str, form: dict[str, str], proof: str | None, *, authorization: str = "") -> Any:
    headers = {"Authorization": authorization} if authorization else {}
    headers |= {"DPoP": proof} if proof is not None else {}
    return Browser().post(path, urlencode(form), content_type=FORM, headers=headers)


def look(token: str, proof: str | None, scheme: str = "DPoP") -> Any:
    """Userinfo with this token and proof."""
    headers = {"Authorization": f"{scheme} {token}"} | ({"DPoP": proof} if proof is not None else {})
    return Browser().get(USERINFO, headers=headers)
