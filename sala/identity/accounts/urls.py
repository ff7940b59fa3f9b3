"""Addresses below /account/."""

from __future__ import annotations

from django.urls import path

from sala.identity.accounts import views

app_name = "accounts"
urlpatterns = [
    path("sign-in", views.sign_in, name="sign_in"),
]
