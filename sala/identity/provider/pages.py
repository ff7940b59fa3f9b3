"""What people see: the way to a relying party, the page on which they agree, and to whom they have agreed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from sala.identity.accounts import services as accounts
from sala.identity.accounts.requests import actor_of, browser_of, private
from sala.identity.accounts.views import forget_browser
from sala.identity.people import claims as register
from sala.identity.people import queries as people
from sala.identity.provider import (
    arriving,
    asking,
    clients,
    deciding,
    entering,
    levels,
    rules,
    services,
    showing,
    tokens,
    waiting,
)
from sala.identity.provider.arriving import Entrance, Unsafe, address
from sala.identity.provider.asking import Unanswerable
from sala.identity.provider.clients import Party
from sala.identity.provider.deciding import Ready, Step
from sala.identity.provider.entering import Faulty
from sala.identity.provider.rules import Asked, Refusal
from sala.identity.provider.waiting import Waiting
from sala.kit.errors import Fault, NotFound, SalaError


@require_http_methods(["GET", "HEAD", "POST"])
def _authorize(request: HttpRequest) -> HttpResponse:
    """An RP sends somebody here to sign in (OpenID Connect Core, 3.1.2.1)."""
    arrival = arriving.found(request)
    if isinstance(arrival, Unanswerable):
        return private(_page(request, "unanswerable", status=400, refusal=arrival.refusal))
    if isinstance(arrival, Unsafe):
        host = rules.origin_of(arrival.uri)
        return private(_page(request, "leaving", uri=arrival.uri, client=arrival.client, host=host))
    return private(_to(arrival.uri))


authorize = Entrance(_authorize)


@require_http_methods(["GET", "HEAD", "POST"])
def connect(request: HttpRequest, handle: str) -> HttpResponse:
    """The steps of one sign-in: who are you, is it you, what may they know. Every answer leads on by a page, never by
    a redirect: after a form, browsers hold redirects to the form's own policy (form-action)."""
    found = waiting.look(handle)
    client = clients.party(found.asked.client) if found else None
    if found is None or client is None:
        return private(_page(request, "gone", status=410))
    act = _ACTS.get(request.POST.get("act", "")) if request.method == "POST" else None
    try:
        return private((act or _show)(request, handle, found, client))
    except Faulty as error:
        return private(_show(request, handle, found, client, faults=error.faults, **error.typed))
    except NotFound:  # answered in another window meanwhile
        return private(_page(request, "gone", status=410))


def _show(request: HttpRequest, handle: str, found: Waiting, client: Party, **more: Any) -> HttpResponse:
    step = deciding.step(found, actor_of(request))
    if isinstance(step, Ready):
        if not waiting.take(handle):
            raise NotFound
        return _onward(request, client, asking.granted(found.asked, deciding.grant(found.asked, step, client)))
    context = {"client": client, "handle": handle, "agency": showing.owner(client)}
    context |= entering.shown(request, found.asked, step) | more
    status = 422 if more.get("faults") else 200
    if step is Step.CONSENT:
        context |= _to_agree(request, found.asked, client)
    return _page(request, _TEMPLATES[step], status=status, **context)


_TEMPLATES = {
    Step.SIGN_IN: "who",
    Step.PROVE: "prove",
    Step.STEP_UP: "prove",
    Step.PERSON: "no_person",
    Step.OTHER: "other",
    Step.CONSENT: "consent",
}


def _to_agree(request: HttpRequest, asked: Asked, client: Party) -> dict[str, Any]:
    """What the consent page shows: each claim with its value, its purpose and its law."""
    by = actor_of(request)
    assert by.account_id  # noqa: S101 - the step before made sure
    linked, given = people.of_account(by.account_id), deciding.consent(by.account_id, client.id)
    told = register.of_linked(linked, asked.scopes) if linked else {}
    lines = showing.lines(asked.scopes, client, told, asked.claims.essential)
    chosen = given.agreed if given else frozenset()
    one_by_one = request.GET.get("choose") == "yes" or bool(given and given.refused)
    return {"lines": lines, "chosen": chosen, "one_by_one": one_by_one, "account": by.account_id, "email": by.email}


def _prove(request: HttpRequest, handle: str, found: Waiting, client: Party) -> HttpResponse:
    by = actor_of(request)
    if by.account_id is not None:
        try:
            accounts.prove_own(password=request.POST.get("password", ""), browser=browser_of(request), by=by)
        except SalaError as error:
            faults = [Fault("password" if fault.field else "", fault.code, fault.message) for fault in error.faults]
            raise Faulty(faults) from error
        waiting.proved(handle, by.account_id)
    return _to(address(handle))


def _confirm(request: HttpRequest, handle: str, found: Waiting, client: Party) -> HttpResponse:
    if actor_of(request).account_id is not None:
        entering.confirm(request)
    return _to(address(handle))


def _agree(request: HttpRequest, handle: str, found: Waiting, client: Party) -> HttpResponse:
    """The person agrees: to all, or to what they ticked."""
    by, known = actor_of(request), deciding.who(found, actor_of(request))
    # Somebody else may have signed in since this page was drawn: they have not read it.
    if isinstance(known, Step) or request.POST.get("account") != str(known.account_id):
        return _to(address(handle))
    everything = request.POST.get("act") == "all"
    chosen = found.asked.scopes if everything else request.POST.getlist("scope")
    code = services.agree(handle=handle, asked=found.asked, known=known, client=client, chosen=chosen, by=by)
    return _onward(request, client, asking.granted(found.asked, code))


def _other(request: HttpRequest, handle: str, found: Waiting, client: Party) -> HttpResponse:
    """Somebody else is meant: this session ends, and whom the RP knows signs in."""
    accounts.sign_out(by=actor_of(request))
    return forget_browser(_to(address(handle)))


def _decline(request: HttpRequest, handle: str, found: Waiting, client: Party) -> HttpResponse:
    refusal = Refusal("access_denied", "The person declined, or could not be identified")
    return _refuse(request, handle, found, client, refusal)


def _unmet(request: HttpRequest, handle: str, found: Waiting, client: Party) -> HttpResponse:
    """They have no passkey and will not add one."""
    return _refuse(request, handle, found, client, levels.UNMET)


def _refuse(request: HttpRequest, handle: str, found: Waiting, client: Party, refusal: Refusal) -> HttpResponse:
    if not waiting.take(handle):
        raise NotFound
    tokens.note(client.id, "authorize", refusal=refusal)
    return _onward(request, client, asking.refused(found.asked.redirect_uri, found.asked.state, refusal))


_ACTS: dict[str, Callable[[HttpRequest, str, Waiting, Party], HttpResponse]] = {
    "password": lambda request, handle, *_: entering.by_password(request, address(handle)),
    "passkey": lambda request, handle, *_: entering.by_passkey(request, address(handle)),
    "confirm": _confirm,
    "prove": _prove,
    "all": _agree,
    "chosen": _agree,
    "other": _other,
    "decline": _decline,
    "unmet": _unmet,
}


# --- Shared ------------------------------------------------------------------------------------------------


def _page(request: HttpRequest, template: str, *, status: int = 200, **context: Any) -> HttpResponse:
    return render(request, f"provider/{template}.html", {"nav": "account", **context}, status=status)


def _onward(request: HttpRequest, client: Party, uri: str) -> HttpResponse:
    return _page(request, "onward", client=client, uri=uri)


def _to(uri: str) -> HttpResponse:
    """See there. 303, never 307: what was posted here must not be posted there (RFC 9700, 4.12)."""
    response = HttpResponse(status=303)
    response.headers["Location"] = uri
    return response
