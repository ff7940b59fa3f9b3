"""Addresses of the registration desk, below /desk/register/. No word in them is about anybody."""

from __future__ import annotations

from django.urls import path

from sala.identity.registrar import keeping, views

app_name = "registrar"
urlpatterns = [
    path("", views.home, name="home"),
    path("birth/", keeping.birth, name="birth"),
    path("house/", keeping.house, name="house"),
    path("person/<str:word>/", views.entry, name="entry"),
    path("person/<str:word>/<slug:act>/", keeping.change, name="change"),
]
