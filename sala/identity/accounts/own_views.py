"""Pages of one's own account."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from sala.identity.accounts import devices, disowning, passkeys, queries, rules, services
from sala.identity.accounts import tokens as tokens_service
from sala.identity.accounts.requests import actor_of, browser_of, require_account
from sala.identity.accounts.sessions import own_id
from sala.identity.accounts.views import SIGNED_OUT, attempt, forget_browser, form, page, see
from sala.kit.errors import NotFound
from sala.kit.text import Text

_LANGUAGES = (("th", "ไทย"), ("en", "English"))
_DONE = {
    "details": Text(th="บันทึกข้อมูลของท่านแล้ว", en="Your details are saved"),
    "password": Text(
        th="เปลี่ยนรหัสผ่านแล้ว และออกจากระบบในอุปกรณ์อื่นทั้งหมด",
        en="Your password is changed, and all other devices are signed out",
    ),
    "added": Text(th="เพิ่มพาสคีย์แล้ว ครั้งต่อไปใช้เข้าสู่ระบบได้ทันที", en="The passkey is added: sign in with it the next time"),
    "renamed": Text(th="เปลี่ยนชื่อพาสคีย์แล้ว", en="The passkey has its new name"),
    "removed": Text(th="ลบพาสคีย์แล้ว ใช้เข้าสู่ระบบไม่ได้อีก", en="The passkey is removed, and signs nobody in any more"),
    "trusted": Text(th="พาสคีย์นี้ใช้ได้อีกครั้งแล้ว", en="The passkey works again"),
    "ended": Text(th="ออกจากระบบในอุปกรณ์นั้นแล้ว", en="That device is signed out"),
    "others": Text(th="ออกจากระบบในอุปกรณ์อื่นทั้งหมดแล้ว", en="All other devices are signed out"),
}


def _done(request: HttpRequest) -> Text | None:
    return _DONE.get(request.GET.get("done", ""))


@require_safe
@require_account
def home(request: HttpRequest) -> HttpResponse:
    """Everything there is to one's account, each with its link."""
    by = actor_of(request)
    return page(
        request,
        "home",
        actor=by,
        done=_done(request),
        phone=rules.phone_words(by.phone),
        language_name=dict(_LANGUAGES)[by.language],
        passkeys=len(queries.passkeys_of(own_id(by))),
        tokens=len(queries.tokens_of(own_id(by))),
        sessions=len(queries.sessions_of(own_id(by))),
    )


@form
@require_account
def details(request: HttpRequest) -> HttpResponse:
    """Names, telephone, language."""
    by = actor_of(request)
    if request.method != "POST":
        typed = {
            "given_name": by.given_name,
            "surname": by.surname,
            "phone": rules.phone_words(by.phone),
            "language": by.language,
        }
        return page(request, "details", typed=typed, languages=_LANGUAGES)

    def save() -> HttpResponse:
        services.change_details(typed=request.POST.dict(), by=by)
        return _in_language(see(reverse("accounts:home") + "?done=details"), request.POST.get("language", ""))

    return attempt(request, "details", save, typed=request.POST, languages=_LANGUAGES)


def _in_language(response: HttpResponse, language: str) -> HttpResponse:
    chosen = rules.clean_language(language)
    response.set_cookie("lang", chosen, max_age=31_536_000, samesite="Lax", secure=settings.SECURE_COOKIES)
    return response


@form
@require_account
def email(request: HttpRequest) -> HttpResponse:
    """Another e-mail address, once its mailbox has confirmed it."""
    if request.method != "POST":
        return page(request, "email", typed={})

    def ask() -> HttpResponse:
        new, password = request.POST.get("email", ""), request.POST.get("current_password", "")
        services.request_email_change(email=new, password=password, browser=browser_of(request), by=actor_of(request))
        return see(reverse("accounts:email_sent"))

    return attempt(request, "email", ask, typed=request.POST)


@require_safe
@require_account
def email_sent(request: HttpRequest) -> HttpResponse:
    return page(request, "email_sent")


@form
@require_account
def password(request: HttpRequest) -> HttpResponse:
    """Another password; other devices are signed out."""
    if request.method != "POST":
        return page(request, "password")

    def change() -> HttpResponse:
        current, new = request.POST.get("current_password", ""), request.POST.get("new_password", "")
        services.change_password(current=current, new=new, browser=browser_of(request), by=actor_of(request))
        return see(reverse("accounts:home") + "?done=password")

    return attempt(request, "password", change)


# --- Sessions ------------------------------------------------------------------------------------------


@require_safe
@require_account
def sessions(request: HttpRequest) -> HttpResponse:
    """Where the account is signed in, by device; no places, which are guesses and frighten people."""
    by = actor_of(request)
    rows = [
        {"session": row, "device": devices.words_for(row.user_agent), "here": row.id == by.session_id}
        for row in queries.sessions_of(own_id(by))
    ]
    return page(request, "sessions", rows=sorted(rows, key=lambda row: not row["here"]), done=_done(request))


