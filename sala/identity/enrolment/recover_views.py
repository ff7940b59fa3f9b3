"""“I cannot sign in”: the pages for whoever has lost password, passkey and mailbox. Nobody is signed in here; the
browser that began is known by a signed cookie, and no page says whether a number has an account."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from sala.identity.accounts.actor import ANONYMOUS
from sala.identity.accounts.requests import browser_of, network_of, private
from sala.identity.accounts.sessions import SignedIn
from sala.identity.accounts.views import admit, see
from sala.identity.enrolment import forms, levels, queries, recovering, seeing, services, stopping
from sala.identity.enrolment.models import Enrolment
from sala.identity.enrolment.queries import Standing
from sala.identity.enrolment.states import State
from sala.identity.enrolment.views import attempt, code_typed, face_in, face_tries, form, page, picture_in
from sala.identity.faces import challenges, live_words
from sala.kit import ratelimit
from sala.kit.errors import NotFound, SalaError

COOKIE = f"{'__Host-' if settings.SECURE_COOKIES else ''}sala_recovery"
_AGE = 8 * 86_400  # seconds: a day's wait, and a week to come back
_SALT = "sala.enrolment.recovery"
CHALLENGES_A_NETWORK = 200
"""An hour: behind one address of a mobile operator are many people."""


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The three ways back, the quickest first."""
    return private(page(request, "recover", standing=_current(request)))


@form
def card(request: HttpRequest) -> HttpResponse:
    """Begin: what stands on the card."""
    typed = forms.typed(request.POST)
    if request.method != "POST":
        return private(page(request, "recover_card", typed=typed))

    def begin() -> HttpResponse:
        given = forms.card(request.POST)
        known = _current(request)
        again = known.id if known and known.state == State.STARTED else services.begin_recovery(network_of(request))
        response = _hold(see(reverse("enrolment:recover_face")), again)
        services.show_card(enrolment=again, card=given, by=ANONYMOUS, network=network_of(request))
        return response

    return private(attempt(request, "recover_card", begin, typed=typed))


@require_POST
def challenge(request: HttpRequest) -> JsonResponse:
    """What to do before the camera, for the page's script; only for whoever showed a card here."""
    standing = _current(request)
    if standing is None or not standing.card_shown:
        raise NotFound
    try:
        ratelimit.hit(f"recover.challenge:{network_of(request)}", CHALLENGES_A_NETWORK, 3600)
        asked = challenges.begin(session=_session(standing.id))
    except SalaError as error:
        return JsonResponse({"code": error.code, "message": str(error.message)}, status=error.status)
    steps = [{"step": step, "text": str(live_words.STEPS[step])} for step in asked.steps]
    return JsonResponse({"id": str(asked.id), "steps": steps, "expires_at": asked.expires_at.isoformat()})


@form
def face(request: HttpRequest) -> HttpResponse:
    """The face before the camera, compared with the register's photograph."""
    standing = _current(request)
    if standing is None or not standing.card_shown:
        return see(reverse("enrolment:recover"))
    if standing.state != State.STARTED:
        return see(reverse("enrolment:recover_stands"))
    context: dict[str, Any] = {
        "found": request.GET.get("found", ""), "often": face_tries(standing) >= services.FACE_TRIES,
        "office": reverse("enrolment:recover_officer"), "kept": standing.live and standing.has_portrait,
    }  # fmt: skip
    if request.method != "POST":
        return private(page(request, "recover_face", **context))

    def show() -> HttpResponse:
        seen = face_in(request, standing.id, session=_session(standing.id), by=ANONYMOUS)
        if seen is seeing.Seen.ALIKE:
            return see(reverse("enrolment:recover_choose"))
        return see(f"{reverse('enrolment:recover_face')}?found={seen}")

    return private(attempt(request, "recover_face", show, **context))


@form
def choose(request: HttpRequest) -> HttpResponse:
    """The face was alike: a day's wait, or an officer's look."""
    standing = _current(request)
    if standing is None or standing.level < levels.FOR_RECOVERY:
        return see(reverse("enrolment:recover_face"))
    if standing.state != State.STARTED:
        return see(reverse("enrolment:recover_stands"))
    if request.method != "POST":
        return private(page(request, "recover_choose"))

    def decide() -> HttpResponse:
        act = recovering.to_officer if "officer" in request.POST else recovering.wait
        act(enrolment=standing.id)
        return see(reverse("enrolment:recover_stands"))

    return private(attempt(request, "recover_choose", decide))


@form
def officer(request: HttpRequest) -> HttpResponse:
    """An officer looks at a picture sent here."""
    standing = _current(request)
    if standing is None or not standing.card_shown:
        return see(reverse("enrolment:recover"))
    if standing.state != State.STARTED:
        return see(reverse("enrolment:recover_stands"))
    context: dict[str, Any] = {"kept": standing.has_portrait, "recovery": True}
    if request.method != "POST":
        return private(page(request, "officer", **context))

    def send() -> HttpResponse:
        recovering.to_officer(enrolment=standing.id, data=picture_in(request, "picture", None) or None)
        return see(reverse("enrolment:recover_stands"))

    return private(attempt(request, "officer", send, **context))


@form
def stands(request: HttpRequest) -> HttpResponse:
    """How it stands; and, when the time has come, the new password."""
    standing = _current(request, also_over=True)
    if standing is None:
        return see(reverse("enrolment:recover"))
    if request.method != "POST" or not standing.usable:
        return private(page(request, "recover_stands", standing=standing))

    def renew() -> HttpResponse:
        password, browser = request.POST.get("password", ""), browser_of(request)
        return _in(request, recovering.renew(enrolment=standing.id, password=password, browser=browser))

    return private(attempt(request, "recover_stands", renew, standing=standing))


@form
def code(request: HttpRequest) -> HttpResponse:
    """An office's slip and a new password."""
    typed = code_typed(request)
    if request.method != "POST":
        return private(page(request, "recover_code", typed=typed))

    def renew() -> HttpResponse:
        password, browser = request.POST.get("password", ""), browser_of(request)
        return _in(request, recovering.renew_by_code(**typed, password=password, browser=browser))

    return private(attempt(request, "recover_code", renew, typed=typed))


@form
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """“This was not me”, from the letter. Opening it does nothing; sending its form does."""
    stopping.named_by(token)
    if request.method != "POST":
        return private(page(request, "recover_stop", token=token))
    return private(page(request, "recover_stop", token=token, stopped=True, in_time=recovering.stop(token=token)))


def _in(request: HttpRequest, signed_in: SignedIn) -> HttpResponse:
    response = admit(request, signed_in, reverse("accounts:home"))
    response.delete_cookie(COOKIE, samesite="Lax")
    return response


def _current(request: HttpRequest, *, also_over: bool = False) -> Standing | None:
    """The recovery that this browser began, while it goes on."""
    try:
        known = UUID(signing.loads(request.COOKIES.get(COOKIE, ""), salt=_SALT, max_age=_AGE))
    except signing.BadSignature:
        return None
    standing = queries.one(known)
    if standing is None or standing.purpose != Enrolment.Purpose.RECOVER:
        return None
    return standing if also_over or not standing.over else None


def _hold(response: HttpResponse, enrolment: UUID) -> HttpResponse:
    response.set_cookie(
        COOKIE, signing.dumps(str(enrolment), salt=_SALT), max_age=_AGE, httponly=True, samesite="Lax",
        secure=settings.SECURE_COOKIES,
    )  # fmt: skip
    return response


def _session(enrolment: UUID) -> str:
    return f"recovery:{enrolment}"
