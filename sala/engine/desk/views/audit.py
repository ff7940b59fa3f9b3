"""For auditors: everybody who looked at a case or did something with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from sala.engine.cases import queries
from sala.engine.cases.journal import verify
from sala.engine.cases.permissions import Permission, can
from sala.engine.desk import presenters
from sala.engine.desk.views.doors import case_page
from sala.identity.accounts.actor import Actor
from sala.kit import audit
from sala.kit.errors import NotFound

if TYPE_CHECKING:
    from sala.engine.cases.models import Case


@case_page
def of_case(request: HttpRequest, case: Case, by: Actor) -> HttpResponse:
    """Looks and acts in one list, the newest first, and whether the history is as it was written."""
    if not can(by, case, Permission.AUDIT):
        raise NotFound
    looks = audit.of_subject(f"case:{case.reference}")
    events = queries.history(case, public_only=False)
    who = presenters.people([look.actor for look in looks] + [event.actor for event in events])
    entries = [(look.at, look.actor, look.action, True) for look in looks]
    entries += [(event.at, event.actor, f"case.{event.type}", False) for event in events]
    context = {
        "nav": "desk",
        "case": case,
        "entries": sorted(entries, key=lambda entry: entry[0], reverse=True),
        "who": who,
        "broken": verify(case.id),
        "people": len({actor for _, actor, _, _ in entries if actor.startswith("account:")}),
        "full": len(looks) == audit.MOST,
    }
    return render(request, "desk/audit.html", context)
