"""The key by which the portal proves itself to a provider: made from the installation's secret, stored nowhere."""

from __future__ import annotations

from functools import cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.conf import settings
from joserfc import jwt
from joserfc.jwk import ECKey

from sala.kit import clock
from sala.kit.ids import new_token

ALGORITHM = "ES256"
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of P-256
_PROOF_AGE = 60  # seconds


def public() -> dict[str, Any]:
    """The JWKS to register with a provider."""
    return {"keys": [_key(settings.SECRET_KEY).as_dict(private=False)]}


def proof(client_id: str, audience: str) -> str:
    """A signed claim to be the client, good once, for a minute, at one provider (RFC 7523)."""
    now = int(clock.now().timestamp())
    claims = {"iss": client_id, "sub": client_id, "aud": audience, "jti": new_token(), "iat": now}
    key = _key(settings.SECRET_KEY)
    header = {"alg": ALGORITHM, "kid": str(key.kid)}
    return jwt.encode(header, claims | {"exp": now + _PROOF_AGE}, key, algorithms=[ALGORITHM])


@cache
def _key(secret: str) -> ECKey:
    # Sixteen bytes more than the order has: the remainder favours no number measurably (FIPS 186-5, A.2.1).
    seed = HKDF(SHA256(), length=48, salt=None, info=b"sala.portal.client-key").derive(secret.encode())
    private = ec.derive_private_key(int.from_bytes(seed) % (_ORDER - 1) + 1, ec.SECP256R1())
    der = private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    key = ECKey.import_key(der, {"use": "sig", "alg": ALGORITHM})
    return ECKey.import_key({**key.as_dict(private=True), "kid": key.thumbprint(), "use": "sig", "alg": ALGORITHM})
