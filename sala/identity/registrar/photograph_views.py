"""A person's photograph and fingers: opened only when asked for, each look told to the person, none kept by a cache."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from sala.identity.accounts.actor import Actor
from sala.identity.accounts.requests import actor_of, private, require_officer
from sala.identity.accounts.views import see
from sala.identity.faces import services as faces
from sala.identity.faces.advice import Advice
from sala.identity.faces.client import Away, Busy
from sala.identity.people import biometrics, sealing
from sala.identity.people import queries as people
from sala.identity.people.biometrics import Kept
from sala.identity.people.queries import PersonCard
from sala.identity.people.words import OWN_ENTRY
from sala.identity.registrar import presenters, words
from sala.identity.registrar.handles import person
from sala.identity.registrar.permissions import check_keeps
from sala.identity.registrar.views import form, page
from sala.kit import audit
from sala.kit.errors import Fault, Forbidden, Invalid, NotFound

_LARGEST = 10_000_000


@form
@require_officer
def photograph(request: HttpRequest, word: str) -> HttpResponse:
    """The photograph behind a button; another one in its place, with advice; and which fingers there are."""
    by = actor_of(request)
    check_keeps(by)
    card = person(word, by)
    faults: list[Fault] = []
    advice: list[Advice] = []
    if request.method == "POST":
        try:
            advice = _replace(request, card, by)
            if not advice:
                return see(f"{reverse('registrar:photograph', args=[word])}?done=kept")
        except Invalid as error:
            faults = error.faults
    return _page(request, card, word, faults=faults, advice=advice)


def _replace(request: HttpRequest, card: PersonCard, by: Actor) -> list[Advice]:
    """Keep the posted picture; or what to do better, and nothing is kept."""
    _check_not_own(card, by)
    file = request.FILES.get("picture")
    if file is None or isinstance(file, list) or (file.size or 0) > _LARGEST:
        raise Invalid([Fault("picture", "missing", words.PICTURE_MISSING)])
    data = _cleaned(bytes(file.read()))
    if request.POST.get("anyway") != "yes":
        with suppress(Away, Busy):
            if advice := list(faces.look(data).advice):
                return advice
    biometrics.keep_photograph(person=card.id, data=data, by=by)
    return []


def _cleaned(data: bytes) -> bytes:
    """By a worker; where none answers, here, so that the register can still be kept."""
    with suppress(Away, Busy):
        return faces.cleaned(data)
    return faces.cleaned_here(data)


@require_safe
@require_officer
def picture(request: HttpRequest, word: str) -> HttpResponse:
    """The photograph itself."""
    by = actor_of(request)
    office = check_keeps(by)
    card = person(word, by)
    found = _opened(card)
    if found is None:
        raise NotFound
    audit.record(by.label, "person.photograph_viewed", f"person:{card.id}", {"office": office.id})
    response = HttpResponse(found.data, content_type=found.media_type)
    response.headers["X-Content-Type-Options"] = "nosniff"
    return private(response)


@form
@require_officer
def fingers(request: HttpRequest, word: str) -> HttpResponse:
    """One finger's record (ISO/IEC 19794-2) as a file, with the reason why it is given out."""
    by = actor_of(request)
    office = check_keeps(by)
    card = person(word, by)
    if request.method != "POST":
        return see(reverse("registrar:photograph", args=[word]))
    reason, chosen = request.POST.get("reason", "").strip(), request.POST.get("finger", "")
    found = next((one for one in _fingers(card) if str(one.finger) == chosen), None)
    faults = [] if reason else [Fault("reason", "missing", words.EXPORT_REASON)]
    if found is None:
        faults.append(Fault("finger", "missing", words.FINGER_MISSING))
    if found is None or faults:
        return _page(request, card, word, faults=faults, advice=[])
    told = {"office": office.id, "finger": found.finger, "reason": reason}
    audit.record(by.label, "person.finger_exported", f"person:{card.id}", told)
    response = HttpResponse(found.data, content_type=found.media_type)
    response.headers["Content-Disposition"] = f'attachment; filename="finger-{found.finger}.fmr"'
    return private(response)


def _page(
    request: HttpRequest, card: PersonCard, word: str, *, faults: list[Fault], advice: list[Advice]
) -> HttpResponse:
    kept = [one.finger for one in _fingers(card)]
    context: dict[str, Any] = {
        "card": card,
        "word": word,
        "show": presenters,
        "shown": request.GET.get("show") == "yes",
        "has": _opened(card) is not None,
        "fingers": [(number, words.FINGERS[number]) for number in kept],
        "faults": faults,
        "advice": advice,
        "typed": request.POST.get("reason", ""),
        "said": words.PHOTOGRAPH_KEPT if request.GET.get("done") == "kept" else None,
    }
    return page(request, "photograph", status=422 if faults or advice else 200, **context)


def _check_not_own(card: PersonCard, by: Actor) -> None:
    own = people.of_account(by.account_id) if by.account_id else None
    if own and own.person.id == card.id:
        raise Forbidden(OWN_ENTRY)


def _opened(card: PersonCard) -> Kept | None:
    with suppress(sealing.SealedError):
        return biometrics.photograph(card.id)
    return None


def _fingers(card: PersonCard) -> list[Kept]:
    with suppress(sealing.SealedError):
        return biometrics.fingers(card.id)
    return []
