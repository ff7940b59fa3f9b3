"""A letter that was lost: whoever knows the number and the address has its link sent again, to that address alone."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from sala.engine.appointments.letters import LINKS, TEN_MINUTES
from sala.identity.accounts.requests import network_of, private
from sala.kit import ratelimit
from sala.kit.errors import Fault
from sala.kit.ids import normal_reference
from sala.kit.text import Text


def page(
    request: HttpRequest,
    reference: str,
    *,
    kind: str,
    template: str,
    here: str,
    no_email: Text,
    send: Callable[..., None],
) -> HttpResponse:
    """The page that sends the link of a visit or of a turn in the line (`kind`, which limits are counted under) again.

    Whether number and address belong together is told to nobody but that address. `here` is where the link leads.
    """
    email = request.POST.get("email", "").strip()[:254]
    faults = [Fault("email", "required", no_email)] if request.method == "POST" and not email else []
    if email:
        ratelimit.hit(f"{kind}-link:{network_of(request)}", LINKS, TEN_MINUTES)
        ratelimit.hit(f"{kind}-link:{normal_reference(reference)}", LINKS, TEN_MINUTES)
        send(reference=reference, email=email)
    context = {
        "reference": normal_reference(reference) or "",
        "email": email,
        "faults": faults,
        "sent": bool(email),
        "here": here,
        "nav": "track",
    }
    return private(render(request, template, context, status=422 if faults else 200))
