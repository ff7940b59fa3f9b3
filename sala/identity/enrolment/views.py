"""Showing on the phone that it is you: one thing a page. The officers' pages are in `station` and `deciding`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sala.identity.accounts import queries as accounts
from sala.identity.accounts.actor import Actor
from sala.identity.accounts.requests import actor_of, browser_of, require_account
from sala.identity.accounts.sessions import own_id
from sala.identity.accounts.views import see
from sala.identity.enrolment import forms, levels, queries, reading, seeing, services, words
from sala.identity.enrolment.queries import Standing
from sala.identity.enrolment.states import State
from sala.identity.faces import challenges
from sala.identity.faces.live_views import challenge_in, frames_in
from sala.identity.people import queries as people
from sala.identity.wallet import pins
from sala.identity.wallet import rules as wallet_rules
from sala.identity.wallet.views import card_of
from sala.kit import ratelimit
from sala.kit.errors import Fault, Invalid, SalaError

form = require_http_methods(["GET", "HEAD", "POST"])
READS_A_DAY = 40
"""Pictures of a card that are read for one account."""
_STEPS = {State.STARTED: "card", State.REVIEW: "home", State.READY: "finish"}


@form
@require_account
def home(request: HttpRequest) -> HttpResponse:
    """How far one is, what the next level opens, and where it goes on."""
    by = actor_of(request)
    if request.method == "POST":
        services.begin(by=by)
        return _onward(by)
    account = own_id(by)
    standing = queries.current(account)
    context: dict[str, Any] = {
        "ladder": queries.ladder(account),
        "standing": standing,
        "refused": None if standing else queries.refused(account),
        "by_phone": {level.ial for level in levels.LEVELS if any(need.way == "phone" for need in level.needs)},
        "card": card_of(account),
    }
    return page(request, "home", **context)


@form
@require_account
def card(request: HttpRequest) -> HttpResponse:
    """What stands on the card: typed, or read from a picture and then looked over."""
    by = actor_of(request)
    standing = _in(by, State.STARTED)
    if standing is None:
        return see(reverse("enrolment:home"))
    context: dict[str, Any] = {"readable": reading.available(), "typed": forms.typed(request.POST)}
    if request.method != "POST":
        return page(request, "card", **context)
    if "read" in request.POST:
        return attempt(request, "card", lambda: _read(request, by, context), **context)

    def show() -> HttpResponse:
        services.show_card(enrolment=standing.id, card=forms.card(request.POST), by=by)
        return see(reverse("enrolment:reached"))

    return attempt(request, "card", show, **context)


def _read(request: HttpRequest, by: Actor, context: dict[str, Any]) -> HttpResponse:
    """The form with what could be read from a picture, which is not kept; the rest is typed."""
    ratelimit.hit(f"enrol.read:{by.account_id}", READS_A_DAY, 86_400)
    found = reading.read(picture_in(request, "card_picture", words.CARD_UNREAD))
    if not found.pid and not found.names:
        raise Invalid([Fault("card_picture", "unread", words.CARD_UNREAD)])
    typed = {**context["typed"], **{name: value for name, value in found.fields().items() if value}}
    return page(request, "card", **{**context, "typed": typed, "found": found})


@form
@require_account
def reached(request: HttpRequest) -> HttpResponse:
    """The card was right: what level that is, what the face adds, and that it may stay so for now."""
    by = actor_of(request)
    standing = _in(by, State.STARTED)
    if standing is None or not standing.card_shown:
        return _onward(by)
    other = queries.other_level(own_id(by), standing.person) if standing.person else ""
    ladder = queries.ladder(own_id(by))
    context: dict[str, Any] = {
        "level": levels.level(standing.level),
        "higher": levels.level("2.2"),
        "another": levels.level(other) if other else None,
        "may_stay": not other and (ladder.held is None or ladder.held.ial < standing.level),
    }
    if request.method != "POST":
        return page(request, "reached", **context)

    def stay() -> HttpResponse:
        services.stay(enrolment=standing.id, by=by)
        return see(reverse("enrolment:finish"))

    return attempt(request, "reached", stay, **context)


@form
@require_account
def face(request: HttpRequest) -> HttpResponse:
    """The face before the camera, and the comparison; after the third failure the way to a person stands first."""
    by = actor_of(request)
    standing = _in(by, State.STARTED)
    if standing is None or not standing.card_shown:
        return _onward(by)
    context: dict[str, Any] = _facing(standing, request.GET.get("found", ""))
    if request.method != "POST":
        return page(request, "face", **context)

    def show() -> HttpResponse:
        seen = face_in(request, standing.id, session=challenges.session_of(by), by=by)
        if seen is seeing.Seen.ALIKE:
            return see(reverse("enrolment:finish"))
        return see(f"{reverse('enrolment:face')}?found={seen}")

    return attempt(request, "face", show, again=lambda: _facing(queries.one(standing.id) or standing, ""), **context)


def face_tries(standing: Standing) -> int:
    """How often a face was not shown to be the person's."""
    return standing.tries.get("liveness", 0) + standing.tries.get("face", 0)