@require_POST
@require_account
def end_session(request: HttpRequest, session_id: UUID) -> HttpResponse:
    by = actor_of(request)
    services.end_session(session_id=session_id, by=by)
    if session_id == by.session_id:
        return forget_browser(see(SIGNED_OUT))
    return see(reverse("accounts:sessions") + "?done=ended")


@require_POST
@require_account
def end_other_sessions(request: HttpRequest) -> HttpResponse:
    services.end_other_sessions(by=actor_of(request))
    return see(reverse("accounts:sessions") + "?done=others")


# --- Passkeys ------------------------------------------------------------------------------------------


@form
@require_account
def passkeys_(request: HttpRequest) -> HttpResponse:
    """The account's passkeys; a POST adds one that the page's script has made with the browser."""
    by = actor_of(request)
    device = devices.words_for(request.headers.get("User-Agent", ""))

    def add() -> HttpResponse:
        given = {key: request.POST.get(key, "") for key in ("name", "credential", "state")}
        passkeys.add(**given, by=by)
        return see(reverse("accounts:passkeys") + "?done=added")

    context: dict[str, Any] = {
        "rows": queries.passkeys_of(own_id(by)),
        "ceremony": passkeys.to_add(by=by),
        "origin": passkeys.site().origin,
        "name": request.POST.get("name", str(device)),
    }
    if request.method != "POST":
        return page(request, "passkeys", done=_done(request), **context)
    return attempt(request, "passkeys", add, **context)


@form
@require_account
def passkey(request: HttpRequest, passkey_id: UUID) -> HttpResponse:
    """Rename a passkey, or remove it."""
    by = actor_of(request)
    row = next((row for row in queries.passkeys_of(own_id(by)) if row.id == passkey_id), None)
    if row is None:
        if request.method == "POST":  # removed already
            return see(reverse("accounts:passkeys"))
        raise NotFound
    if request.method != "POST":
        return page(request, "passkey", row=row, name=row.name)

    def change() -> HttpResponse:
        if "trust" in request.POST:
            disowning.trust(passkey_id=row.id, by=by)
            done = "trusted"
        elif "remove" in request.POST:
            passkeys.remove(passkey_id=row.id, by=by)
            done = "removed"
        else:
            passkeys.rename(passkey_id=row.id, name=request.POST.get("name", ""), by=by)
            done = "renamed"
        return see(f"{reverse('accounts:passkeys')}?done={done}")

    return attempt(request, "passkey", change, row=row, name=request.POST.get("name", ""))


# --- API tokens ----------------------------------------------------------------------------------------


@require_safe
@require_account
def tokens(request: HttpRequest) -> HttpResponse:
    """The account's API tokens: what each may do and until when."""
    return page(request, "tokens", rows=queries.tokens_of(own_id(actor_of(request))), scopes=rules.SCOPES)


@form
@require_account
def new_token(request: HttpRequest) -> HttpResponse:
    """Make a token. It is shown in the answer to the POST itself, since it is stored nowhere to be shown from."""
    by = actor_of(request)
    offered = {key: words for key, words in rules.SCOPES.items() if by.is_officer or key not in rules.OFFICERS_SCOPES}
    chosen = request.POST.getlist("scopes")
    context: dict[str, Any] = {"offered": offered, "days": rules.TOKEN_DAYS, "typed": request.POST, "chosen": chosen}

    def make() -> HttpResponse:
        days = request.POST.get("days", "")
        wanted: dict[str, Any] = {
            "name": request.POST.get("name", ""),
            "scopes": chosen,
            "days": int(days) if days in {str(known) for known in rules.TOKEN_DAYS} else 0,
        }
        tokens_service.check(**wanted)  # before the password, so that it is not typed in vain
        services.prove_own(password=request.POST.get("current_password", ""), browser=browser_of(request), by=by)
        return page(request, "token_made", token=services.issue_token(account_id=own_id(by), by=by, **wanted))

    if request.method != "POST":
        return page(request, "new_token", **context)
    return attempt(request, "new_token", make, **context)


@require_POST
@require_account
def revoke_token(request: HttpRequest, token_id: UUID) -> HttpResponse:
    services.revoke_token(token_id=token_id, by=actor_of(request))
    return see(reverse("accounts:tokens"))


# --- Closing -------------------------------------------------------------------------------------------


@form
@require_account
def close(request: HttpRequest) -> HttpResponse:
    """Close the account, after reading what goes and what stays."""
    if request.method != "POST":
        return page(request, "close")

    def end() -> HttpResponse:
        password = request.POST.get("current_password", "")
        services.close_account(password=password, browser=browser_of(request), by=actor_of(request))
        return forget_browser(see(reverse("accounts:closed")))

    return attempt(request, "close", end)


@require_safe
def closed(request: HttpRequest) -> HttpResponse:
    return page(request, "closed")
