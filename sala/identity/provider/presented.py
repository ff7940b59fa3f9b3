"""An access token as it is shown to us: borne (RFC 6750), or with a proof of the key that it is bound to (RFC 9449)."""

from __future__ import annotations

from django.http import HttpRequest

from sala.identity.provider import dpop, rules, tokens
from sala.identity.provider.rules import Refusal
from sala.identity.provider.tokens import Living

_REALM = 'realm="sala"'
_ALGORITHMS = f'algs="{" ".join(rules.PROOF_ALGORITHMS)}"'


class Challenge(Refusal):
    """A refusal at a resource: also said in WWW-Authenticate. `scheme`: how the token should have been shown."""

    def __init__(self, code: str, detail: str, status: int, *, scheme: str = "Bearer", nonce: str = "") -> None:
        super().__init__(code, detail, status=status)
        self.scheme, self.nonce = scheme, nonce

    @property
    def header(self) -> str:
        said = "".join(f', {name}="{value}"' for name, value in self._said())
        bearer, bound = f"Bearer {_REALM}", f"DPoP {_REALM}, {_ALGORITHMS}"
        if not self.code:  # nothing was shown: either way will do
            return f"{bearer}, {bound}"
        return f"{bound if self.scheme == 'DPoP' else bearer}{said}"

    def _said(self) -> list[tuple[str, str]]:
        return [("error", self.code), ("error_description", self.detail)] if self.code else []


def token(request: HttpRequest, endpoint: str, *, in_body: str) -> Living:
    """The access token that works now, shown as it must be, its proof used up. Raises Challenge."""
    scheme, text = _shown(request, in_body)
    found = tokens.living(text)
    if found is None or found.kind != "access":
        raise Challenge("invalid_token", "The access token is unknown, has run out or was revoked", 401, scheme=scheme)
    if found.jkt and scheme != "DPoP":
        raise Challenge("invalid_token", "The token is bound to a key: show it with a proof", 401, scheme="DPoP")
    if scheme == "DPoP":
        _prove(request, endpoint, text, found)
    return found


def _shown(request: HttpRequest, in_body: str) -> tuple[str, str]:
    """How it was shown, and the token. From the header or a form; never from the address, which logs would keep."""
    header = request.META.get("HTTP_AUTHORIZATION", "")
    given, _, text = header.partition(" ")
    scheme = {"bearer": "Bearer", "dpop": "DPoP"}.get(given.lower(), "")
    if header and in_body:
        raise Challenge("invalid_request", "The token is given twice", 400)
    if header and not scheme:
        raise Challenge("invalid_request", "The Authorization header is neither Bearer nor DPoP", 400)
    if not (text.strip() or in_body):
        raise Challenge("", "", 401)
    return scheme or "Bearer", text.strip() or in_body


def _prove(request: HttpRequest, endpoint: str, text: str, found: Living) -> None:
    try:
        proof = dpop.demand(dpop.proof(request, endpoint, token=text))
        dpop.fit(proof, found.jkt)
        dpop.spend(proof)
    except dpop.Unproven as refusal:
        raise Challenge(refusal.code, refusal.detail, 401, scheme="DPoP", nonce=refusal.nonce) from None
