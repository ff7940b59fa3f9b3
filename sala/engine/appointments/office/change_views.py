"""From a form to a change: what was typed, what it would do, done.

A form is sent, the page answers with what the change would do, and that answer's own button makes it. Nothing is
kept between the two but what the page carries.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from sala.engine.appointments.office import forms, overview, schedules, stored
from sala.engine.appointments.office.changes import Change, NewClosure
from sala.engine.appointments.office.schedules import Outdated
from sala.identity.accounts.actor import Actor
from sala.identity.directory import queries as directory
from sala.identity.directory.queries import OfficeCard
from sala.kit.errors import Fault, Invalid


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page on which something of an office is changed. `page` names its template; `done` what the office's own page
    says when it is made."""

    request: HttpRequest
    office: OfficeCard
    by: Actor
    page: str
    context: Mapping[str, Any]
    done: str = "changed"

    def form(self, typed: Mapping[str, str], faults: Sequence[Fault] = ()) -> HttpResponse:
        """What can be typed, with what is wrong in it."""
        context = {**self.context, "typed": typed, "faults": list(faults)}
        return render(self.request, f"appointments/desk/{self.page}.html", context, status=422 if faults else 200)

    def answer(self, read: forms.Read[Any]) -> HttpResponse:
        """What becomes of a form that was sent."""
        act = self.request.POST.get("do", "")
        if act == "edit" or read.change is None:
            return self.form(self._typed(), () if act == "edit" else read.faults)
        if stored.is_so(read.change):  # also what was made by this very form, sent twice
            return back(self.office, self.done if act == "make" else "same")
        return self.make(read.change) if act == "make" else self.preview(read.change)

    def preview(self, change: Change, outdated: Outdated | None = None) -> HttpResponse:
        """What the change would do, and the button that makes it."""
        try:
            touched = schedules.preview(change, by=self.by)
        except Invalid as invalid:
            return self.form(self._typed(), invalid.faults)
        context = {
            "closing": overview.closing_of(change) if isinstance(change, NewClosure) else None,
            **self.context,
            "page": self.page,
            "typed": self._typed(),
            "change": change,
            "touched": touched,
            "outdated": outdated.message if outdated else None,
            "service_name": overview.service_name,
            "office_name": lambda office: directory.office(office).name,
        }
        return render(self.request, "appointments/desk/preview.html", context, status=409 if outdated else 200)

    def make(self, change: Change) -> HttpResponse:
        """Make it, as it was looked at; look again where it would touch others now."""
        try:
            schedules.make(change, by=self.by, fingerprint=self.request.POST.get("fingerprint", ""))
        except Outdated as outdated:
            return self.preview(change, outdated)
        except Invalid as invalid:
            return self.form(self._typed(), invalid.faults)
        return back(self.office, self.done)

    def _typed(self) -> dict[str, str]:
        return forms.kept(self.request.POST.dict())


def back(office: OfficeCard, done: str) -> HttpResponseRedirect:
    """To the office's page, which says what was done."""
    return HttpResponseRedirect(reverse("offices:office", args=[office.slug]) + f"?done={done}", status=303)
