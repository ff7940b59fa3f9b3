"""Queues, search, and giving many cases at once."""

from __future__ import annotations

from typing import Any, NamedTuple
from uuid import UUID

from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from sala.engine.cases import queues, services
from sala.engine.cases.permissions import Permission, offices
from sala.engine.cases.queues import PAGE, QUEUES, SHORTEST_SEARCH, QueueName
from sala.engine.cases.services import Assigned
from sala.engine.desk import presenters
from sala.engine.desk.views.frame import frame, narrowed, see_other
from sala.identity.accounts.requests import actor_of, require_officer
from sala.identity.mydata.permissions import may_handle
from sala.kit.errors import Forbidden, NotFound
from sala.kit.ids import normal_reference
from sala.kit.text import Text

_SALT = "desk.bulk"
_READ_FOR = 600  # seconds after which a reloaded page no longer tells what a bulk assignment did


@require_officer
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The desk begins with what nobody has taken yet."""
    return _list(request, "new")


@require_officer
@require_safe
def queue(request: HttpRequest, name: str) -> HttpResponse:
    known = next((one for one in QUEUES if one == name), None)
    if known is None:
        raise Http404
    return _list(request, known)


def _list(request: HttpRequest, name: QueueName) -> HttpResponse:
    by = actor_of(request)
    if name == "held" and not offices(by, Permission.SEE_HOLDS):
        raise NotFound
    chosen = narrowed(request.GET, by)
    after = request.GET.get("after", "")
    page = queues.queue(name=name, by=by, office=chosen.office_id, service=chosen.service or None, cursor=after)
    here = reverse("desk:queue", args=[name])
    context = {
        **frame(chosen, by),
        "name": name,
        "registrar": may_handle(by),
        "here": here + chosen.query(after=after),
        "lines": presenters.lines(page.cases, me=by.account_id),
        "next": here + chosen.query(after=page.next_cursor) if page.next_cursor else None,
        "first": here + chosen.query() if after else None,
        "done": _done(request.GET.get("done", "")),
    }
    return render(request, "desk/queue.html", context)


@require_officer
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Cases of one's offices by number, name or passport. A whole number opens its case."""
    by = actor_of(request)
    words = request.GET.get("q", "")[:200]
    found = queues.find(text=words, by=by)
    if len(found) == 1 and normal_reference(words) == found[0].reference:
        return see_other("desk:case", found[0].reference)
    context = {
        **frame(narrowed({}, by), by),
        "q": words,
        "lines": presenters.lines(found, me=by.account_id),
        "short": len(" ".join(words.split())) < SHORTEST_SEARCH,
        "full": len(found) == PAGE,
    }
    return render(request, "desk/search.html", context)


@require_officer
@require_POST
def bulk(request: HttpRequest) -> HttpResponse:
    """Claim the chosen cases, or give them to a colleague; what somebody has claimed already is left to them."""
    by = actor_of(request)
    references = request.POST.getlist("case")[:PAGE]
    claims = request.POST.get("do") == "claim"
    to = by.account_id if claims else _uuid(request.POST.get("to", ""))
    if not offices(by, Permission.WORK if claims else Permission.ASSIGN):
        raise Forbidden
    if not references or to is None:
        return _back(request, done="nothing" if not references else "nobody")
    return _back(request, done=_packed(services.assign_many(references=references, to=to, by=by)))


def _back(request: HttpRequest, *, done: str) -> HttpResponse:
    """To the list on which the form stood."""
    chosen = narrowed(request.POST, actor_of(request))
    name = request.POST.get("queue", "")
    return see_other("desk:queue", name if name in QUEUES else "new", query=chosen.query(done=done))


class Done(NamedTuple):
    """What the page before did: gave `given` cases and left others, or what `word` stands for."""

    given: int = 0
    skipped: tuple[tuple[str, Text], ...] = ()
    word: str = ""


def _packed(assigned: Assigned) -> str:
    """For the address of the page that tells it: signed, so that nobody else puts words there."""
    skipped = [(reference, why.th, why.en) for reference, why in assigned.skipped]
    return signing.dumps([len(assigned.given), skipped], salt=_SALT, compress=True)


def _done(packed: str) -> Done | None:
    if packed in {"nothing", "nobody", "held"}:
        return Done(word=packed)
    try:
        told: Any = signing.loads(packed, salt=_SALT, max_age=_READ_FOR)
    except signing.BadSignature:
        return None
    return Done(told[0], tuple((reference, Text(th=th, en=en)) for reference, th, en in told[1]))


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
