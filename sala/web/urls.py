"""Every address. A room's own urls.py says what stands below its prefix."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("account/", include("sala.identity.accounts.urls")),
]
