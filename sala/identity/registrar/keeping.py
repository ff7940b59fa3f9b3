"""The pages on which an officer changes the register: one form an act, and what came in between."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from sala.identity.accounts.requests import actor_of, require_officer
from sala.identity.accounts.views import see
from sala.identity.directory.queries import OfficeCard
from sala.identity.people import births, proposing, services
from sala.identity.people import queries as people
from sala.identity.people.queries import PersonCard
from sala.identity.registrar import acts, always, forms, presenters, words
from sala.identity.registrar.handles import handle, person
from sala.identity.registrar.permissions import check_keeps
from sala.identity.registrar.views import form, look, page
from sala.kit.errors import Conflict, Fault, Forbidden, Invalid, NotFound, SalaError


@form
@require_officer
def change(request: HttpRequest, word: str, act: str) -> HttpResponse:
    """Record one act of somebody. The form carries the version that it was opened with."""
    by = actor_of(request)
    office = check_keeps(by)
    card = person(word, by)
    if act not in acts.ACTS or (card.died_on and act != "details"):
        raise NotFound
    names = _fields(card, act)
    if request.method != "POST":
        look(request, card, office)
        since = "" if always.asked(card, act) else forms.today()
        typed = forms.shown(people.typed(people.stored(card)), names) | {"effective_on": since}
        return _form(request, card, act, typed=typed)
    typed, meant, faults = forms.read(request.POST, names)
    meanwhile: list[presenters.Line] = []
    faults += [] if faults else _missing(meant, act)
    faults += [] if faults else always.faults(card, act, meant)
    if not faults:
        try:
            return see(f"{reverse('registrar:entry', args=[word])}{_record(request, card, meant, act)}")
        except services.ChangedMeanwhile as error:
            meanwhile = presenters.lines(error.since)
            faults = error.faults
        except (Invalid, Conflict, Forbidden) as error:
            faults = error.faults
    return _form(request, card, act, typed=typed, faults=faults, meanwhile=meanwhile)


def _record(request: HttpRequest, card: PersonCard, meant: Mapping[str, Any], act: str) -> str:
    """Make the change; or propose it, where it takes two officers. What the entry then says, as its query."""
    by = actor_of(request)
    given: dict[str, Any] = {"pid": card.pid, "changes": _changes(meant), "version": _version(request), "by": by}
    note = _note(meant, act, check_keeps(by))
    if always.asked(card, act) and meant["effective_on"] is None:
        given["changes"] = always.corrected(card, given["changes"])
        note["effective_on"] = always.day(card, given["changes"])
    if proposing.takes_two(card, given["changes"]):
        proposing.propose(**given, **note)
        return "?done=proposed"
    services.amend(**given, **note)
    return ""


def _fields(card: PersonCard, act: str) -> tuple[str, ...]:
    """What the form asks: a death says its own day, and only one that was recorded can be taken back."""
    if act == "details" and card.died_on:
        return ("died_on", *acts.ACTS["details"], *acts.NOTE)
    return (*acts.ACTS[act], *(acts.NOTE[:2] if act == "death" else acts.NOTE))


def _missing(meant: Mapping[str, Any], act: str) -> list[Fault]:
    """Everything that an act cannot do without, at once."""
    needed = {"reason": words.REASON_MISSING, "document": words.DOCUMENT_MISSING}
    needed |= {"died_on": words.DATE} if act == "death" else {}
    return [Fault(name, "missing", message) for name, message in needed.items() if not meant[name]]


def _changes(meant: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in meant.items() if name not in acts.NOTE}


def _note(meant: Mapping[str, Any], act: str, office: OfficeCard) -> dict[str, Any]:
    since = meant["died_on"] if act == "death" else meant["effective_on"]
    return {"reason": meant["reason"], "document": meant["document"], "effective_on": since, "office": office.id}


def _version(request: HttpRequest) -> int:
    text = request.POST.get("version", "")
    return int(text) if text.isascii() and text.isdigit() else 0


def _form(
    request: HttpRequest,
    card: PersonCard,
    act: str,
    *,
    typed: Mapping[str, str],
    faults: list[Fault] | None = None,
    meanwhile: list[presenters.Line] | None = None,
) -> HttpResponse:
    status = 409 if meanwhile else 422 if faults else 200
    context: dict[str, Any] = {
        "card": card,
        "show": presenters,
        "act": act,
        "title": words.ACTS[act],
        "widgets": forms.widgets(_fields(card, act), typed, faults or [], always=always.asked(card, act)),
        "faults": faults or [],
        "meanwhile": meanwhile,
        "version": people.version(card.id) if request.method != "POST" or meanwhile else _version(request),
        "back": reverse("registrar:entry", args=[handle(card, actor_of(request))]),
    }
    return page(request, "change", status=status, **context)


@form
@require_officer
def birth(request: HttpRequest) -> HttpResponse:
    """Enter a child, who is given a number."""
    by = actor_of(request)
    office = check_keeps(by)
    names = (*acts.BIRTH, "document")
    typed, meant, faults = forms.read(request.POST, names)
    if request.method != "POST":
        return _asked(request, "birth", names, typed, [])
    if not meant["document"]:
        faults.append(Fault("document", "missing", words.DOCUMENT_MISSING))
    if not faults:
        document = meant.pop("document")
        try:
            card = births.register(
                person=meant, by=by, office=office.id, area=_area(office), reason=str(words.BIRTH.th), document=document
            )
            return see(reverse("registrar:entry", args=[handle(card, by)]))
        except SalaError as error:
            faults = error.faults
    return _asked(request, "birth", names, typed, faults)


@form
@require_officer
def house(request: HttpRequest) -> HttpResponse:
    """Enter a house, in the province of the office."""
    by = actor_of(request)
    office = check_keeps(by)
    typed, meant, faults = forms.read(request.POST, acts.HOUSE)
    if request.method == "POST":
        try:
            code = meant.pop("house_id")
            services.register_house(code=code, address=meant, by=by)
            return page(request, "house_done", code=code)
        except Invalid as error:
            faults = error.faults
        except SalaError as error:
            faults = [Fault("house_id", error.code, error.message)]
    return _asked(request, "house", acts.HOUSE, typed, faults, province=office.province)


def _asked(
    request: HttpRequest,
    template: str,
    names: tuple[str, ...],
    typed: Mapping[str, str],
    faults: list[Fault],
    *,
    province: int | None = None,
) -> HttpResponse:
    drawn = forms.widgets(names, typed, faults, province=province)
    return page(request, template, status=422 if faults else 200, widgets=drawn, faults=faults)


def _area(office: OfficeCard) -> int:
    """The district in whose name numbers are given: the office's own."""
    return int(office.slug.rpartition("-")[2][:4]) if office.slug[-4:].isdigit() else (office.province or 10) * 100 + 1
