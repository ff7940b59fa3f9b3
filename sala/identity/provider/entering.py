"""Who are you? The ways to answer on the provider's own page: passkey, password. (The phone's is `phone_pages`.)"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse

from sala.identity.accounts import passkeys
from sala.identity.accounts import queries as accounts_queries
from sala.identity.accounts import services as accounts
from sala.identity.accounts.requests import actor_of, browser_of
from sala.identity.accounts.sessions import own_id
from sala.identity.accounts.views import admit
from sala.identity.provider import levels
from sala.identity.provider.deciding import Step
from sala.identity.provider.rules import Asked
from sala.kit.errors import Fault, SalaError


class Faulty(Exception):
    """What was sent does not do: the page is shown again with what is wrong and what was typed."""

    def __init__(self, faults: Iterable[Fault], **typed: Any) -> None:
        super().__init__("faulty")
        self.faults, self.typed = list(faults), typed


def by_password(request: HttpRequest, back: str) -> HttpResponse:
    """Sign this browser in, and go on at `back`. Raises Faulty."""
    email, password = request.POST.get("email", ""), request.POST.get("password", "")
    try:
        signed_in = accounts.sign_in(email=email, password=password, browser=browser_of(request))
    except SalaError as error:
        raise Faulty(error.faults, email=email, refusal=error.code) from error
    return admit(request, signed_in, back)


def by_passkey(request: HttpRequest, back: str) -> HttpResponse:
    """The same with a passkey, which says by itself whose it is. Raises Faulty."""
    credential, state = request.POST.get("credential", ""), request.POST.get("state", "")
    try:
        signed_in = passkeys.sign_in(credential=credential, state=state, browser=browser_of(request))
    except SalaError as error:
        raise Faulty(error.faults) from error
    return admit(request, signed_in, back)


def confirm(request: HttpRequest) -> None:
    """Who is signed in here proves it anew, with a passkey of theirs. Raises Faulty."""
    credential, state = request.POST.get("credential", ""), request.POST.get("state", "")
    try:
        passkeys.confirm(credential=credential, state=state, by=actor_of(request))
    except SalaError as error:
        raise Faulty(error.faults) from error


def shown(request: HttpRequest, asked: Asked, step: Step) -> dict[str, Any]:
    """What the pages on which somebody proves who they are need to know."""
    strong = levels.needs_passkey(asked)
    if step is Step.SIGN_IN:
        ceremony = passkeys.to_sign_in()
        return {"ceremony": ceremony, "origin": passkeys.site().origin, "email": asked.login_hint, "strong": strong}
    if step in {Step.PROVE, Step.STEP_UP}:
        by = actor_of(request)
        has = bool(accounts_queries.passkeys_of(own_id(by)))
        ceremony = passkeys.to_confirm(by=by)
        return {"ceremony": ceremony, "origin": passkeys.site().origin, "has_passkey": has, "strong": strong}
    return {}
