"""What programs ask: tokens, introspection, revocation, userinfo, pushed requests, keys, metadata."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar

from django.http import HttpRequest

from sala.identity.accounts.requests import address_of
from sala.identity.provider import (
    answering,
    asking,
    clients,
    cors,
    dpop,
    elsewhere,
    keys,
    legacy,
    presented,
    rules,
    telling,
    tokens,
    wanted,
)
from sala.identity.provider.clients import Party
from sala.identity.provider.dpop import Proof
from sala.identity.provider.metadata import document, issuer
from sala.identity.provider.presented import Challenge
from sala.identity.provider.rules import Refusal
from sala.identity.provider.tokens import Living, Wish
from sala.identity.provider.wire import (
    Endpoint,
    Outcome,
    Published,
    Together,
    asked,
    form,
    is_form,
    noted,
    remember,
    to_all,
    to_json,
)
from sala.kit import throttle
from sala.kit.answer import Answer

R = TypeVar("R")


def _token(requests: Sequence[HttpRequest]) -> list[Outcome]:
    """All that wait for tokens: each judged by itself, what they want issued together."""
    judged = [_settled(lambda: _wanted(request)) for request in requests]  # noqa: B023 - called at once
    told = iter(tokens.issue([one.wish for one in judged if isinstance(one, _Wanted)]))
    return [_told(one, next(told)) if isinstance(one, _Wanted) else one for one in judged]


class _Wanted(NamedTuple):
    """What a client that proved itself wants issued."""

    client: Party
    act: str
    wish: Wish


def _wanted(request: HttpRequest) -> _Wanted | Answer:
    """What is to be issued; or the answer, where a person has given it elsewhere. Raises Refusal."""
    given, client = asked(request, "token", public=True)
    kind = given.get("grant_type", "")
    act = _ACTS.get(kind, "token")
    with noted(client, act):
        if kind not in rules.GRANTS:
            raise Refusal("unsupported_grant_type", f"grant_type must be one of {', '.join(rules.GRANTS)}")
        if kind not in client.grants:
            raise Refusal("unauthorized_client", f"This client is not registered for {kind}")
        bound = _key_shown(request, client)
        if kind == "client_credentials":
            return _Wanted(client, act, tokens.own(client, given, proof=bound))
        if kind in {rules.DEVICE, rules.CIBA}:
            return to_json(elsewhere.fetch(client, given, grant=kind, issuer=issuer(), proof=bound))
        wish = tokens.of_code if kind == "authorization_code" else tokens.of_refresh
        return _Wanted(client, act, wish(client, given, issuer=issuer(), proof=bound))


def _told(one: _Wanted, answer: dict[str, Any] | Exception) -> Outcome:
    if isinstance(answer, Refusal):
        remember(one.client, one.act, answer)
    return answer if isinstance(answer, Exception) else to_json(answer)


def _settled(work: Callable[[], R]) -> R | Exception:
    try:
        return work()
    except Exception as error:  # it is this request's alone
        return error


def _key_shown(request: HttpRequest, client: Party) -> Proof | None:
    """The proof to whose key the tokens will be bound; None: whoever bears them. Raises Unproven."""
    proof = dpop.proof(request, "token")
    return dpop.demand(proof) if client.dpop or client.fapi else proof


_ACTS = {
    "authorization_code": "code",
    "refresh_token": "refresh",
    "client_credentials": "client_credentials",
    rules.DEVICE: "device",
    rules.CIBA: "ciba",
}


def _par(request: HttpRequest) -> Answer:
    given, client = asked(request, "par", public=True)
    if client.public:  # anybody may say its name: counted as who comes to the page itself
        throttle.hit(f"authorize:{address_of(request)}")
    with noted(client, "par"):
        request_uri = asking.push(given, client, dpop.proof(request, "par"))
    return to_json({"request_uri": request_uri, "expires_in": int(rules.PUSHED_AGE.total_seconds())}, status=201)


def _introspect(request: HttpRequest) -> Answer:
    given, client = asked(request, "introspect")
    found = tokens.living(_token_in(given, client))
    if found is None or found.client_id != client.id:
        return to_json({"active": False})  # also where it is another's: that is none of this client's business
    return to_json(_described(found))


def _described(found: Living) -> dict[str, Any]:
    facts = {
        "active": True,
        "iss": issuer(),
        "client_id": found.client_id,
        "scope": " ".join(found.scopes),
        "iat": int(found.issued_at.timestamp()),
        "exp": int(found.expires_at.timestamp()),
    }
    facts |= {"sub": found.subject} if found.subject else {}
    facts |= {"cnf": {"jkt": found.jkt}} if found.jkt else {}
    return facts | ({"token_type": "DPoP" if found.jkt else "Bearer"} if found.kind == "access" else {})


def _revoke(request: HttpRequest) -> Answer:
    given, client = asked(request, "revoke", public=True)
    tokens.revoke(client, _token_in(given, client))
    return to_json(legacy.REVOKED if legacy.applies(client) else {})


def _token_in(given: dict[str, str], client: Party) -> str:
    if not given.get("token"):
        raise Refusal("invalid_request", "token is missing")
    return legacy.bare(given["token"]) if legacy.applies(client) else given["token"]


def _written_for_thaid(found: Living) -> bool:
    client = clients.party(found.client_id)
    return client is not None and legacy.applies(client)


def _userinfo(request: HttpRequest) -> Answer:
    body = form(request).get("access_token", "") if request.method == "POST" and is_form(request) else ""
    found = presented.token(request, "userinfo", in_body=body)
    if known := clients.party(found.client_id):
        cors.note(request, known)
    if found.account_id is None or not ("openid" in found.scopes or _written_for_thaid(found)):
        raise Challenge("insufficient_scope", "The token is not of a person who signed in", 403)
    asked = answering.claims_in(found.claims)
    scopes = asked.in_userinfo(found.scopes)
    told = telling.told(found.account_id, found.person_id, found.client_id, scopes)
    if told is None:
        raise Challenge("invalid_token", "The person is no longer known by this account", 401)
    tokens.note(found.client_id, "userinfo", account_id=found.account_id, scopes=scopes)
    return to_json({"sub": found.subject, **wanted.fitting(told, asked.userinfo)})


def _jwks(request: HttpRequest) -> Answer:
    return to_all(keys.jwks(), int(keys.PUBLISHED_AHEAD.total_seconds()))


def _metadata(request: HttpRequest) -> Answer:
    return to_all(document(), 3600)


token = Together("provider.token", _token, "POST")
par = Endpoint(_par, "POST")
introspect = Endpoint(_introspect, "POST")
revoke = Endpoint(_revoke, "POST", scripts=True)
userinfo = Endpoint(_userinfo, "GET", "POST", scripts=True)
jwks = Published(_jwks, "GET")
metadata = Published(_metadata, "GET")
