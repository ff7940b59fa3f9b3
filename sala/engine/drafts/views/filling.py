"""One page of a form at a time."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import quote
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from sala.engine.cases import attachments
from sala.engine.catalogue import queries as catalogue
from sala.engine.catalogue.loaded import Loaded
from sala.engine.drafts import content as contents
from sala.engine.drafts import services
from sala.engine.drafts.access import language_of, with_draft
from sala.engine.drafts.content import Content, Part, Place
from sala.engine.drafts.models import Draft
from sala.engine.drafts.views import visit
from sala.kit.errors import Fault, Invalid, NotFound


@require_safe
@with_draft
def resume(request: HttpRequest, draft: Draft) -> HttpResponse:
    """Go on where something is still to be filled in."""
    if draft.submitted_at is not None:
        return HttpResponseRedirect(reverse("drafts:done", args=[draft.id]))
    service = catalogue.current(draft.service)
    content = contents.read(draft.content)
    if first := visit.next_address(draft, service, content):
        return HttpResponseRedirect(first)
    return HttpResponseRedirect(address(draft, contents.next_place(service, content)))


@require_http_methods(["GET", "HEAD", "POST"])
@with_draft
def part(request: HttpRequest, draft: Draft, key: str) -> HttpResponse:
    """A page that is shared by all, or the list of a group."""
    service = catalogue.current(draft.service)
    if key in service.groups:
        return _list(request, draft, service, Place(group=key))
    return _page(request, draft, service, Place(page=key))


@require_http_methods(["GET", "HEAD", "POST"])
@with_draft
def entry_page(request: HttpRequest, draft: Draft, group: str, number: int, page: str) -> HttpResponse:
    """A page about one person (or thing) of a group."""
    return _page(request, draft, catalogue.current(draft.service), Place(page, group, number))


@require_http_methods(["GET", "HEAD", "POST"])
@with_draft
def remove(request: HttpRequest, draft: Draft, group: str, number: int) -> HttpResponse:
    """Take somebody off the list, after asking."""
    service = catalogue.current(draft.service)
    content = contents.read(draft.content)
    place = Place(group=group)
    if request.method == "POST":
        services.remove_entry(draft=draft.id, group=group, number=number, was=request.POST.get("was", ""))
        return HttpResponseRedirect(address(draft, place), status=303)
    entry = contents.part_at(content, Place("-", group, number)) if group in service.groups else None
    if entry is None:
        raise NotFound
    context = {
        "group": service.groups[group],
        "label": contents.label_of(service, entry, group),
        "number": number,
        "was": services.entry_mark(entry),
        "back": address(draft, place),
    }
    return render(request, "drafts/remove.html", context)


@require_safe
@with_draft
def attached(request: HttpRequest, draft: Draft, attachment: UUID) -> HttpResponse:
    """A file of the draft, to look at again: always as a download."""
    file = attachments.read_of_draft(draft=draft.id, attachment=attachment)
    return HttpResponse(
        file.content,
        content_type=file.media_type,
        headers={
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(file.name)}",
            "Content-Security-Policy": "sandbox",
        },
    )


def address(draft: Draft, place: Place | None) -> str:
    """Where a place of the draft stands; of none, the page to check all answers."""
    if place is None:
        return reverse("drafts:check", args=[draft.id])
    if place.is_list:
        return reverse("drafts:part", args=[draft.id, place.group])
    if place.group:
        return reverse("drafts:entry_page", args=[draft.id, place.group, place.number, place.page])
    return reverse("drafts:part", args=[draft.id, place.page])


def _page(request: HttpRequest, draft: Draft, service: Loaded, place: Place) -> HttpResponse:
    if draft.submitted_at is not None and request.method != "POST":
        return HttpResponseRedirect(reverse("drafts:done", args=[draft.id]))
    content = contents.read(draft.content)
    found = contents.part_at(content, place)
    page = service.pages.get(place.page)
    if found is None or page is None or page.told or (page.group or "") != place.group:
        raise NotFound
    if request.method == "POST":
        return _save(request, draft, service, place)
    typed, faults = _as_it_stands(service, content, found, place)
    if request.GET.keys() & {"find", "more"}:
        faults = []
    return _draw(request, draft, service, content, place, typed=typed, faults=faults)


def _as_it_stands(service: Loaded, content: Content, found: Part, place: Place) -> tuple[dict[str, str], list[Fault]]:
    """What the page is filled with, and what is wrong with it if it was saved before."""
    language = language_of()
    key = place.page
    if key not in found.answers:
        return service.typed(key, {key: found.offered.get(key, {})}, language), []
    typed = found.typed.get(key) or service.typed(key, found.answers, language)
    answers = contents.answers_at(content, place)
    _, wrong = services.judged(service, content, place, typed, answers=answers, language=language)
    return typed, services.with_refused(found.refused.get(key, ()), wrong)


def _save(request: HttpRequest, draft: Draft, service: Loaded, place: Place) -> HttpResponse:
    if "drop" in request.POST:
        services.drop_file(draft=draft.id, place=place, key=request.POST["drop"])
        return HttpResponseRedirect(address(draft, place), status=303)
    posted = services.Posted(
        fields=request.POST.dict(),
        files={name: file for name, file in request.FILES.items() if not isinstance(file, list)},
        was=request.POST.get("was", ""),
        find="find" in request.POST,
    )
    try:
        faults = services.save_page(draft=draft.id, place=place, posted=posted, language=language_of())
    except services.Changed:
        return _changed(request, draft.id, service, place)
    if posted.find:
        return HttpResponseRedirect(f"{address(draft, place)}?find#{request.POST['find']}-find", status=303)
    if faults and all(fault.code == "asked_now" for fault in faults):
        return HttpResponseRedirect(f"{address(draft, place)}?more#{service.anchor(faults[0])}", status=303)
    if faults:
        # To the page itself, which tells what is wrong with what was kept: the browser's Back then finds a page.
        return HttpResponseRedirect(address(draft, place), status=303)
    draft.refresh_from_db()
    after = contents.next_place(service, contents.read(draft.content), place)
    return HttpResponseRedirect(address(draft, after), status=303)


def _changed(request: HttpRequest, draft_id: UUID, service: Loaded, place: Place) -> HttpResponse:
    """Two tabs: what stands there now beside what was typed here, and a choice."""
    draft = Draft.objects.get(id=draft_id)
    content = contents.read(draft.content)
    language = language_of()
    values, _ = service.clean_page(
        place.page, request.POST.dict(), answers=contents.answers_at(content, place), language=language
    )
    mine = {**contents.answers_at(content, place), place.page: values}
    kept = [(name, value) for name, value in request.POST.items() if name not in {"csrfmiddlewaretoken", "was"}]
    context = {
        "page": service.pages[place.page],
        "theirs": service.rows(place.page, contents.answers_at(content, place), language),
        "mine": {row.path: row.text for row in service.rows(place.page, mine, language)},
        "fields": kept,
        "was": contents.fingerprint(content, place),
        "here": address(draft, place),
    }
    return render(request, "drafts/changed.html", context, status=409)


def _draw(
    request: HttpRequest,
    draft: Draft,
    service: Loaded,
    content: Content,
    place: Place,
    *,
    typed: dict[str, str],
    faults: list[Fault],
) -> HttpResponse:
    answers = contents.answers_at(content, place)
    page = service.pages[place.page]
    found = contents.part_at(content, place) or content
    context: dict[str, Any] = {
        "draft": draft,
        "hold": visit.strip(draft, content),
        "waiting": visit.waiting_at(content),
        "service": service.declaration,
        "page": page,
        "widgets": service.widgets(place.page, typed, answers=answers, faults=faults, language=language_of()),
        "files": {key: value for key, value in answers.get(place.page, {}).items() if _is_file(service, place, key)},
        "multipart": any(field.type == "file" for field in page.fields),
        "faults": faults,
        "anchors": {fault.field: service.anchor(fault) for fault in faults},
        "was": contents.fingerprint(content, place),
        "here": address(draft, place),
        "back": _back(draft, service, content, place),
        "progress": contents.progress(service, content, place),
        "whose": _whose(service, found, place),
        "everybody": _everybody(draft, content, place),
        "recalled_on": date.fromisoformat(content.recalled_on) if place.page in found.recalled else None,
        "known": not found.answers.get(place.page) and bool(found.offered.get(place.page)),
    }
    return render(request, "drafts/page.html", context)


def _is_file(service: Loaded, place: Place, key: str) -> bool:
    path = f"{place.page}.{key}"
    return service.has_field(path) and service.field(path).type == "file"


def _back(draft: Draft, service: Loaded, content: Content, place: Place) -> str:
    before = contents.place_before(service, content, place)
    if before:
        return address(draft, before)
    return visit.last_address(draft, service, content) or reverse("catalogue:service", args=[draft.service])


def _whose(service: Loaded, found: Part, place: Place) -> str:
    """`Person 2: Anna Schmidt` over the pages of a group; nothing where there is only one."""
    if not place.group:
        return ""
    label = contents.label_of(service, found, place.group)
    item = f"{service.groups[place.group].item} {place.number}"
    return f"{item}: {label}" if label else item


def _everybody(draft: Draft, content: Content, place: Place) -> str:
    """The list of a group, from the pages of one of several: who was added by mistake is removed there."""
    several = len(content.entries.get(place.group, ())) > 1
    return address(draft, Place(group=place.group)) if place.group and several else ""


def _list(request: HttpRequest, draft: Draft, service: Loaded, place: Place) -> HttpResponse:
    content = contents.read(draft.content)
    faults: list[Fault] = []
    if request.method == "POST":
        try:
            return _listed(request, draft, service, place)
        except Invalid as invalid:
            faults = invalid.faults
    entries = content.entries.get(place.group, [])
    context = {
        "draft": draft,
        "hold": visit.strip(draft, content),
        "service": service.declaration,
        "group": service.groups[place.group],
        "entries": [_entry(draft, service, content, place.group, number) for number in range(1, len(entries) + 1)],
        "faults": faults,
        "here": address(draft, place),
        "back": _back(draft, service, content, place),
        "recalled_on": date.fromisoformat(content.recalled_on) if content.recalled_on else None,
    }
    return render(request, "drafts/list.html", context, status=422 if faults else 200)


def _listed(request: HttpRequest, draft: Draft, service: Loaded, place: Place) -> HttpResponse:
    if "add" in request.POST:
        after = request.POST["add"]
        count = int(after) if len(after) < 4 and after.isascii() and after.isdigit() else 0
        number = services.add_entry(draft=draft.id, group=place.group, after=count)
        first = next(key for key, page in service.pages.items() if page.group == place.group)
        return HttpResponseRedirect(address(draft, Place(first, place.group, number)), status=303)
    services.settle(draft=draft.id, group=place.group)
    draft.refresh_from_db()
    if other := visit.for_other_number(request, draft, service):
        return other
    after_list = contents.next_place(service, contents.read(draft.content), place)
    return HttpResponseRedirect(address(draft, after_list), status=303)


def _entry(draft: Draft, service: Loaded, content: Content, group: str, number: int) -> dict[str, Any]:
    """One line of a group's list: its name, where to go on with it, whether it is whole."""
    mine = [place for place in contents.places(service, content) if place.group == group and place.number == number]
    open_one = next((place for place in mine if not contents.is_done(content, place)), None)
    part_ = contents.part_at(content, Place("-", group, number))
    return {
        "number": number,
        "label": contents.label_of(service, part_, group) if part_ else "",
        "whole": open_one is None,
        "href": address(draft, open_one or (mine[0] if mine else Place(group=group))),
    }
