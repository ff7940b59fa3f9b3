"""The person's own pages: the card, the history, the PIN, the devices that are told."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sala.identity.accounts import devices as browsers
from sala.identity.accounts import passkeys
from sala.identity.accounts import queries as accounts
from sala.identity.accounts.requests import actor_of, browser_of, require_account
from sala.identity.accounts.rules import local_path
from sala.identity.accounts.sessions import own_id
from sala.identity.people import queries as people
from sala.identity.people.queries import PersonCard
from sala.identity.people.rules import whole_name, written_pid
from sala.identity.wallet import devices, pins, proving, push, queries
from sala.kit import audit, live
from sala.kit.errors import SalaError

form = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
@require_account
def home(request: HttpRequest) -> HttpResponse:
    """The card, and what waits to be approved; fresh as things happen."""
    by = actor_of(request)
    waiting = queries.waiting(by=by)
    over = [row for row in queries.history(by=by) if row not in waiting]  # what waits stands above already
    return page(
        request,
        "home",
        card=card_of(own_id(by)),
        waiting=waiting,
        latest=over[:3],
        pin=pins.standing(by=by),
        passkeys=len(accounts.passkeys_of(own_id(by))),
        devices=len(queries.devices(by=by)),
        live=live.ticket([f"wallet:{by.account_id}"]),
    )


def card_of(account: UUID) -> dict[str, str] | None:
    """What stands on the card, its number but for the last digits hidden; None for who is not in the register."""
    linked = people.of_account(account)
    if linked is None:
        return None
    who = linked.person
    masked = f"• •••• ••••• {who.pid[10:12]} {who.pid[12]}"
    return {"ial": linked.ial, "number": masked, **_names(who)}


def _names(who: PersonCard) -> dict[str, str]:
    thai = whole_name(who.title_th, who.given_name_th, who.middle_name_th, who.family_name_th, language="th")
    latin = whole_name(who.title_en, who.given_name_en, who.middle_name_en, who.family_name_en, language="en")
    return {"thai": thai, "latin": latin}


@form
@require_account
def number(request: HttpRequest) -> HttpResponse:
    """The whole number, shown in the answer to a proof and nowhere else."""
    by = actor_of(request)
    card = card_of(own_id(by))
    if card is None:
        return see(reverse("wallet:home"))
    context: dict[str, Any] = {"card": card, **proving.offered(by=by)}
    if request.method != "POST":
        return page(request, "number", **context)

    def show() -> HttpResponse:
        proving.prove(request.POST, strong=False, by=by)
        linked = people.of_account(own_id(by))
        audit.record(by.label, "id.number_shown", by.label)
        whole = written_pid(linked.person.pid) if linked else ""
        return page(request, "number", card=card | {"number": whole}, shown=True)

    return attempt(request, "number", show, **context)


@require_safe
@require_account
def history(request: HttpRequest) -> HttpResponse:
    """Who asked what of this person, and what they answered."""
    return page(request, "history", rows=queries.history(by=actor_of(request)))


@form
@require_account
def pin(request: HttpRequest) -> HttpResponse:
    """Choose the PIN, or another one; the way out of a locked one."""
    by = actor_of(request)
    letter = request.POST.get("letter", "") or request.GET.get("letter", "")
    goal = local_path(request.POST.get("next", "") or request.GET.get("next", "")) or ""
    standing = pins.standing(by=by)
    proven = pins.is_letter(letter, by=by) if letter else False
    context: dict[str, Any] = {
        "standing": standing,
        "fresh": pins.may_choose(by=by) or proven,
        "letter": letter if proven else "",
        "next": goal,
        "done": request.GET.get("done"),
        **proving.offered(by=by),
    }
    if request.method != "POST":
        return page(request, "pin", **context)

    def act() -> HttpResponse:
        if "credential" in request.POST:
            passkeys.confirm(credential=request.POST["credential"], state=request.POST.get("state", ""), by=by)
            return see(request.get_full_path())
        typed, again = request.POST.get("pin", ""), request.POST.get("again", "")
        password = request.POST.get("current_password", "")
        pins.choose(pin=typed, again=again, password=password, letter=letter, browser=browser_of(request), by=by)
        return see(goal or reverse("wallet:pin") + "?done=yes")

    return attempt(request, "pin", act, **context)


@form
@require_account
def devices_(request: HttpRequest) -> HttpResponse:
    """Where this person is told by push; a POST adds the browser that the page's script has asked."""
    by = actor_of(request)
    rows = [(row, _digest(row.endpoint)) for row in queries.devices(by=by)]
    name = str(browsers.words_for(request.headers.get("User-Agent", "")))
    context: dict[str, Any] = {"rows": rows, "key": push.public_key(), "name": request.POST.get("name", name)}
    if request.method != "POST":
        return page(request, "devices", **context)

    def add() -> HttpResponse:
        given = {key: request.POST.get(key, "") for key in ("name", "endpoint", "p256dh", "auth")}
        devices.add(**given, by=by)
        return see(reverse("wallet:devices"))

    return attempt(request, "devices", add, **context)


def _digest(endpoint: str) -> str:
    """By what the page's script knows its own browser in the list, without telling the others' addresses."""
    return base64.urlsafe_b64encode(hashlib.sha256(endpoint.encode()).digest()).rstrip(b"=").decode()


@require_POST
@require_account
def remove_device(request: HttpRequest, device_id: UUID) -> HttpResponse:
    devices.remove(device_id=device_id, by=actor_of(request))
    return see(reverse("wallet:devices"))


# --- Shared by all pages of the wallet ---------------------------------------------------------------------


def page(request: HttpRequest, template: str, *, status: int = 200, **context: Any) -> HttpResponse:
    return render(request, f"wallet/{template}.html", {"nav": "id", **context}, status=status)


def attempt(request: HttpRequest, template: str, act: Callable[[], HttpResponse], **context: Any) -> HttpResponse:
    """Do it; where it is refused, the page again with what is wrong, and a fresh ceremony for a passkey."""
    try:
        return act()
    except SalaError as error:
        faults, status = error.faults, error.status
    return page(request, template, status=status, faults=faults, **{**context, **proving.offered(by=actor_of(request))})


def see(path: str) -> HttpResponseRedirect:
    """After a POST: look there (303), so that a reload sends nothing again."""
    response = HttpResponseRedirect(path)
    response.status_code = 303
    return response
