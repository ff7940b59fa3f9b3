"""The demo's mailbox, and the page that stops reminders."""

from __future__ import annotations

import base64
from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any, TypeVar, cast

from csp.decorators import csp
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from sala.engine.messages import inbox as mailbox
from sala.engine.messages import services

View = TypeVar("View", bound=Callable[..., HttpResponse])

# Whatever a letter holds, it runs nothing and fetches nothing; its links open in the whole window.
LETTER_POLICY = {
    "default-src": ["'none'"],
    "style-src": ["'unsafe-inline'"],
    "img-src": ["data:"],
    "frame-ancestors": ["'self'"],
    "sandbox": ["allow-top-navigation-by-user-activation", "allow-popups", "allow-popups-to-escape-sandbox"],
}


def demo_only(view: View) -> View:
    """There is no such page in production."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not settings.DEMO:
            raise Http404
        return view(request, *args, **kwargs)

    return cast("View", guarded)


@require_safe
@never_cache
@demo_only
def inbox(request: HttpRequest) -> HttpResponse:
    address = request.GET.get("to", "").strip()
    context = {"mails": mailbox.inbox(address), "address": address, "addresses": mailbox.addresses()}
    return render(request, "messages/inbox.html", context)


@require_safe
@never_cache
@demo_only
def mail(request: HttpRequest, mail_id: int) -> HttpResponse:
    return render(request, "messages/mail.html", {"mail": _opened(mail_id)})


@require_safe
@never_cache
@xframe_options_sameorigin
@csp(LETTER_POLICY)  # type: ignore[arg-type]  # its stub forgets that views take arguments
@demo_only
def letter(request: HttpRequest, mail_id: int) -> HttpResponse:
    """The letter's HTML as it came, in a cage."""
    opened = _opened(mail_id)
    html = opened.html
    for picture in opened.attachments:
        if picture.media_type == "image/png" and 'src="cid:code"' in html:
            drawn = base64.b64encode(picture.content).decode()
            html = html.replace('src="cid:code"', f'src="data:image/png;base64,{drawn}"')
    return HttpResponse(html.replace("<head>", '<head><base target="_top">', 1))


@require_safe
@never_cache
@demo_only
def attachment(request: HttpRequest, mail_id: int, number: int) -> HttpResponse:
    attachments = _opened(mail_id).attachments
    if number >= len(attachments):
        raise Http404
    file = attachments[number]
    return HttpResponse(
        file.content,
        content_type=file.media_type,
        headers={"Content-Disposition": f'attachment; filename="{_safe(file.name)}"'},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@csrf_exempt  # mail programs post here by themselves (RFC 8058); the key in the address is the right to do so
def stop_reminders(request: HttpRequest, reference: str, key: str) -> HttpResponse:
    """Asks once, then stops the reminders about one case."""
    stored = services.check_stop_key(reference, key)
    if request.method == "POST":
        services.stop_reminders(reference=stored, key=key)
        if request.POST.get("List-Unsubscribe") == "One-Click":
            return HttpResponse(status=HTTPStatus.NO_CONTENT)
        response = redirect(f"{request.path}?done=1")
        response.status_code = HTTPStatus.SEE_OTHER
        return response
    return render(request, "messages/stop_reminders.html", {"reference": stored, "done": "done" in request.GET})


def _opened(mail_id: int) -> mailbox.Opened:
    found = mailbox.opened(mail_id)
    if found is None:
        raise Http404
    return found


def _safe(name: str) -> str:
    return "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "_" for c in name)[:100]
