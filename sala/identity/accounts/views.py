"""The door: registration, links, signing in and out. Pages of somebody signed in are in `own_views`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sala.identity.accounts import carried, links, passkeys, queries, services
from sala.identity.accounts.actor import ANONYMOUS, Actor
from sala.identity.accounts.links import LinkGone, Purpose
from sala.identity.accounts.requests import (
    COOKIE,
    DEVICE_COOKIE,
    actor_of,
    address_of,
    browser_of,
    forget_actor,
    private,
)
from sala.identity.accounts.rules import SESSION_AGE, local_path
from sala.kit.errors import Invalid, NotFound, SalaError
from sala.kit.text import language

SENT_COOKIE = "sala_sent"
SIGNED_OUT = "/?done=signed-out"
"""The front page, which says that they are."""
_SENT_AGE = 900  # seconds
_YEAR = 31_536_000  # seconds
form = require_http_methods(["GET", "HEAD", "POST"])


# --- Registration and forgotten passwords ------------------------------------------------------------


@form
def register(request: HttpRequest) -> HttpResponse:
    """Given name, surname, telephone, e-mail: nothing else (R-001.12)."""
    if request.method != "POST":
        return page(request, "register", typed={}, next=_next(request))

    def ask() -> HttpResponse:
        address = address_of(request)
        email = services.register(
            typed=request.POST.dict(), language=language(), next_path=_next(request), address=address
        )
        return _sent(email, "register")

    return attempt(request, "register", ask, typed=request.POST, next=_next(request))


@form
def forgotten(request: HttpRequest) -> HttpResponse:
    """Ask for a link to choose a new password."""
    if request.method != "POST":
        return page(request, "forgotten", typed={})

    def ask() -> HttpResponse:
        address = address_of(request)
        email = services.forgot(email=request.POST.get("email", ""), language=language(), address=address)
        return _sent(email, "forgotten")

    return attempt(request, "forgotten", ask, typed=request.POST)


@require_safe
def sent(request: HttpRequest, what: str) -> HttpResponse:
    """Look into your mailbox: the same words whether the address was known or not."""
    try:
        email = signing.loads(request.COOKIES.get(SENT_COOKIE, ""), salt=SENT_COOKIE, max_age=_SENT_AGE)
    except signing.BadSignature:
        email = ""
    if what not in {"register", "forgotten"}:
        raise NotFound
    return private(page(request, "sent", email=email, again=reverse(f"accounts:{what}"), what=what))


def _sent(email: str, what: str) -> HttpResponse:
    response = see(reverse("accounts:sent", args=[what]))
    response.set_cookie(
        SENT_COOKIE,
        signing.dumps(email, salt=SENT_COOKIE),
        max_age=_SENT_AGE,
        httponly=True,
        samesite="Lax",
        secure=settings.SECURE_COOKIES,
    )
    return response


# --- Links from letters --------------------------------------------------------------------------------


@form
def link(request: HttpRequest, token: str) -> HttpResponse:
    """A link from a letter. Opening it uses nothing up; sending its form does."""
    try:
        look = links.look(token)
        if look.purpose == Purpose.DISOWN:  # whose page tells relying parties, too
            return see(reverse("mydata:not_me_letter", args=[token]))
        use = _USES[look.purpose]
        if request.method != "POST":
            return private(page(request, use.template, look=look))
        return private(attempt(request, use.template, lambda: use.submit(request, token), look=look))
    except LinkGone as gone:
        return _link_gone(request, token, gone)


class _Use:
    """How the page of a purpose looks and what sending it does."""

    def __init__(self, template: str, submit: Callable[[HttpRequest, str], HttpResponse]) -> None:
        self.template = template
        self.submit = submit


def _open_account(request: HttpRequest, token: str) -> HttpResponse:
    password = request.POST.get("password", "")
    signed_in = services.open_account(token=token, password=password, browser=browser_of(request))
    return admit(request, signed_in, signed_in.next_path)


def _reset_password(request: HttpRequest, token: str) -> HttpResponse:
    password = request.POST.get("password", "")
    signed_in = services.reset_password(token=token, password=password, browser=browser_of(request))
    return admit(request, signed_in, "")


def _confirm_email(request: HttpRequest, token: str) -> HttpResponse:
    services.confirm_email(token=token)
    return see(reverse("accounts:email_changed"))


def _stop_email_change(request: HttpRequest, token: str) -> HttpResponse:
    stopped = services.stop_email_change(token=token)
    return see(reverse("accounts:link", args=[stopped.reset_token]))


_USES = {
    Purpose.REGISTER: _Use("choose_password", _open_account),
    Purpose.RESET_PASSWORD: _Use("choose_password", _reset_password),
    Purpose.CHANGE_EMAIL: _Use("confirm_email", _confirm_email),
    Purpose.STOP_EMAIL_CHANGE: _Use("stop_email_change", _stop_email_change),
}


def _link_gone(request: HttpRequest, token: str, gone: LinkGone) -> HttpResponse:
    """What to do instead. A form sent twice finds its link used by itself: the same password then just signs in."""
    if request.method == "POST" and gone.reason == "used" and "password" in request.POST:
        try:
            password = request.POST["password"]
            signed_in = services.sign_in(email=gone.email, password=password, browser=browser_of(request))
            return private(admit(request, signed_in, ""))
        except SalaError:
            pass
    renewable = gone.purpose in {Purpose.REGISTER, Purpose.RESET_PASSWORD} and gone.reason == "expired"
    status = 404 if gone.reason == "unknown" else 410
    return private(page(request, "link_gone", status=status, gone=gone, token=token, renewable=renewable))


@require_POST
def link_again(request: HttpRequest, token: str) -> HttpResponse:
    """Another link in place of an expired one, to the address of the first."""
    try:
        email, purpose = services.renew_link(token=token, address=address_of(request))
        return _sent(email, "register" if purpose == Purpose.REGISTER else "forgotten")
    except LinkGone as gone:
        return _link_gone(request, token, gone)


@require_safe
def email_changed(request: HttpRequest) -> HttpResponse:
    return page(request, "email_changed")


# --- Signing in and out --------------------------------------------------------------------------------


@form
def sign_in(request: HttpRequest) -> HttpResponse:
    """With e-mail address and password (R-001.15)."""
    kept = request.POST.get(carried.FIELD, "")
    if request.method != "POST":
        actor = actor_of(request)
        return see(landing(actor, _next(request))) if actor is not ANONYMOUS else _sign_in_page(request)

    def enter() -> HttpResponse:
        email, password = request.POST.get("email", ""), request.POST.get("password", "")
        signed_in = services.sign_in(email=email, password=password, browser=browser_of(request))
        return admit(request, signed_in, _next(request), kept=kept)

    return private(attempt(request, "sign_in", enter, **_typed(request, kept)))


@require_POST
def passkey_sign_in(request: HttpRequest) -> HttpResponse:
    """With a passkey; the page's script fills in the browser's answer."""
    kept = request.POST.get(carried.FIELD, "")

    def enter() -> HttpResponse:
        credential, state = request.POST.get("credential", ""), request.POST.get("state", "")
        signed_in = passkeys.sign_in(credential=credential, state=state, browser=browser_of(request))
        return admit(request, signed_in, _next(request), kept=kept)

    return private(attempt(request, "sign_in", enter, **_typed(request, kept)))


def sign_in_again(request: HttpRequest) -> HttpResponse:
    """The session ran out under a form: sign in here, and what was typed goes on."""
    return page(request, "sign_in", status=403, ran_out=True, next="", carried=carried.pack(request), **_ceremony())


def _sign_in_page(request: HttpRequest) -> HttpResponse:
    return private(page(request, "sign_in", next=_next(request), **_ceremony()))


def _typed(request: HttpRequest, kept: str) -> dict[str, Any]:
    """The sign-in form as it was sent, with a fresh ceremony for a passkey."""
    return {"email": request.POST.get("email", ""), "next": _next(request), "carried": kept, **_ceremony()}


def _ceremony() -> dict[str, Any]:
    return {"ceremony": passkeys.to_sign_in(), "origin": passkeys.site().origin}


@form
def sign_out(request: HttpRequest) -> HttpResponse:
    """End this session. A GET only asks, so that no other site can sign anybody out."""
    if request.method != "POST":
        return private(page(request, "sign_out"))
    services.sign_out(by=actor_of(request))
    return forget_browser(see(SIGNED_OUT))


def admit(request: HttpRequest, signed_in: services.SignedIn, next_path: str, *, kept: str = "") -> HttpResponse:
    """The browser gets its new session, never one it had before, and goes where the person was going."""
    services.sign_out(by=actor_of(request))
    found = queries.by_session(signed_in.token)
    actor = found.actor if found else ANONYMOUS
    forget_actor(request, actor)
    response = onward(request, next_path, kept=kept)
    secure = settings.SECURE_COOKIES
    age = int(SESSION_AGE.total_seconds())
    response.set_cookie(COOKIE, signed_in.token, max_age=age, httponly=True, samesite="Lax", secure=secure)
    response.set_cookie(DEVICE_COOKIE, signed_in.device, max_age=_YEAR, httponly=True, samesite="Lax", secure=secure)
    if "lang" not in request.COOKIES:
        response.set_cookie("lang", signed_in.language, max_age=_YEAR, samesite="Lax", secure=secure)
    return response


def onward(request: HttpRequest, next_path: str, *, kept: str = "") -> HttpResponse:
    """Who is signed in goes where they were going; what they had typed (`kept`) is shown first, to be sent."""
    typed = carried.unpack(kept) if kept else None
    return page(request, "go_on", carried=typed) if typed else see(landing(actor_of(request), next_path))


def forget_browser(response: HttpResponse) -> HttpResponse:
    """Take the session's cookie back."""
    response.delete_cookie(COOKIE, samesite="Lax")
    if settings.SECURE_COOKIES:  # a cookie with the prefix __Host- is only replaced by one that is Secure
        response.cookies[COOKIE]["secure"] = True
    return response


