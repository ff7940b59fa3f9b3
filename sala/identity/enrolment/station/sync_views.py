"""The station without connection: its page and its worker, the same for everybody; and where its records come in."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from sala.identity.accounts.requests import private, require_officer
from sala.identity.enrolment import envelopes, syncing
from sala.identity.enrolment.envelopes import Envelope
from sala.identity.enrolment.station import words
from sala.identity.enrolment.station.pages import seat
from sala.identity.registrar import finding
from sala.kit.errors import SalaError
from sala.kit.text import Text, language

_WORKER = Path(__file__).parent.parent / "static" / "enrolment" / "station-worker.js"
_MALFORMED = Text(th="รูปแบบรายการไม่ถูกต้อง", en="This is not a record of a station")


@require_http_methods(["GET", "HEAD", "POST"])
@require_officer
def sync(request: HttpRequest) -> HttpResponse:
    """GET: the key to seal for, and what else a page needs before it sends. POST: one record; what became of it."""
    at = seat(request)
    if request.method != "POST":
        key = envelopes.public_key()
        told = {"key": key.key, "point": key.point, "csrf": get_token(request), "word": syncing.word(at.by)}
        return private(JsonResponse(told))
    try:
        envelope = msgspec.json.decode(request.body, type=Envelope)
    except msgspec.MsgspecError:
        return _error(422, _MALFORMED)
    try:
        finding.count(at.by)
        answer = syncing.enter(envelope, office=at.office, by=at.by)
    except SalaError as error:
        return _error(error.status, error.message)
    why = [str(words.WHY[key]) for key in answer.why]
    url = reverse("station:go", args=[answer.id]) if answer.state != "kept" else ""
    return private(JsonResponse({"id": str(answer.id), "state": answer.state, "why": why, "url": url}))


def _error(status: int, message: Text) -> HttpResponse:
    return private(JsonResponse({"error": str(message)}, status=status))


@require_safe
def away(request: HttpRequest) -> HttpResponse:
    """The station's page for when there is no connection. The worker keeps it; it is the same for everybody."""
    key = envelopes.public_key()
    response = render(request, "station/away.html", {"nav": "desk", "key": key, "states": words.STATES})
    response.headers["Cache-Control"] = "no-cache"
    return response


@require_safe
def service_worker(request: HttpRequest) -> HttpResponse:
    """The worker, at an address below the station so that it may see to these pages and to no others."""
    script = f"const SALA = {json.dumps(_kept())};\n{_worker()}"
    response = HttpResponse(script, content_type="text/javascript; charset=utf-8")
    response.headers["Cache-Control"] = "no-cache"
    return response


def _kept() -> dict[str, Any]:
    names = ["web/sala.css", "web/sala.js", "web/logo.svg", "web/favicon.svg", *_FILES, *_fonts()]
    home = reverse("station:home")
    return {
        "home": home,
        "away": f"{reverse('station:away')}?lang={language()}",
        "files": [static(name) for name in names],
    }


_FILES = ("enrolment/station.css", "enrolment/station.js", "faces/camera.css", "faces/camera.js")


def _fonts() -> list[str]:
    return [f"web/fonts/sarabun-{part}.woff2" for part in ("thai-400", "thai-700", "latin-400", "latin-700")]


@cache
def _worker() -> str:
    return _WORKER.read_text()
