"""Signing out at the wish of a relying party (OpenID Connect RP-Initiated Logout 1.0).

The wish is read at the protocol's address and carried, signed, to a page of our own: a form that another site sends
comes without our cookie, so only the page knows who is signed in.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import msgspec
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from sala.identity.accounts import services as accounts
from sala.identity.accounts.requests import actor_of, address_of, forget_actor, private
from sala.identity.accounts.views import forget_browser, see
from sala.identity.provider import clients, hints, logout, rules, tokens
from sala.identity.provider.metadata import issuer
from sala.identity.provider.rules import Refusal, printable
from sala.kit import throttle

MAX_AGE = 1800  # seconds for somebody to read the page
_SALT = "sala.provider.logout"


class Wish(msgspec.Struct, frozen=True, omit_defaults=True):
    """What an RP wishes: to which of its addresses to lead back, and of which session it knows (proven)."""

    client: str = ""
    uri: str = ""
    state: str = ""
    sid: str = ""


@csrf_exempt  # changes nothing; the page it leads to does, for the session that a token names or by a form
@require_http_methods(["GET", "HEAD", "POST"])
def end_session(request: HttpRequest) -> HttpResponse:
    """An RP sends somebody here to sign out."""
    throttle.hit(f"end_session:{address_of(request)}")
    sent = request.POST if request.method == "POST" else request.GET
    given: dict[str, str] = {}
    try:
        given = rules.once(((name, value) for name, values in sent.lists() for value in values), longest=6000)
        wish = _read(given)
    except Refusal as refusal:
        if client := clients.party(given.get("client_id", "")):
            tokens.note(client.id, "end_session", refusal=refusal)
        return private(_page(request, "unanswerable", status=400, refusal=refusal))
    query = {"wish": signing.dumps(msgspec.to_builtins(wish), salt=_SALT, compress=True)}
    language = next((tag[:2] for tag in given.get("ui_locales", "").split() if tag[:2] in {"th", "en"}), "")
    return private(see(f"{reverse('provider:sign_out')}?{urlencode(query | ({'lang': language} if language else {}))}"))


def _read(given: dict[str, str]) -> Wish:
    """Raises Refusal. A hint that nobody can check proves nothing, and is no error."""
    hint = hints.read(given["id_token_hint"]) if "id_token_hint" in given else None
    hinted = hint.client_id if hint else ""
    client_id = given.get("client_id") or hinted
    if hinted and client_id != hinted:
        raise Refusal("invalid_request", "id_token_hint was given to another client than client_id")
    client = clients.party(client_id) if client_id else None
    if client_id and client is None:
        raise Refusal("invalid_client", f"client_id {printable(client_id)} is unknown")
    uri = given.get("post_logout_redirect_uri", "")
    if uri and client is None:
        raise Refusal("invalid_request", "post_logout_redirect_uri needs a client_id or an id_token_hint of ours")
    if client and uri and uri not in client.post_logout_uris:
        raise Refusal("invalid_request", "post_logout_redirect_uri is not registered, character by character")
    return Wish(client_id, uri, given.get("state", ""), hint.sid if hint else "")


@require_http_methods(["GET", "HEAD", "POST"])
def sign_out(request: HttpRequest) -> HttpResponse:
    """Ends the session that the wish proves to know; any other only if the person says so."""
    sealed = request.POST.get("wish", "") or request.GET.get("wish", "")
    wish, by = _opened(sealed), actor_of(request)
    if wish is None:
        return private(_page(request, "gone", status=410))
    if request.method == "POST":
        return private(_leave(request, wish, by_form=True, out=request.POST.get("act") == "out"))
    if by.session_id is None:
        return private(_back(request, wish))
    if wish.sid and wish.sid == logout.sid(by.session_id, wish.client):
        return private(_leave(request, wish, by_form=False, out=True))
    services = [one for one in logout.signed_in_at(by.session_id) if not _is_ours(one)]
    asks = clients.party(wish.client) if wish.client else None
    return private(_page(request, "sign_out", services=services, client=asks, wish=sealed, email=by.email))


def _leave(request: HttpRequest, wish: Wish, *, by_form: bool, out: bool) -> HttpResponse:
    if out:
        accounts.sign_out(by=actor_of(request))
        forget_actor(request)
    response = _back(request, wish, by_form=by_form, proven=not by_form, stayed=not out)
    return forget_browser(response) if out else response


def _back(
    request: HttpRequest, wish: Wish, *, by_form: bool = False, proven: bool = False, stayed: bool = False
) -> HttpResponse:
    """To the RP, if it named an address of its own; after a form by a page, for browsers hold redirects to it."""
    client = clients.party(wish.client) if wish.uri else None
    if client is None:
        return see(reverse("accounts:home")) if stayed else _page(request, "signed_out")
    uri = rules.leading_to(wish.uri, {"state": wish.state} if wish.state else {})
    # Anybody may have a sandbox: a link to us must not lead on to its address by itself (RFC 9700, 4.11.2).
    if client.sandbox and not proven and not rules.is_own_machine(uri):
        return _page(request, "leaving", uri=uri, client=client, host=rules.origin_of(uri))
    if by_form:
        return _page(request, "onward", client=client, uri=uri)
    return see(uri)


def _opened(sealed: str) -> Wish | None:
    try:
        return msgspec.convert(signing.loads(sealed, salt=_SALT, max_age=MAX_AGE), Wish)
    except signing.BadSignature:
        return None


def _is_ours(client: clients.Party) -> bool:
    """Whether it is the portal: to its people that is this very site."""
    return any(rules.origin_of(uri) == issuer() for uri in client.redirect_uris)


def _page(request: HttpRequest, template: str, *, status: int = 200, **context: Any) -> HttpResponse:
    return render(request, f"provider/{template}.html", {"nav": "account", **context}, status=status)
