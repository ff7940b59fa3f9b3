"""Who reads a request's page: its applicant signed in, or the holder of its key or of its number and e-mail address."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from sala.engine.cases import queries
from sala.engine.cases.keys import key_of
from sala.engine.cases.models import Case
from sala.identity.accounts.actor import Actor
from sala.identity.accounts.requests import actor_of
from sala.kit.errors import NotFound
from sala.kit.ids import normal_reference

COOKIE = "sala_cases"
SHORT = timedelta(hours=2)
MOST_HELD = 12
_SALT = "sala.cases"


@dataclass(frozen=True, slots=True)
class Reader:
    """A case and in what role its reader acts on it. `by_key`: without a sign-in; `whole`: sees the answers."""

    case: Case
    by: Actor
    by_key: bool
    whole: bool


def reader(request: HttpRequest, reference: str) -> Reader:
    """The case of this number for whoever may see it. Raises NotFound."""
    by = actor_of(request)
    try:
        return Reader(queries.case_for_applicant(reference=reference, by=by), by, by_key=False, whole=True)
    except NotFound:
        stored = normal_reference(reference) or ""
        held = _held(request).get(stored)
        if held is None:
            raise
    case = queries.case_by_key(reference=stored, key=held["key"])
    whole = bool(held["whole"])
    actor = Actor(kind="key", id=case.reference) if whole else by
    return Reader(case, actor, by_key=True, whole=whole)


def hold(request: HttpRequest, response: HttpResponse, case: Case, *, whole: bool) -> None:
    """Remember for two hours that this browser may see the case: so no key need stand in an address.

    `whole` with the key of the acknowledgement; without it (number and e-mail address, which others may know)
    the status alone, never the answers.
    """
    mine = {"key": key_of(case.id, case.key_version), "whole": whole, "by": actor_of(request).label}
    others = [(name, value) for name, value in _held(request).items() if name != case.reference]
    held = dict([(case.reference, mine), *others][:MOST_HELD])
    response.set_cookie(
        COOKIE,
        signing.dumps(held, salt=_SALT, compress=True),
        max_age=int(SHORT.total_seconds()),
        httponly=True,
        samesite="Lax",
        secure=settings.SECURE_COOKIES,
    )


def _held(request: HttpRequest) -> dict[str, dict[str, Any]]:
    try:
        held = signing.loads(request.COOKIES.get(COOKIE, ""), salt=_SALT, max_age=SHORT)
    except signing.BadSignature:
        return {}
    # What was opened while signed in is closed by the sign-out, for whoever uses the browser next.
    by = actor_of(request).label
    return {reference: opened for reference, opened in held.items() if opened["by"] == by}
