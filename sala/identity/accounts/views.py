"""Sign-in."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from sala.identity.accounts import carried


def sign_in(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/sign_in.html", {})


def sign_in_again(request: HttpRequest) -> HttpResponse:
    """The session ran out under a form: sign in, and what was typed goes on."""
    return render(request, "accounts/sign_in.html", {"carried": carried.pack(request)}, status=403)
