"""Its pages: who is signed in, a button to sign out, and where one comes after it."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.urls import include, path


@login_required(login_url="/oidc/authenticate/")
def home(request: HttpRequest) -> HttpResponse:
    user: Any = request.user
    return HttpResponse(f"{user.username} {user.first_name}\n{get_token(request)}")


def bye(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("Signed out")


def later(request: HttpRequest) -> HttpResponse:
    """As if a quarter of an hour had passed."""
    request.session["oidc_id_token_expiration"] = 0
    return HttpResponse("It is later now")


urlpatterns = [
    path("", home),
    path("bye/", bye, name="bye"),
    path("later/", later, name="later"),
    path("oidc/", include("mozilla_django_oidc.urls")),
]
