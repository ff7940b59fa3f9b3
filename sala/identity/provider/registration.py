"""Programs that register themselves (RFC 7591), each as a sandbox: told of invented people only, ever.

So a programmer begins in a minute, and a conformance suite by itself; who wants real people asks in the console, and
an officer decides. What was registered so and lay unused for 30 days is deleted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar
from urllib.parse import urlsplit

import msgspec
from django.db import transaction

from sala.identity.accounts.actor import system
from sala.identity.provider import clients, registrable, registry, rules
from sala.identity.provider.keys import ALGORITHM
from sala.identity.provider.metadata import address
from sala.identity.provider.models import Client, Look, Subject
from sala.identity.provider.rules import Refusal
from sala.identity.provider.scopes import CLAIMS, OPENID
from sala.kit import audit, clock, ratelimit
from sala.kit.errors import Invalid
from sala.kit.ids import hash_token, new_token, uuid7
from sala.kit.text import Text

T = TypeVar("T")
BY = system("registration").label
AN_HOUR = 20
"""Registrations from one network; and changes of one client."""
MOST = 5_000
"""Self-registered clients at one time, whoever made them."""
UNUSED = timedelta(days=30)
LONGEST_NAME = 100
MOST_URIS = 10
GRANTS = ("authorization_code", "refresh_token", "client_credentials")
OWNER = "ลงทะเบียนเองเพื่อทดสอบ · Registered itself, for testing"
_UNSEEN = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters by their category that draw nothing."""
SUFFIX = Text(th=" (ทดสอบ)", en=" (sandbox)")
_WHY = {
    "purpose": Text(th="ทดสอบระบบด้วยบุคคลสมมติ", en="To test with invented people"),
    "basis": Text(th="ไม่มีข้อมูลส่วนบุคคลจริง", en="No real person’s data"),
}
_FIELDS = {"redirect_uris": "invalid_redirect_uri", "post_logout_uris": "invalid_redirect_uri"}


class Metadata(msgspec.Struct, frozen=True):
    """What a program says of itself, as far as we heed it; unknown members are ignored, as the standard says."""

    redirect_uris: list[str] = []
    post_logout_redirect_uris: list[str] = []
    client_name: str = ""
    name_th: str = msgspec.field(default="", name="client_name#th")
    token_endpoint_auth_method: str = "client_secret_basic"  # noqa: S105 - a way to prove itself
    grant_types: list[str] | None = None
    response_types: tuple[str, ...] = ("code",)
    scope: str | None = None
    jwks: dict[str, Any] | None = None
    jwks_uri: str = ""
    subject_type: str = "pairwise"
    id_token_signed_response_alg: str = ALGORITHM
    dpop_bound_access_tokens: bool = False
    sala_profile: str = "strict"
    """Ours: `legacy_thaid` for programs that were written for ThaID."""
    client_id: str = ""
    client_secret: str = ""


@dataclass(frozen=True, slots=True)
class Made:
    """A client as it is told to the program; `secret` and `token` where there is something to tell."""

    client: Client
    secret: str
    token: str


def read(body: bytes) -> Metadata:
    """What stands in the body, judged. Raises Refusal."""
    try:
        found = msgspec.json.decode(body, type=Metadata)
    except msgspec.DecodeError as error:
        raise _refused(f"The body is no client metadata in JSON: {error}") from None
    for uri in (*found.redirect_uris, *found.post_logout_redirect_uris):
        if len(uri) > 500:
            raise _refused("An address is longer than 500 characters", code="invalid_redirect_uri")
        if fault := rules.redirect_uri_fault(uri):
            raise _refused(f"{uri} {fault}", code="invalid_redirect_uri")
    for wrong, detail in _faults(found):
        if wrong:
            raise _refused(detail)
    return found


