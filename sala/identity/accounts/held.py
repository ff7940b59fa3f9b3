"""What a browser may open for two hours without a sign-in, because it once showed the key from a letter.

So no key need stand in an address, a history or a log. One signed cookie holds it all, whatever it is that the keys
open: `kind` keeps the numbers of requests and of visits apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from sala.identity.accounts.requests import actor_of

COOKIE = "sala_held"
SHORT = timedelta(hours=2)
MOST_HELD = 12
_SALT = "sala.held"


@dataclass(frozen=True, slots=True)
class Held:
    """A key that was shown. `whole`: it came from a letter; without, the number and e-mail address were known."""

    key: str
    whole: bool


def held(request: HttpRequest, kind: str, reference: str) -> Held | None:
    """The key that this browser showed for one thing; None if it showed none, or somebody else signed in since."""
    opened = _opened(request).get(f"{kind}:{reference}")
    return Held(opened["key"], bool(opened["whole"])) if opened else None


def hold(request: HttpRequest, response: HttpResponse, kind: str, reference: str, held: Held) -> None:
    """Remember in the browser that gets `response` that it showed this key; the oldest of many is forgotten."""
    name = f"{kind}:{reference}"
    mine = {"key": held.key, "whole": held.whole, "by": actor_of(request).label}
    others = [(known, opened) for known, opened in _opened(request).items() if known != name]
    response.set_cookie(
        COOKIE,
        signing.dumps(dict([(name, mine), *others][:MOST_HELD]), salt=_SALT, compress=True),
        max_age=int(SHORT.total_seconds()),
        httponly=True,
        samesite="Lax",
        secure=settings.SECURE_COOKIES,
    )


def _opened(request: HttpRequest) -> dict[str, dict[str, Any]]:
    try:
        opened = signing.loads(request.COOKIES.get(COOKIE, ""), salt=_SALT, max_age=SHORT)
    except signing.BadSignature:
        return {}
    # What was opened while signed in is closed by the sign-out, for whoever uses the browser next.
    by = actor_of(request).label
    return {name: one for name, one in opened.items() if one["by"] == by}
