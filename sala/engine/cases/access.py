"""Who reads a request's page: its applicant signed in, or the holder of its key or of its number and e-mail address."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse

from sala.engine.cases import queries
from sala.engine.cases.keys import key_of
from sala.engine.cases.models import Case
from sala.identity.accounts import held
from sala.identity.accounts.actor import Actor
from sala.identity.accounts.held import Held
from sala.identity.accounts.requests import actor_of
from sala.kit.errors import NotFound
from sala.kit.ids import normal_reference

_KIND = "case"


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
        shown = held.held(request, _KIND, stored)
        if shown is None:
            raise
    case = queries.case_by_key(reference=stored, key=shown.key)
    actor = Actor(kind="key", id=case.reference) if shown.whole else by
    return Reader(case, actor, by_key=True, whole=shown.whole)


def hold(request: HttpRequest, response: HttpResponse, case: Case, *, whole: bool) -> None:
    """Remember for two hours that this browser may see the case: so no key need stand in an address.

    `whole` with the key of the acknowledgement; without it (number and e-mail address, which others may know)
    the status alone, never the answers.
    """
    held.hold(request, response, _KIND, case.reference, Held(key_of(case.id, case.key_version), whole))