def _faults(found: Metadata) -> list[tuple[bool, str]]:
    names = (found.client_name, found.name_th)
    return [
        (found.response_types != ("code",), "response_types must be code alone"),
        (bool(found.jwks_uri), "jwks_uri is not read: send the keys themselves as jwks"),
        (found.subject_type != "pairwise", "subject_type must be pairwise"),
        (found.id_token_signed_response_alg != ALGORITHM, f"id_token_signed_response_alg must be {ALGORITHM}"),
        (not set(found.grant_types or ()) <= set(GRANTS), f"grant_types are {', '.join(GRANTS)}"),
        (len(found.redirect_uris) > MOST_URIS, f"{MOST_URIS} redirect_uris at most"),
        (len(found.post_logout_redirect_uris) > MOST_URIS, f"{MOST_URIS} post_logout_redirect_uris at most"),
        (any(len(name) > LONGEST_NAME or not _shows(name) for name in names), "client_name: 100 characters, all seen"),
        (bool(found.scope) and not _scopes(found), "scope names nothing that there is"),
    ]


def _shows(name: str) -> bool:
    """Whether all of it is seen: the word that says what it is must not be pushed off the page by what is not."""
    return name.isprintable() and not _UNSEEN & set(name)


def _scopes(found: Metadata) -> list[str]:
    """What it may ask; all there is, if it does not say."""
    wanted = set(CLAIMS) if found.scope is None else set(found.scope.split())
    return [scope for scope in (OPENID, *CLAIMS) if scope in wanted]


def register(found: Metadata, *, network: str) -> Made:
    """A new sandbox. Raises Refusal; TooMany, if this network makes many."""
    ratelimit.hit(f"provider.register:{network}", AN_HOUR, 3600)
    if Client.objects.filter(registration_hash__isnull=False, closed_at=None).count() >= MOST:
        raise Refusal("temporarily_unavailable", "There are too many of these; use the console", status=503)
    token = new_token()
    with transaction.atomic():
        made = _judged(
            lambda: registry.register(
                name=_name(found),
                redirect_uris=found.redirect_uris,
                company=OWNER,
                method=found.token_endpoint_auth_method,
                jwks=found.jwks,
                sector=f"sandbox:{uuid7()}",
                sandbox=True,
                by=BY,
                **_setup(found),
            )
        )
        Client.objects.filter(id=made.id).update(registration_hash=hash_token(token))
        _allow(made.id, found)
    return Made(Client.objects.get(id=made.id), made.secret, token)


def _setup(found: Metadata) -> dict[str, Any]:
    grants = GRANTS[:2] if found.grant_types is None else found.grant_types
    return {
        "grants": tuple(grants),
        "post_logout_uris": tuple(found.post_logout_redirect_uris),
        "dpop": found.dpop_bound_access_tokens,
        "profile": found.sala_profile,
    }


def _name(found: Metadata) -> Text:
    """Its name with the word that says what it is: else it could call itself a bank's."""
    host = urlsplit(found.redirect_uris[0]).hostname if found.redirect_uris else None
    english = found.client_name.strip().removesuffix(SUFFIX.en) or host or "Program"
    thai = found.name_th.strip().removesuffix(SUFFIX.th) or english
    return Text(th=thai + SUFFIX.th, en=english + SUFFIX.en)


def _allow(client_id: str, found: Metadata) -> None:
    known, wanted = clients.party(client_id, anew=True), _scopes(found)
    for scope in known.scopes if known else ():
        if scope not in wanted:
            registry.withdraw_scope(client_id=client_id, scope=scope, by=BY)
    for scope in wanted:
        if scope != OPENID:
            registry.approve_scope(client_id=client_id, scope=scope, **_WHY, by=BY)


def change(client: Client, found: Metadata, *, token: str) -> Made:
    """All of it as said now; what is left out is as if it had never been said (RFC 7592). Raises Refusal, TooMany."""
    ratelimit.hit(f"provider.register:{client.id}", AN_HOUR, 3600)
    if found.client_id != client.id:
        raise _refused("client_id must be the client's own")
    if found.client_secret and hash_token(found.client_secret) != bytes(client.secret_hash or b""):
        raise _refused("client_secret is not the one it has")
    with transaction.atomic():
        secret = _judged(lambda: _proof(client, found))
        setup = registry.Setup(**_setup(found))
        _judged(
            lambda: registry.amend(
                client_id=client.id, name=_name(found), redirect_uris=found.redirect_uris, setup=setup, by=BY
            )
        )
        _allow(client.id, found)
    return Made(Client.objects.get(id=client.id), secret, token)


