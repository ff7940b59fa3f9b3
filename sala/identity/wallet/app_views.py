"""What makes the pages below /id/ an app that a phone can install: its manifest, its worker, its page without a net."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from sala.kit.text import language

_WORKER = Path(__file__).parent / "static" / "wallet" / "worker.js"


@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    """The app's name and icons, in the language of the page that named it (`?lang=`)."""
    home = reverse("wallet:home")
    told = {
        "id": home,
        "start_url": home,
        "scope": home,
        "name": gettext("My ID – Sala"),
        "short_name": gettext("My ID"),
        "description": gettext("Sign in to services with your phone, and see who asks what of you."),
        "lang": language(),
        "dir": "ltr",
        "display": "standalone",
        "background_color": "#fbf8f2",
        "theme_color": "#083a3f",
        "icons": [_icon(size, purpose) for size in (192, 512) for purpose in ("any", "maskable")],
    }
    response = HttpResponse(json.dumps(told, ensure_ascii=False), content_type="application/manifest+json")
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response


def _icon(size: int, purpose: str) -> dict[str, str]:
    name = f"web/icon-{size}.png" if purpose == "any" else f"web/icon-maskable-{size}.png"
    return {"src": static(name), "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}


@require_safe
def service_worker(request: HttpRequest) -> HttpResponse:
    """The worker, at an address below /id/ so that it may see to these pages and to no others.

    The addresses of its few files are put before it: they change with every version, and the worker with them.
    """
    files = [static(f"web/{name}") for name in ("sala.css", "wallet.css", "logo.svg")]
    words = {"offline": reverse("wallet:offline"), "files": files, "icon": static("web/icon-192.png")}
    words |= {"home": reverse("wallet:home"), "request": reverse("wallet:home") + "requests/"}
    script = f"const SALA = {json.dumps(words)};\n{_worker()}"
    response = HttpResponse(script, content_type="text/javascript; charset=utf-8")
    response.headers["Cache-Control"] = "no-cache"
    return response


@cache
def _worker() -> str:
    return _WORKER.read_text()


@require_safe
def offline(request: HttpRequest) -> HttpResponse:
    """What the app shows without a net. The worker keeps it; it is the same for everybody."""
    return render(request, "wallet/offline.html")
