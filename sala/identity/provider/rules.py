"""What OAuth 2.1, OpenID Connect and RFC 9700 demand of a request, decided without a database."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Protocol
from urllib.parse import urlencode, urlsplit, urlunsplit

import msgspec

from sala.identity.provider import wanted
from sala.identity.provider.scopes import ALL
from sala.identity.provider.wanted import Claims

CODE_AGE = timedelta(seconds=60)
PUSHED_AGE = timedelta(seconds=90)
WAITING_AGE = timedelta(minutes=30)
"""How long a person may take to sign in and read the consent page."""
ACCESS_AGE = timedelta(minutes=15)
REFRESH_AGE = timedelta(days=30)
GRANT_AGE = timedelta(days=90)
ID_TOKEN_AGE = timedelta(minutes=15)
ASSERTION_AGE = timedelta(hours=1)
"""How far ahead a client may date the end of its proof; libraries in use date it an hour. It works once anyway."""
SKEW = timedelta(seconds=60)

DEVICE, CIBA = "urn:ietf:params:oauth:grant-type:device_code", "urn:openid:params:grant-type:ciba"
GRANTS = ("authorization_code", "refresh_token", "client_credentials", DEVICE, CIBA)
ASSERTION_ALGORITHMS = ("ES256", "PS256", "EdDSA", "Ed25519", "RS256")
PROOF_ALGORITHMS = ("ES256", "PS256", "EdDSA", "Ed25519")
"""Of proofs of possession, and of all that a FAPI client signs: no RSA with the padding of 1993."""
REQUEST_URI = "urn:ietf:params:oauth:request_uri:"
PROMPTS = frozenset({"none", "login", "consent", "select_account"})
LONGEST = 2000
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")
_AGE = re.compile(r"[0-9]{1,9}")
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_USUAL_PORTS = {"https": ":443", "http": ":80"}
_NOT_OFFERED = {"request": "request_not_supported", "registration": "registration_not_supported"}


class Refusal(Exception):
    """An error of the protocol: `code` as the RFCs name it, `detail` in words for who programs the RP."""

    def __init__(self, code: str, detail: str, *, status: int = 400) -> None:
        super().__init__(code)
        self.code, self.detail, self.status = code, detail, status


class NotYet(Refusal):
    """An answer that comes at nearly every poll and is nobody's fault: it is not put on the RP's record."""


class Asked(msgspec.Struct, frozen=True):
    """A request to sign in, judged and found right."""

    client: str
    redirect_uri: str
    scopes: tuple[str, ...]
    challenge: str
    state: str = ""
    nonce: str = ""
    prompt: tuple[str, ...] = ()
    max_age: int | None = None
    language: str = ""
    acr_values: tuple[str, ...] = ()
    """How well the person should prove who they are, the best liked first; unknown ones are left for what they are."""
    acr_essential: bool = False
    """Nothing less than one of `acr_values` will do (asked by `claims`)."""
    login_hint: str = ""
    """The address with which the RP believes the person signs in; said by anybody, so it proves nothing."""
    jkt: str = ""
    """Thumbprint of the key that the code will be bound to (`dpop_jkt`, RFC 9449); empty: to none."""
    hint_subject: str = ""
    """By what name the RP knows whom it wants signed in (`id_token_hint`); empty: anybody."""
    claims: Claims = Claims()
    """What is asked one by one, too; `scopes` has the names of it all."""
    dropped: tuple[str, ...] = ()
    """What was asked one by one without being approved for this RP: left out."""

    def granted(self, agreed: Iterable[str]) -> tuple[str, ...]:
        """The scopes of a sign-in at which the person agreed to tell `agreed`."""
        kept = {"openid", *agreed}
        return tuple(scope for scope in self.scopes if scope in kept)

    @property
    def silent(self) -> bool:
        """Nothing may be shown (`prompt=none`)."""
        return "none" in self.prompt

    @property
    def anew(self) -> bool:
        """The person must prove to be there now (`prompt=login`); one browser has one account, so choosing is that."""
        return "login" in self.prompt or "select_account" in self.prompt


class Party(Protocol):
    """What the rules need to know of a client."""

    @property
    def id(self) -> str: ...
    @property
    def redirect_uris(self) -> tuple[str, ...]: ...
    @property
    def allowed(self) -> Iterable[str]: ...


def once(pairs: Iterable[tuple[str, str]], *, longest: int = LONGEST) -> dict[str, str]:
    """The parameters, none of them twice, empty ones as if they were absent. Raises Refusal."""
    found: dict[str, str] = {}
    for name, value in pairs:
        if name in found:
            raise Refusal("invalid_request", f"The parameter {printable(name)} is given twice")
        if len(value) > longest or not value.isprintable():
            raise Refusal("invalid_request", f"The parameter {printable(name)} is too long or has control characters")
        found[name] = value
    return {name: value for name, value in found.items() if value}


def printable(name: str) -> str:
    """A name of a parameter, fit for a message (RFC 6749 allows it printable ASCII without quotes)."""
    return re.sub(r"[^A-Za-z0-9_.-]", "?", name)[:40]


def redirect_uri_of(given: Mapping[str, str], client: Party) -> str:
    """Where the answer may go: one of the registered addresses, character by character. Raises Refusal."""
    uri = given.get("redirect_uri")
    if not uri:
        raise Refusal("invalid_request", "redirect_uri is missing")
    if uri not in client.redirect_uris:
        raise Refusal("invalid_request", "redirect_uri is not one of those registered, character by character")
    return uri


def judge(given: Mapping[str, str], client: Party) -> Asked:
    """The request as the rules read it. Raises Refusal; the redirect URI was judged before."""
    for name, code in _NOT_OFFERED.items():
        if name in given:
            raise Refusal(code, f"The parameter {name} is not supported")
    if given.get("response_type") != "code":
        raise Refusal("unsupported_response_type", "response_type must be code")
    if given.get("response_mode", "query") != "query":
        raise Refusal("invalid_request", "response_mode must be query")
    scopes = _scopes(given.get("scope", ""), client)
    apart = _claims(given.get("claims", "{}"), scopes, client)
    acr = apart.acr
    return Asked(
        client=client.id,
        redirect_uri=given["redirect_uri"],
        scopes=(*scopes, *apart.asked),
        challenge=challenge(given),
        state=given.get("state", ""),
        nonce=given.get("nonce", ""),
        prompt=_prompt(given.get("prompt", "")),
        max_age=_max_age(given.get("max_age")),
        acr_values=_acr_values(given.get("acr_values", ""), acr),
        acr_essential=acr is not None and acr.essential and bool(acr.values),
        hint_subject=apart.subject,
        claims=apart.claims,
        dropped=apart.dropped,
        login_hint=given.get("login_hint", ""),
        jkt=_thumbprint(given.get("dpop_jkt", "")),
        language=next((tag[:2] for tag in given.get("ui_locales", "").split() if tag[:2] in {"th", "en"}), ""),
    )


def judge_apart(given: Mapping[str, str], client: Party) -> Asked:
    """A request that comes by no browser of ours: from a device, or from the RP itself (CIBA). Raises Refusal."""
    return Asked(
        client=client.id,
        redirect_uri="",
        scopes=_scopes(given.get("scope", ""), client),
        challenge="",
        acr_values=_acr_values(given.get("acr_values", ""), None),
    )


def _scopes(text: str, client: Party) -> tuple[str, ...]:
    scopes = tuple(dict.fromkeys(text.split()))
    if "openid" not in scopes:
        raise Refusal("invalid_scope", "scope must contain openid")
    allowed = set(client.allowed) | {"openid"}
    if missing := [printable(scope) for scope in scopes if scope not in allowed]:
        raise Refusal("invalid_scope", f"Not approved for this client: {' '.join(missing)}")
    return scopes


def _claims(text: str, scopes: tuple[str, ...], client: Party) -> wanted.Read:
    try:
        return wanted.read(text, scopes, allowed=frozenset(client.allowed), known=ALL)
    except ValueError as error:
        raise Refusal("invalid_request", str(error)) from None


def _acr_values(text: str, claim: wanted.Claim | None) -> tuple[str, ...]:
    """The levels asked, the best liked first: as a claim, if that is how the RP asks."""
    named = [str(value) for value in claim.values] if claim else []
    return tuple(dict.fromkeys(named or text.split()))


def challenge(given: Mapping[str, str]) -> str:
    """The PKCE challenge. Raises Refusal if there is none, or a weak one."""
    text = given.get("code_challenge", "")
    if not text:
        raise Refusal("invalid_request", "PKCE is required: code_challenge is missing")
    if given.get("code_challenge_method") != "S256":
        raise Refusal("invalid_request", "code_challenge_method must be S256")
    if not _CHALLENGE.fullmatch(text):
        raise Refusal("invalid_request", "code_challenge must be 43 characters of base64url")
    return text


def _thumbprint(text: str) -> str:
    if text and not _CHALLENGE.fullmatch(text):
        raise Refusal("invalid_request", "dpop_jkt must be a SHA-256 thumbprint: 43 characters of base64url")
    return text


def _prompt(text: str) -> tuple[str, ...]:
    prompts = tuple(dict.fromkeys(text.split()))
    if unknown := set(prompts) - PROMPTS:
        raise Refusal("invalid_request", f"prompt does not know {printable(min(unknown))}")
    if "none" in prompts and len(prompts) > 1:
        raise Refusal("invalid_request", "prompt=none goes with no other prompt")
    return prompts


def _max_age(text: str | None) -> int | None:
    if text is None:
        return None
    if not _AGE.fullmatch(text):
        raise Refusal("invalid_request", "max_age must be a number of seconds")
    return int(text)


def challenge_of(verifier: str) -> str:
    """S256 of a verifier (RFC 7636). Raises Refusal if it cannot be one."""
    if not _VERIFIER.fullmatch(verifier):
        raise Refusal("invalid_grant", "code_verifier must be 43 to 128 unreserved characters")
    return base64url(hashlib.sha256(verifier.encode()).digest())


def fresh(asked: Asked, signed_in_at: datetime, *, asked_at: datetime) -> bool:
    """Whether the sign-in is recent enough for what the RP demands.

    Counted to the moment when it asked: who has proven to be there since may take their time over the consent page.
    """
    if signed_in_at >= asked_at:
        return True
    return not asked.anew and (asked.max_age is None or asked_at - signed_in_at <= timedelta(seconds=asked.max_age))


def may_be_told(*, sandbox: bool, invented: bool, demonstration: bool) -> bool:
    """Whether a person may sign in at an RP: invented ones at sandboxes only, real ones never there.

    In a demonstration everybody is invented, and the RPs that are no sandbox take them too.
    """
    return invented if sandbox else demonstration or not invented


def half_hash(token: str) -> str:
    """`at_hash` of a token, for ES256."""
    return base64url(hashlib.sha256(token.encode()).digest()[:16])


def same_secret(secret: str, stored: bytes) -> bool:
    """Whether `stored` is the secret's SHA-256, in a time that tells nothing."""
    return hmac.compare_digest(hashlib.sha256(secret.encode()).digest(), stored)


