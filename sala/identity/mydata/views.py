"""Pages of what is held about oneself, who looked, and “this was not me”."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from sala.identity.accounts import disowning
from sala.identity.accounts.links import LinkGone
from sala.identity.accounts.requests import actor_of, private, require_account
from sala.identity.accounts.sessions import own_id
from sala.identity.accounts.views import forget_browser, see
from sala.identity.mydata import looks as looking
from sala.identity.mydata import permissions, reporting, sections
from sala.identity.people import queries as people
from sala.kit.errors import NotFound

form = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
@require_account
def home(request: HttpRequest) -> HttpResponse:
    """Every sort of data that is held about the person, and the ways to act on it."""
    by = actor_of(request)
    account = own_id(by)
    rows = [(one, one.count(account)) for one in sections.sections()]
    context: dict[str, Any] = {
        "held_rows": [row for row in rows if row[1]],
        "empty": [one for one, count in rows if not count],
        "person": people.of_account(account),
        "newest": looking.gathered(account, limit=3).looks,
        "handles": permissions.may_handle(by),
    }
    return page(request, "home", **context)


@require_safe
@require_account
def section(request: HttpRequest, key: str) -> HttpResponse:
    """One sort of data, record by record."""
    found = sections.section(key)
    if found is None:
        raise NotFound
    account = own_id(actor_of(request))
    count = found.count(account)
    return page(request, "section", section=found, items=found.items(account, sections.MOST), count=count)


@require_safe
@require_account
def looks(request: HttpRequest) -> HttpResponse:
    """Who looked, when, at what, why, by which law."""
    account = own_id(actor_of(request))
    choices = looking.choices(account)
    asked = request.GET.get("who", "")
    whose = asked if asked in {choice.value for choice in choices} else ""
    found = looking.gathered(account, whose=whose, cursor=request.GET.get("from", ""))
    here = reverse("mydata:looks")
    onward = {"who": whose, "from": found.next} if whose else {"from": found.next}
    context: dict[str, Any] = {
        "looks": found.looks,
        "choices": choices,
        "whose": whose,
        "next": f"{here}?{urlencode(onward)}" if found.next else None,
        "first": f"{here}?{urlencode({'who': whose})}" if request.GET.get("from") else None,
    }
    return page(request, "looks", **context)


@form
@require_account
def not_me(request: HttpRequest) -> HttpResponse:
    """“This was not me”: what will happen; and, sent, that it has happened."""
    by = actor_of(request)
    asked = request.POST if request.method == "POST" else request.GET
    found = reporting.what(asked.get("about", ""), asked.get("number", ""), by=by)
    if request.method != "POST":
        return page(request, "not_me", found=found)
    reporting.disown(found=found, by=by)
    return forget_browser(see(reverse("mydata:locked")))


@require_safe
def locked(request: HttpRequest) -> HttpResponse:
    """It is done; the session that could show more has ended with the others."""
    return private(page(request, "locked"))


@form
def not_me_letter(request: HttpRequest, token: str) -> HttpResponse:
    """The same by the link from a letter. Opening it changes nothing; sending its form does."""
    try:
        look = disowning.look(token)
        if request.method != "POST":
            return private(page(request, "not_me_letter", look=look))
        done = reporting.disown_by_letter(token=token)
    except LinkGone as gone:
        status = 404 if gone.reason == "unknown" else 410
        return private(page(request, "letter_gone", status=status, gone=gone))
    return private(forget_browser(see(reverse("accounts:link", args=[done.reset_token]))))


def page(request: HttpRequest, template: str, *, status: int = 200, **context: Any) -> HttpResponse:
    return render(request, f"mydata/{template}.html", {"nav": "account", **context}, status=status)
