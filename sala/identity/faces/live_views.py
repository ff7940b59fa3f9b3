"""What the camera of a page asks for while it is live, and the page on which anybody can try it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from sala.identity.accounts.actor import Actor
from sala.identity.accounts.requests import actor_of, require_account
from sala.identity.faces import challenges, live_words, services
from sala.identity.faces.advice import Advice
from sala.kit import ratelimit
from sala.kit.errors import Fault, Invalid, NotFound, SalaError
from sala.kit.text import Text

LOOKS_A_MINUTE = 60
CHALLENGES_AN_HOUR = 40
TRIES_A_DAY = 60
SMALL = 300_000
"""Bytes of a picture that the camera sends to be judged while it is live."""

_NO_PICTURE = Text(th="โปรดถ่ายภาพหรือเลือกไฟล์ภาพ", en="Take a picture, or choose a file")


@require_POST
@require_account
def look(request: HttpRequest) -> JsonResponse:
    """How good the picture in `picture` is: `{"ok": …, "advice": […]}`. Nothing is kept."""
    try:
        ratelimit.hit(f"faces.look:{actor_of(request).label}", LOOKS_A_MINUTE, 60)
        told = services.look(_small(request), frame=True)
    except SalaError as error:
        return _refused(error)
    return JsonResponse({"ok": told.ok, "advice": [str(one.text) for one in told.advice]})


@require_POST
@require_account
def challenge(request: HttpRequest) -> JsonResponse:
    """A challenge for this session: its id, and what to do, in order, in the page's language."""
    by = actor_of(request)
    try:
        ratelimit.hit(f"faces.challenge:{by.label}", CHALLENGES_AN_HOUR, 3600)
        asked = challenges.begin(session=challenges.session_of(by))
    except SalaError as error:
        return _refused(error)
    steps = [{"step": step, "text": str(live_words.STEPS[step])} for step in asked.steps]
    return JsonResponse({"id": str(asked.id), "steps": steps, "expires_at": asked.expires_at.isoformat()})


@require_http_methods(["GET", "HEAD", "POST"])
@require_account
def try_(request: HttpRequest) -> HttpResponse:
    """Whether one's camera does: a picture, or the movements. Nothing of it is kept or compared."""
    mode = "movements" if request.GET.get("what") == "movements" else "picture"
    if request.method != "POST":
        return _page(request, mode)
    try:
        ratelimit.hit(f"faces.try:{actor_of(request).label}", TRIES_A_DAY, 86_400)
        passed, advice = (_movements if mode == "movements" else _picture)(request, actor_of(request))
    except Invalid as error:
        return _page(request, mode, status=422, faults=[Fault("camera", one.code, one.message) for one in error.faults])
    except SalaError as error:
        return _page(request, mode, status=error.status, faults=[Fault("camera", error.code, error.message)])
    return _page(request, mode, tried=True, passed=passed, advice=advice)


def _picture(request: HttpRequest, _: Actor) -> tuple[bool, list[Advice]]:
    told = services.look(read(request, "portrait"))
    return told.ok, told.advice


def _movements(request: HttpRequest, by: Actor) -> tuple[bool, list[Advice]]:
    asked, session = challenge_in(request), challenges.session_of(by)
    told = challenges.answer(challenge=asked, session=session, frames=frames_in(request))
    challenges.forget(challenge=asked, session=session)
    return told.passed, told.advice


def read(request: HttpRequest, name: str) -> bytes:
    """The picture in that field of the form. Raises Invalid where there is none."""
    file = request.FILES.get(name)
    if file is None:
        raise Invalid([Fault(name, "missing", _NO_PICTURE)])
    return bytes(file.read())


def challenge_in(request: HttpRequest, name: str = "challenge") -> UUID:
    """Which challenge the form answers. Raises NotFound."""
    try:
        return UUID(request.POST.get(name, ""))
    except ValueError:
        raise NotFound from None


def frames_in(request: HttpRequest, name: str = "frames") -> list[bytes]:
    """The frames in the form, in their order; not more, and no larger, than shows that they are too many or large."""
    files = request.FILES.getlist(name)[: challenges.MOST + 1]
    return [file.read(challenges.LARGEST + 1) for file in files]


def _small(request: HttpRequest) -> bytes:
    file = request.FILES.get("picture")
    if file is None or (file.size or 0) > SMALL:
        raise Invalid([Fault("picture", "missing", _NO_PICTURE)])
    return bytes(file.read())


def _refused(error: SalaError) -> JsonResponse:
    message = error.faults[0].message
    return JsonResponse({"code": error.code, "message": str(message)}, status=error.status)


def _page(request: HttpRequest, mode: str, *, status: int = 200, **context: Any) -> HttpResponse:
    return render(request, "faces/try.html", {"mode": mode, "nav": "id", **context}, status=status)
