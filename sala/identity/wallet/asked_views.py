"""Where a QR code leads, and the page on which a person says yes or no to what was asked elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from sala.identity.accounts.actor import ANONYMOUS
from sala.identity.accounts.requests import actor_of, private, require_account
from sala.identity.wallet import approvals, proving, queries
from sala.identity.wallet.queries import Shown
from sala.identity.wallet.rules import APPROVAL_AGE, Kind, State
from sala.identity.wallet.views import attempt, form, page, see
from sala.kit import live
from sala.kit.errors import Conflict, Fault, Invalid, NotFound, SalaError
from sala.kit.here import names
from sala.kit.text import Text

SEEN_COOKIE = "sala_scanned"
_MOST_TOKEN = 100  # characters


@form
@require_account
def scan(request: HttpRequest) -> HttpResponse:
    """The camera; what it reads is sent here, or typed, and followed only if it is a code of ours."""
    if request.method != "POST":
        return page(request, "scan", typed="")

    def read() -> HttpResponse:
        return see(_address_in(request.POST.get("code", "")))

    return attempt(request, "scan", read, typed="")


def _address_in(code: str) -> str:
    """The path that a QR code of this site leads to. Raises Invalid: a code of another site is never followed."""
    parts = urlsplit(code.strip()[:400])
    ours = {urlsplit(name).netloc for name in names()}
    prefix = reverse("wallet:go_on")
    token = parts.path.removeprefix(prefix).rstrip("/")
    if parts.netloc not in ours or not parts.path.startswith(prefix) or not _is_token(token):
        raise Invalid([Fault("code", "not_ours", _NOT_OURS)])
    return reverse("wallet:follow", args=[token])


def _is_token(text: str) -> bool:
    return 20 <= len(text) <= _MOST_TOKEN and text.isascii() and text.replace("-", "").replace("_", "").isalnum()


@require_safe
def follow(request: HttpRequest, token: str) -> HttpResponse:
    """The QR code leads here, also by the phone's own camera. The token leaves the address at once.

    Who is not signed in yet does so first: the browser that has seen the token, and no other, goes on with it.
    """
    by = actor_of(request)
    try:
        if request.method == "HEAD" or by is ANONYMOUS:
            seen = approvals.seen(token=token)
        else:
            return private(see(_page_of(approvals.opened(token=token, by=by))))
    except (NotFound, Conflict) as error:
        return private(page(request, "gone", status=410, words=error.message))
    go_on = reverse("wallet:go_on")
    response = see(f"{reverse('accounts:sign_in')}?{urlencode({'next': go_on})}")
    response.set_cookie(
        SEEN_COOKIE,
        signing.dumps(str(seen), salt=SEEN_COOKIE),
        max_age=int(APPROVAL_AGE.total_seconds()),
        path=go_on,
        httponly=True,
        samesite="Lax",
        secure=settings.SECURE_COOKIES,
    )
    return private(response)


@require_safe
@require_account
def go_on(request: HttpRequest) -> HttpResponse:
    """After the sign-in: on with what this browser scanned before it."""
    try:
        told = signing.loads(request.COOKIES.get(SEEN_COOKIE, ""), salt=SEEN_COOKIE, max_age=APPROVAL_AGE)
        found = approvals.claim(approval_id=UUID(told), by=actor_of(request))
    except signing.BadSignature:
        return see(reverse("wallet:home"))
    except (NotFound, Conflict) as error:
        return page(request, "gone", status=410, words=error.message)
    response = see(_page_of(found))
    response.delete_cookie(SEEN_COOKIE, path=reverse("wallet:go_on"), samesite="Lax")
    return response


def _page_of(approval_id: UUID) -> str:
    return reverse("wallet:request", args=[approval_id])


# --- Yes or no -------------------------------------------------------------------------------------------------


@form
@require_account
def request_(request: HttpRequest, approval_id: UUID) -> HttpResponse:
    """Who asks what, from where, for what and by which law; yes or no; then the code, or how it ended."""
    try:
        shown = queries.one(approval_id, by=actor_of(request))
    except NotFound as error:
        return page(request, "gone", status=404, words=error.message)
    if request.method != "POST":
        return _look(request, shown)
    act = _ACTS.get(request.POST.get("act", ""), _approve)
    try:
        return act(request, shown)
    except Invalid as error:
        return _look(request, shown, status=error.status, faults=error.faults)
    except SalaError as error:
        fresh = queries.one(approval_id, by=actor_of(request))
        return _look(request, fresh, status=error.status, faults=error.faults)


def _look(request: HttpRequest, shown: Shown, *, status: int = 200, **more: Any) -> HttpResponse:
    by = actor_of(request)
    context: dict[str, Any] = {"row": shown, "live": live.ticket([f"approval:{shown.id}"]), **more}
    if shown.open and shown.state in {State.WAITING, State.SCANNED}:
        context |= proving.offered(by=by) | _chosen(request, shown)
        return page(request, "consent" if shown.kind is Kind.CONSENT else "decide", status=status, **context)
    if shown.open and shown.state is State.APPROVED and shown.kind is Kind.BROWSER:
        code = approvals.code_of(shown.id)
        return page(request, "code", status=status, code=code, halves=(code[:3], code[3:]), **context)
    return page(request, "consented" if shown.kind is Kind.CONSENT else "answered", status=status, **context)


def _chosen(request: HttpRequest, shown: Shown) -> dict[str, Any]:
    """Which claims the person would tell: all, or those that they left ticked on the page before."""
    sent = request.POST if request.method == "POST" else request.GET
    one_by_one = sent.get("choose") == "yes"
    all_ = [claim.scope for claim in shown.asking.claims]
    kept = [scope for scope in all_ if scope in sent.getlist("scope")] if one_by_one and "chosen" in sent else all_
    return {"one_by_one": one_by_one and "chosen" not in sent, "limited": one_by_one, "scopes": kept}


def _approve(request: HttpRequest, shown: Shown) -> HttpResponse:
    by = actor_of(request)
    agreed = _chosen(request, shown)["scopes"]
    methods = proving.prove(request.POST, strong=shown.asking.strong, by=by)
    approvals.approve(approval_id=shown.id, agreed=agreed, methods=methods, by=by)
    return see(_page_of(shown.id) + "?done=approved")


def _decline(request: HttpRequest, shown: Shown) -> HttpResponse:
    approvals.decline(approval_id=shown.id, by=actor_of(request))
    return see(_page_of(shown.id))


def _not_me(request: HttpRequest, shown: Shown) -> HttpResponse:
    """Declined, and on to what else there is to do when a stranger may be about."""
    approvals.decline(approval_id=shown.id, by=actor_of(request))
    return see(_page_of(shown.id) + "?stranger=yes")


_ACTS: dict[str, Callable[[HttpRequest, Shown], HttpResponse]] = {"decline": _decline, "not_me": _not_me}
_NOT_OURS = Text(
    th="คิวอาร์โค้ดนี้ไม่ใช่ของศาลา เราไม่ได้เปิดหรือส่งอะไร โปรดสแกนคิวอาร์โค้ดที่หน้าเข้าสู่ระบบของศาลา",
    en="This is not a QR code of Sala; nothing was opened or sent. Scan the one on Sala’s sign-in page",
)
