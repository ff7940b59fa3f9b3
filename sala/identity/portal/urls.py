"""Addresses below /account/digital-id/."""

from __future__ import annotations

from django.urls import path

from sala.identity.portal import views

app_name = "portal"
urlpatterns = [
    path("", views.begin, name="begin"),
    path("back/", views.back, name="back"),
    path("logout/", views.logout, name="logout"),
    path("jwks/", views.jwks, name="jwks"),
]