def _facing(standing: Standing, found: str) -> dict[str, Any]:
    tries = face_tries(standing)
    kept = standing.live and standing.has_portrait
    known = found if found in set(seeing.Seen) else ""
    return {
        "found": known, "often": tries >= services.FACE_TRIES, "waits": kept and not known and not tries,
        "office": reverse("enrolment:officer"), "kept": kept,
    }  # fmt: skip


@form
@require_account
def officer(request: HttpRequest) -> HttpResponse:
    """An officer looks: with the picture that was taken, or one sent now; or the person comes to an office."""
    by = actor_of(request)
    standing = _in(by, State.STARTED, State.REVIEW)
    if standing is None or not standing.card_shown:
        return _onward(by)
    context: dict[str, Any] = {"kept": standing.has_portrait}
    if request.method != "POST":
        return page(request, "officer", **context)

    def send() -> HttpResponse:
        data = picture_in(request, "picture", None)
        services.send_to_office(enrolment=standing.id, data=data or None, by=by)
        return see(reverse("enrolment:home"))

    return attempt(request, "officer", send, **context)


@form
@require_account
def finish(request: HttpRequest) -> HttpResponse:
    """Proven: a PIN where there is none, and the account is connected."""
    by = actor_of(request)
    standing = _in(by, State.READY)
    if standing is None:
        return see(reverse("enrolment:done" if queries.ladder(own_id(by)).held else "enrolment:home"))
    context: dict[str, Any] = {
        "level": levels.level(standing.level),
        "needs_pin": pins.standing(by=by) == "none",
        "fresh": pins.may_choose(by=by),
    }
    if request.method != "POST":
        return page(request, "finish", **context)

    def connect() -> HttpResponse:
        if context["needs_pin"]:
            _choose_pin(request, standing, by)
        services.settle(enrolment=standing.id, by=by)
        return see(reverse("enrolment:done"))

    return attempt(request, "finish", connect, **context)


def _choose_pin(request: HttpRequest, standing: Standing, by: Actor) -> None:
    """Judged by whose it will be, who is not connected with the account yet. Raises Invalid, Locked."""
    person = people.by_id(standing.person) if standing.person else None
    typed = request.POST.get("pin", "")
    born = person.birth_date if person else None
    if faults := wallet_rules.pin_faults(wallet_rules.digits(typed), birth=born, phone=by.phone):
        raise Invalid(faults)
    again, password = request.POST.get("again", ""), request.POST.get("current_password", "")
    pins.choose(pin=typed, again=again, password=password, browser=browser_of(request), by=by)


