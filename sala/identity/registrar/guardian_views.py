"""The desk's pages about guardians: who acts for somebody, recording it, ending it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from sala.identity.accounts.actor import Actor
from sala.identity.accounts.requests import actor_of, require_officer
from sala.identity.accounts.views import see
from sala.identity.people import guardian_words, guardians
from sala.identity.people import queries as people
from sala.identity.people.guardians import Kept, Wish
from sala.identity.people.queries import PersonCard
from sala.identity.registrar import finding, guardian_forms, presenters, words
from sala.identity.registrar.handles import handle, person
from sala.identity.registrar.permissions import check_keeps
from sala.identity.registrar.views import form, look, page
from sala.kit import clock
from sala.kit.errors import Fault, Invalid, NotFound, SalaError


@dataclass(frozen=True, slots=True)
class Shown:
    """One guardianship as the page of one of the two draws it: `name` and `entry` are the other's."""

    id: int
    name: str
    entry: str
    ground: str
    document: str
    since: date
    until: str
    over: str
    """Why it holds no more; empty while it does."""
    reason: str
    acts_for: bool
    """Whether the other one acts for whose page it is."""


@require_safe
@require_officer
def listed(request: HttpRequest, word: str) -> HttpResponse:
    """Who acts for somebody, for whom they act, and what was; and the parents whom the register would have."""
    by = actor_of(request)
    card = person(word, by)
    look(request, card, check_keeps(by))
    rows = [_shown(one, card, by) for one in guardians.ever(card.id)]
    context: dict[str, Any] = {
        "guardians": [row for row in rows if row.acts_for and not row.over],
        "wards": [row for row in rows if not row.acts_for and not row.over],
        "over": [row for row in rows if row.over],
        "proposed": [(which, presenters.name(parent)) for which, parent in _proposed(card).items()],
        "may_record": not card.died_on,
    }
    return page(request, "guardians", **_about(card, word), **context)


def _about(card: PersonCard, word: str) -> dict[str, Any]:
    return {"card": card, "word": word, "show": presenters}


def _shown(one: Kept, card: PersonCard, by: Actor) -> Shown:
    acts_for = one.ward == card.id
    other = people.by_id(one.guardian if acts_for else one.ward)
    assert other  # noqa: S101 - people are never deleted
    return Shown(
        one.id, presenters.name(other), reverse("registrar:entry", args=[handle(other, by)]),
        str(guardian_words.GROUNDS[one.ground]), one.document, one.since, guardian_forms.meant_until(one.until),
        _over(one, card, other), one.end_reason, acts_for,
    )  # fmt: skip


def _over(one: Kept, card: PersonCard, other: PersonCard) -> str:
    if one.ended_at:
        return str(words.ENDS["ended"])
    if card.died_on or other.died_on:
        return str(words.ENDS["death"])
    return str(words.ENDS["ran_out"]) if one.until < clock.today() else ""


def _proposed(card: PersonCard) -> dict[str, PersonCard]:
    """Each parent who could be recorded, by what they are to the child."""
    return {"mother" if one.pid == card.mother_pid else "father": one for one in guardians.proposed(card)}


@form
@require_officer
def new(request: HttpRequest, word: str) -> HttpResponse:
    """Record who acts for somebody: first it is shown whom the number names, then it is recorded."""
    by = actor_of(request)
    office = check_keeps(by)
    card = person(word, by)
    if card.died_on:
        raise NotFound
    if request.method != "POST":
        look(request, card, office)
        parent = _proposed(card).get(request.GET.get("parent", ""))
        return _form(request, card, word, guardian_forms.proposal(card, parent) if parent else {}, [])
    typed, meant, faults = guardian_forms.read(request.POST)
    other = None if faults else _named(meant["pid"], request)
    if other is None:
        return _form(request, card, word, typed, faults or [Fault("pid", "nobody", words.NOBODY_BY_NUMBER)])
    wish = Wish(other.id, card.id, meant["ground"], meant["document"], meant["since"], meant["until"], meant["adopted"])
    try:
        if request.POST.get("sure") == "yes":
            guardians.record(wish, by=by)
            return see(reverse("registrar:guardians", args=[word]))
        last = guardians.examine(wish, by=by)
    except Invalid as error:
        return _form(request, card, word, typed, [_at(fault) for fault in error.faults])
    except SalaError as error:
        return _form(request, card, word, typed, error.faults)
    sure: dict[str, Any] = {"acting": other, "typed": typed, "wish": wish, "until": guardian_forms.meant_until(last)}
    ground = guardian_words.GROUNDS[wish.ground]
    return page(request, "guardian_sure", **_about(card, word), **sure, ground=ground, names=guardian_forms.NAMES)


def _named(pid: str, request: HttpRequest) -> PersonCard | None:
    """Whom the number names: counted and told as any look-up, for their name is shown."""
    by = actor_of(request)
    finding.count(by)
    other = people.by_pid(pid)
    if other:
        look(request, other, check_keeps(by))
    return other


def _at(fault: Fault) -> Fault:
    return Fault("pid", fault.code, fault.message) if fault.field == "guardian" else fault


def _form(
    request: HttpRequest, card: PersonCard, word: str, typed: dict[str, str], faults: list[Fault]
) -> HttpResponse:
    drawn = guardian_forms.widgets(card, typed, faults)
    status = 422 if faults else 200
    return page(request, "guardian_new", status=status, widgets=drawn, faults=faults, **_about(card, word))


@form
@require_officer
def end(request: HttpRequest, word: str, number: int) -> HttpResponse:
    """End a guardianship before its day, with a reason."""
    by = actor_of(request)
    check_keeps(by)
    card = person(word, by)
    one = guardians.one(number)
    if one is None or card.id not in {one.guardian, one.ward} or one.ended_at:
        raise NotFound
    faults: list[Fault] = []
    typed = request.POST.get("reason", "")[:300]
    if request.method == "POST":
        try:
            guardians.end(guardianship=number, reason=typed, by=by)
            return see(reverse("registrar:guardians", args=[word]))
        except SalaError as error:
            faults = error.faults
    context: dict[str, Any] = {"one": _shown(one, card, by), "typed": typed, "faults": faults}
    return page(request, "guardian_end", status=422 if faults else 200, **_about(card, word), **context)
