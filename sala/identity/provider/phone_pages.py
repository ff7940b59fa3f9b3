"""The page with the QR code: it changes by itself, says when the phone has it, and takes the code from the phone."""

from __future__ import annotations

from typing import Any

import segno
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods
from markupsafe import Markup

from sala.identity.accounts import devices
from sala.identity.accounts.requests import network_of, private
from sala.identity.accounts.views import see
from sala.identity.provider import asking, clients, phone, showing, waiting
from sala.identity.provider.clients import Party
from sala.identity.provider.waiting import Waiting
from sala.identity.wallet.rules import SCAN_AGE, State
from sala.kit.errors import Fault, Invalid, NotFound, SalaError
from sala.kit.here import here
from sala.kit.ids import new_token
from sala.kit.text import Text

COOKIE = f"{'__Host-' if settings.SECURE_COOKIES else ''}sala_phone"
_COOKIE_AGE = 3600  # seconds
RENEW = int(SCAN_AGE.total_seconds() * 4 / 5)
"""Seconds after which the page shows another QR code: well before the one shown has run out."""
LOOK = 2
"""Seconds between two looks at how it stands."""


@require_http_methods(["GET", "HEAD", "POST"])
def phone_(request: HttpRequest, handle: str) -> HttpResponse:
    """Begin, show the QR code, and take the code; all bound to this browser by a cookie."""
    found = waiting.look(handle)
    client = clients.party(found.asked.client) if found else None
    if found is None or client is None:
        return private(_page(request, "gone", status=410))
    act = {"begin": _begin, "code": _code}.get(request.POST.get("act", "")) if request.method == "POST" else None
    return private((act or _show)(request, handle, found, client))


@require_http_methods(["GET"])
def phone_state(request: HttpRequest, handle: str) -> HttpResponse:
    """How it stands, in a word, for the page's script; `gone` for any other browser."""
    found = waiting.look(handle)
    state = phone.state(found, _browser(request)) if found else None
    return private(JsonResponse({"state": _shown_as(state)}))


def _begin(request: HttpRequest, handle: str, found: Waiting, client: Party) -> HttpResponse:
    browser = _browser(request) or new_token()
    place = devices.plain(request.headers.get("User-Agent", ""))
    try:
        phone.begin(
            handle=handle, found=found, client=client, browser=browser, place=place, network=network_of(request)
        )
    except SalaError as error:
        return _show(request, handle, found, client, faults=error.faults)
    response = see(_address(handle))
    response.set_cookie(
        COOKIE, browser, max_age=_COOKIE_AGE, httponly=True, samesite="Lax", secure=settings.SECURE_COOKIES
    )
    return response


def _code(request: HttpRequest, handle: str, found: Waiting, client: Party) -> HttpResponse:
    code = request.POST.get("code", "").strip()
    if not code:
        return _show(request, handle, found, client, faults=[Fault("code", "missing", _NO_CODE)])
    try:
        told = phone.finish(handle=handle, found=found, client=client, browser=_browser(request), code=code)
    except NotFound:
        return _show(request, handle, found, client)
    except (Invalid, phone.NotTheirs) as error:
        return _show(request, handle, found, client, faults=error.faults)
    return _page(request, "onward", client=client, uri=asking.granted(found.asked, told))


def _show(request: HttpRequest, handle: str, found: Waiting, client: Party, **more: Any) -> HttpResponse:
    state = phone.state(found, _browser(request))
    context: dict[str, Any] = {"client": client, "handle": handle, "agency": showing.owner(client), **more}
    context |= {"state": _shown_as(state), "renew": RENEW, "look": LOOK}
    if state is State.WAITING:
        try:
            link = here(request) + reverse("wallet:follow", args=[phone.token(found, _browser(request))])
            context |= {"link": link, "qr": _qr(link)}
        except NotFound:  # scanned in this very moment
            context["state"] = State.SCANNED.value
    return _page(request, "phone", status=422 if more.get("faults") else 200, **context)


def _shown_as(state: State | None) -> str:
    """In the page's words: scanned and approved look alike, since the code can be typed as soon as there is one."""
    if state is State.APPROVED:
        return State.SCANNED.value
    return state.value if state in {State.WAITING, State.SCANNED, State.DECLINED} else "gone"


def _qr(link: str) -> Markup:
    code = segno.make(link, error="m", micro=False)
    drawn = code.svg_inline(border=4, svgclass="sala-scan__code", lineclass=None, omitsize=True, light="#fff")
    return Markup(drawn)  # noqa: S704 - drawn by us


def _browser(request: HttpRequest) -> str:
    return request.COOKIES.get(COOKIE, "")


def _address(handle: str) -> str:
    return reverse("provider:phone", args=[handle])


def _page(request: HttpRequest, template: str, *, status: int = 200, **context: Any) -> HttpResponse:
    return render(request, f"provider/{template}.html", {"nav": "account", **context}, status=status)


_NO_CODE = Text(th="โปรดกรอกรหัสที่โทรศัพท์แสดง", en="Type the code that your phone shows")