@require_safe
@require_account
def done(request: HttpRequest) -> HttpResponse:
    """What is reached now, and what would still help: a passkey, a higher level."""
    by = actor_of(request)
    ladder = queries.ladder(own_id(by))
    if ladder.held is None:
        return see(reverse("enrolment:home"))
    passkeys = len(accounts.passkeys_of(own_id(by)))
    return page(request, "done", ladder=ladder, card=card_of(own_id(by)), passkeys=passkeys)


@form
@require_account
def code(request: HttpRequest) -> HttpResponse:
    """The code of an office's slip brings what an officer saw to this account."""
    by = actor_of(request)
    typed = code_typed(request)
    if request.method != "POST":
        return page(request, "code", typed=typed)

    def bring() -> HttpResponse:
        services.redeem(code=typed["code"], birth=typed["birth"], by=by)
        if pins.standing(by=by) == "none":
            return see(f"{reverse('wallet:pin')}?next={reverse('enrolment:done')}")
        return see(reverse("enrolment:done"))

    return attempt(request, "code", bring, typed=typed)


@require_POST
@require_account
def stop(request: HttpRequest) -> HttpResponse:
    """Not now: nothing of it is kept."""
    by = actor_of(request)
    if standing := queries.current(own_id(by)):
        services.give_up(enrolment=standing.id, by=by)
    return see(reverse("enrolment:home"))


# --- Shared by the pages of this room ------------------------------------------------------------------


def _in(by: Actor, *states: State) -> Standing | None:
    """The account's enrolment, where it is in one of these states."""
    standing = queries.current(own_id(by))
    return standing if standing and standing.state in states else None


def _onward(by: Actor) -> HttpResponse:
    standing = queries.current(own_id(by))
    step = _STEPS[standing.state] if standing else "home"
    shown = standing is not None and step == "card" and standing.card_shown
    return see(reverse("enrolment:reached" if shown else f"enrolment:{step}"))


def code_typed(request: HttpRequest) -> dict[str, str]:
    """What was typed from an office's slip; its QR code brings the code in the address."""
    given = request.POST.get("code", "") or request.GET.get("code", "")
    return {"code": given, "birth": request.POST.get("birth", "")}


def face_in(request: HttpRequest, enrolment: UUID, *, session: str, by: Actor) -> seeing.Seen:
    """What the comparison says of the face that was sent, or of the one that is kept (`compare`).

    Raises what `services.show_face` and `services.compare` raise.
    """
    if "compare" in request.POST:
        return services.compare(enrolment=enrolment, by=by)
    asked = challenge_in(request)
    seen = services.show_face(enrolment=enrolment, challenge=asked, session=session, frames=frames_in(request), by=by)
    challenges.forget(challenge=asked, session=session)
    return seen


def picture_in(request: HttpRequest, name: str, missing: Any) -> bytes:
    """The picture that was sent; empty without one, unless `missing` says that it is needed. Raises Invalid."""
    file = request.FILES.get(name)
    if file is None or not file.size:
        if missing:
            raise Invalid([Fault(name, "missing", missing)])
        return b""
    if file.size > seeing.MOST_BYTES:
        raise Invalid([Fault(name, "large", words.LARGE)])
    return bytes(file.read())


def page(request: HttpRequest, template: str, *, status: int = 200, **context: Any) -> HttpResponse:
    return render(request, f"enrolment/{template}.html", {"nav": "id", **context}, status=status)


def attempt(
    request: HttpRequest,
    template: str,
    act: Callable[[], HttpResponse],
    *,
    again: Callable[[], Mapping[str, Any]] | None = None,
    **context: Any,
) -> HttpResponse:
    """Do it; where it is refused, the page again with what is wrong, as things stand now (`again`)."""
    try:
        return act()
    except SalaError as error:
        faults, status, refusal = error.faults, error.status, error.code
    fresh = again() if again else {}
    return page(request, template, status=status, faults=faults, refusal=refusal, **{**context, **fresh})
