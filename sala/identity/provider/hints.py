"""ID tokens of ours that an RP brings back to say whom it means (`id_token_hint`): believed at any age."""

from __future__ import annotations

from dataclasses import dataclass

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from sala.identity.provider import keys
from sala.identity.provider.keys import ALGORITHM
from sala.identity.provider.metadata import issuer


@dataclass(frozen=True, slots=True)
class Hint:
    """Whom the token names, to which client it was given, of which session. No `subject`: nobody can tell any more."""

    subject: str
    client_id: str
    sid: str = ""


def read(token: str) -> Hint | None:
    """What an ID token of ours says, also long after its end; None if it is none.

    One whose key is no longer published may have been ours: its hint names nobody.
    """
    try:
        kid = jws.extract_compact(token.encode()).headers().get("kid")
        published = keys.jwks()["keys"]
        if kid not in {key["kid"] for key in published}:
            return Hint("", "")
        claims = jwt.decode(token, KeySet.import_key_set({"keys": published}), algorithms=[ALGORITHM])
    except (JoseError, ValueError, KeyError, TypeError):
        return None
    said = claims.claims
    # Whatever else we sign, such as logout tokens, names itself by a type of its own.
    if claims.header.get("typ", "JWT") != "JWT" or said.get("iss") != issuer() or not isinstance(said.get("aud"), str):
        return None
    return Hint(str(said.get("sub", "")), said["aud"], str(said.get("sid", "")))
