"""The provider that the portal signs people in at, asked by the protocol alone: ourselves, or another one.

Ourselves are asked without a socket: a web thread that waited for another of the same server could wait for ever,
were all of them waiting.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote_plus
from wsgiref.types import StartResponse, WSGIEnvironment

import msgspec
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.http import HttpResponse
from django.utils import translation
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from sala.identity.portal import keys, rules
from sala.identity.portal.rules import Wrong

if TYPE_CHECKING:
    import httpx

PATIENCE = 10.0  # seconds
LARGEST = 256 * 1024  # bytes of an answer
_REMEMBERED = 3600.0  # seconds
_AGAIN = 60.0  # seconds: whoever sends us tokens of unknown keys must not have us ask for keys each time
_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class OutOfReach(Exception):
    """The provider does not answer, or not as one."""


class Refused(Exception):
    """The provider refused: `code` as OAuth names it."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Server:
    """What a provider says of itself, as far as we need it."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str = ""
    pushed_authorization_request_endpoint: str = ""
    authorization_response_iss_parameter_supported: bool = False
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)


@dataclass(slots=True)
class _Known:
    server: Server
    read_at: float
    keys: dict[str, dict[str, Any]]
    keys_read_at: float = float("-inf")


_known: dict[str, _Known] = {}
_reading = threading.Lock()


def issuer() -> str:
    """Whom the portal asks: settings.IDP, or ourselves."""
    return settings.IDP or settings.PUBLIC_URL


def forget() -> None:
    """Read the provider anew (tests)."""
    _known.clear()


def server() -> Server:
    """The provider, remembered for an hour. Raises OutOfReach."""
    return _remembered().server


def _remembered() -> _Known:
    name = issuer()
    known = _known.get(name)
    if known and time.monotonic() - known.read_at < _REMEMBERED:
        return known
    found = _json("GET", f"{name}/.well-known/openid-configuration")
    try:
        told = msgspec.convert(found, Server)
    except msgspec.ValidationError as error:
        raise OutOfReach(f"The provider's metadata: {error}") from None
    addresses = [told.authorization_endpoint, told.token_endpoint, told.jwks_uri, told.userinfo_endpoint]
    addresses.append(told.pushed_authorization_request_endpoint)
    # The metadata must be of whom we asked, or another could answer in their name (mix-up).
    if told.issuer != name or not all(rules.safe(uri, issuer=name) for uri in addresses if uri):
        raise OutOfReach("The provider's metadata are another's, or name unsafe addresses")
    _known[name] = _Known(told, time.monotonic(), {})
    return _known[name]


def pushed(asked: Mapping[str, str]) -> dict[str, str]:
    """What the browser has to bring: a reference to the request where the provider takes it from us (PAR), else all
    of it. Raises OutOfReach, Refused."""
    told = server()
    if not told.pushed_authorization_request_endpoint:
        return dict(asked)
    answer = _json("POST", told.pushed_authorization_request_endpoint, {**asked}, proven=True)
    return {"client_id": asked["client_id"], "request_uri": str(answer.get("request_uri", ""))}


def exchanged(form: Mapping[str, str]) -> dict[str, Any]:
    """The answer of the token endpoint. Raises OutOfReach, Refused."""
    return _json("POST", server().token_endpoint, {**form}, proven=True)


def userinfo(access_token: str) -> dict[str, Any]:
    """What the provider tells of the person. Raises OutOfReach, Refused."""
    return _json("GET", server().userinfo_endpoint, headers={"Authorization": f"Bearer {access_token}"})


def verified(token: str) -> dict[str, Any]:
    """The claims of a token that the provider signed. Raises Wrong, OutOfReach."""
    try:
        header = jws.extract_compact(token.encode()).headers()
        key_set = KeySet.import_key_set({"keys": [_key(str(header.get("kid", "")))]})
        return dict(jwt.decode(token, key_set, algorithms=list(rules.ALGORITHMS)).claims)
    except (JoseError, ValueError, KeyError, TypeError) as error:
        raise Wrong(f"The token is not signed by the provider ({type(error).__name__})") from None


def _key(kid: str) -> dict[str, Any]:
    """The provider's key of this name, which may be one made since we last asked. Raises Wrong."""
    known = _remembered()
    with _reading:
        if kid not in known.keys and time.monotonic() - known.keys_read_at > _AGAIN:
            published = _json("GET", known.server.jwks_uri).get("keys", [])
            known.keys = {str(key.get("kid", "")): key for key in published if key.get("use", "sig") == "sig"}
            known.keys_read_at = time.monotonic()
    if kid not in known.keys:
        raise Wrong("The token's key is not the provider's")
    return known.keys[kid]


# --- The line ----------------------------------------------------------------------------------------------


def _json(
    method: str,
    uri: str,
    form: dict[str, str] | None = None,
    *,
    proven: bool = False,
    headers: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    import httpx  # as late as in kit.outgoing

    auth: httpx.BasicAuth | None = None
    if proven and form is not None:
        auth = _prove(form)
    try:
        with _client() as client, client.stream(method, uri, data=form, headers=headers, auth=auth) as response:
            body = _bounded(response)
        answer = msgspec.json.decode(body)
    except (httpx.HTTPError, httpx.InvalidURL, msgspec.DecodeError, UnicodeError) as error:
        raise OutOfReach(type(error).__name__) from None
    if not isinstance(answer, dict) or response.status_code >= 500:
        raise OutOfReach(f"The provider answered {response.status_code}")
    if response.status_code >= 400:
        raise Refused(rules.error_code(answer.get("error")))
    return answer


def _prove(form: dict[str, str]) -> httpx.BasicAuth | None:
    """By the secret that the provider gave us, if it did; else by our key."""
    import httpx

    told = server()
    if not settings.IDP_CLIENT_SECRET or not settings.IDP:
        form["client_assertion_type"] = _ASSERTION
        form["client_assertion"] = keys.proof(client_id(), told.issuer)
        form["client_id"] = client_id()
        return None
    if "client_secret_basic" in told.token_endpoint_auth_methods_supported:
        return httpx.BasicAuth(quote_plus(client_id()), quote_plus(settings.IDP_CLIENT_SECRET))
    form |= {"client_id": client_id(), "client_secret": settings.IDP_CLIENT_SECRET}
    return None


def client_id() -> str:
    """By what name the provider knows the portal."""
    return settings.IDP_CLIENT_ID


def _bounded(response: httpx.Response) -> bytes:
    body = b""
    for piece in response.iter_bytes():
        body += piece
        if len(body) > LARGEST:
            raise OutOfReach("The provider's answer is too long")
    return body


@contextmanager
def _client() -> Iterator[httpx.Client]:
    import httpx

    transport = None if settings.IDP else httpx.WSGITransport(app=_ourselves)
    # What answers within us speaks its own language, and leaves none behind: ours is set again after it.
    with (
        translation.override(translation.get_language()),
        httpx.Client(transport=transport, timeout=PATIENCE, trust_env=bool(settings.IDP)) as client,
    ):
        yield client


def _ourselves(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
    """Sala, as a WSGI application within a request of Sala's: without the signals of a request's begin and end, at
    which Django would close the connection that the outer one uses."""
    response = cast("HttpResponse", _handler().get_response(WSGIRequest(environ)))
    start_response(f"{response.status_code} {response.reason_phrase}", list(response.items()))
    return [response.content]


@cache
def _handler() -> WSGIHandler:
    return WSGIHandler()