def landing(actor: Actor, next_path: str) -> str:
    """Where a sign-in leads: back to where it was asked for, else to the desk or to the person's requests."""
    if path := local_path(next_path):
        return path
    return reverse(settings.LANDING_OFFICER if actor.is_officer else settings.LANDING)


# --- Shared by all pages of accounts ---------------------------------------------------------------------


def page(request: HttpRequest, template: str, *, status: int = 200, **context: Any) -> HttpResponse:
    return render(request, f"accounts/{template}.html", {"nav": "account", **context}, status=status)


def attempt(request: HttpRequest, template: str, act: Callable[[], HttpResponse], **context: Any) -> HttpResponse:
    """Do it; where it is refused, the form again with what was typed, what is wrong, and the refusal's status."""
    try:
        return act()
    except (LinkGone, NotFound):
        raise
    except Invalid as error:
        return page(request, template, status=error.status, faults=error.faults, **context)
    except SalaError as error:
        return page(request, template, status=error.status, faults=error.faults, refusal=error.code, **context)


def _next(request: HttpRequest) -> str:
    return local_path(request.POST.get("next", "") or request.GET.get("next", "")) or ""


def see(path: str) -> HttpResponseRedirect:
    """After a POST: look there (303), so that a reload sends nothing again."""
    response = HttpResponseRedirect(path)
    response.status_code = 303
    return response