def base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def leading_to(uri: str, answer: Mapping[str, str]) -> str:
    """The redirect URI with the answer added to whatever query it has."""
    parts = urlsplit(uri)
    query = "&".join(filter(None, [parts.query, urlencode(answer)]))
    return urlunsplit(parts._replace(query=query))


def origin_of(uri: str) -> str:
    """Scheme, host and port, as a Content-Security-Policy names a site."""
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.netloc}"


def web_origin(uri: str) -> str:
    """The same as a browser says it of a page: in small letters, without the port that goes without saying."""
    parts = urlsplit(uri.lower())
    return f"{parts.scheme}://{parts.netloc.removesuffix(_USUAL_PORTS.get(parts.scheme, ''))}"


def is_own_machine(uri: str) -> bool:
    """Whether the address is of the machine that the browser runs on."""
    return urlsplit(uri).hostname in _LOOPBACK


def redirect_uri_fault(uri: str) -> str:
    """What is wrong with an address to be registered; empty if nothing."""
    if not uri.isascii() or not uri.isprintable() or re.search(r"[\s\"'<>;,\\*]", uri):
        return "has characters that an address may not have"
    try:
        parts = urlsplit(uri)
        _ = parts.port
    except ValueError:  # such as an address of IPv6 without its bracket, or a port that is none
        return "is no address"
    if "#" in uri:
        return "must have no fragment"
    if not parts.hostname or "@" in parts.netloc:
        return "must be a full address without user information"
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        return "must begin with https:// (or http:// on this very machine)"
    return ""
