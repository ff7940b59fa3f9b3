"""Where somebody types the code that a device shows."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from sala.identity.accounts.requests import actor_of, network_of, require_account
from sala.identity.accounts.views import see
from sala.identity.provider import device_flow
from sala.kit.errors import SalaError


@require_http_methods(["GET", "HEAD", "POST"])
@require_account
def device(request: HttpRequest) -> HttpResponse:
    """The code leads to what is asked, and nothing is agreed to yet. A code in the address is only typed for them:
    whoever was sent a link must still see that it is their own device that asks."""
    if request.method != "POST":
        return _page(request, typed=request.GET.get("user_code", "")[:20])
    typed = request.POST.get("user_code", "")[:40]
    try:
        approval = device_flow.typed(typed, network=network_of(request), by=actor_of(request))
    except SalaError as error:
        return _page(request, status=error.status, typed=typed, faults=error.faults)
    return see(reverse("wallet:request", args=[approval]))


def _page(request: HttpRequest, *, status: int = 200, **context: Any) -> HttpResponse:
    return render(request, "provider/device.html", {"nav": "account", **context}, status=status)
