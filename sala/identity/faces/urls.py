"""Addresses below /faces/."""

from __future__ import annotations

from django.urls import path

from sala.identity.faces import live_views

app_name = "faces"
urlpatterns = [
    path("look/", live_views.look, name="look"),
    path("challenge/", live_views.challenge, name="challenge"),
    path("try/", live_views.try_, name="try"),
]