def _proof(client: Client, found: Metadata) -> str:
    """How it proves itself from now on; a new secret where it had none."""
    method = found.token_endpoint_auth_method
    if method == Client.Method.NONE and found.jwks is None:
        registry.amend(client_id=client.id, setup=registry.Setup(**_setup(found)), public=True, by=BY)
        return ""
    if client.method == Client.Method.NONE:
        registry.amend(client_id=client.id, public=False, by=BY)
    if method == Client.Method.KEY:
        registry.use_keys(client_id=client.id, jwks=found.jwks or {}, by=BY)
        return ""
    if found.jwks is not None or method not in registrable.SECRETS:
        raise _refused("jwks goes with private_key_jwt, and no other way than the four is known")
    if method == client.method:
        return ""
    return registry.new_secret(client_id=client.id, method=method, by=BY)


def _judged(act: Callable[[], T]) -> T:
    """What the register says is wrong, as the standard says it."""
    try:
        return act()
    except Invalid as error:
        first = error.faults[0]
        raise _refused(f"{first.field}: {first.message.en}", code=_FIELDS.get(first.field, _INVALID)) from None


def of_token(client_id: str, token: str) -> Client | None:
    """The client that this registration access token is of."""
    client = Client.objects.filter(id=client_id, closed_at=None, registration_hash=hash_token(token)).first()
    return client if token else None


def withdraw(client: Client) -> None:
    """The program wants to be known no more: it is served no longer, and deleted by the next tidying."""
    registry.close(client_id=client.id, by=BY, why="Withdrawn by the program itself")


def described(made: Made) -> dict[str, Any]:
    """What the program is told of its registration. The secret only when it is new: we keep a hash."""
    client = made.client
    allowed = clients.party(client.id, anew=True)
    facts: dict[str, Any] = {
        "client_id": client.id,
        "client_id_issued_at": int(client.created_at.timestamp()),
        "registration_access_token": made.token,
        "registration_client_uri": f"{address('register')}{client.id}/",
        "client_name": client.name_en,
        "client_name#th": client.name_th,
        "redirect_uris": client.redirect_uris,
        "post_logout_redirect_uris": client.post_logout_uris,
        "token_endpoint_auth_method": client.method,
        "grant_types": client.grants,
        "response_types": ["code"],
        "scope": " ".join([OPENID, *(allowed.scopes if allowed else ())]),
        "subject_type": "pairwise",
        "id_token_signed_response_alg": ALGORITHM,
        "dpop_bound_access_tokens": client.dpop,
        "sala_profile": client.profile,
    }
    facts |= {"jwks": client.jwks} if client.jwks else {}
    # It does not run out by the clock; a client that is not used is deleted with it.
    return facts | ({"client_secret": made.secret, "client_secret_expires_at": 0} if made.secret else {})


def tidy(*, most: int = 200) -> int:
    """Delete what registered itself and was withdrawn, or lay unused for 30 days; how many went."""
    since = clock.now() - UNUSED
    own = Client.objects.filter(registration_hash__isnull=False)
    used = Look.objects.filter(at__gte=since).values("client")
    gone = own.filter(created_at__lt=since).exclude(id__in=used) | own.filter(closed_at__isnull=False, suspended=False)
    rows = list(gone.values_list("id", "sector")[:most])
    with transaction.atomic():
        Client.objects.filter(id__in=[client for client, _ in rows]).delete()
        Subject.objects.filter(sector__in=[sector for _, sector in rows]).delete()
        for client, _ in rows:
            audit.record(BY, "provider.client_deleted", f"client:{client}")
    return len(rows)


_INVALID = "invalid_client_metadata"


def _refused(detail: str, *, code: str = _INVALID) -> Refusal:
    return Refusal(code, detail)
