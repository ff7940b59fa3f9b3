"""Addresses of the registration desk, below /desk/register/. No word in them is about anybody."""

from __future__ import annotations

from django.urls import path

from sala.identity.registrar import guardian_views, keeping, views

app_name = "registrar"
urlpatterns = [
    path("", views.home, name="home"),
    path("birth/", keeping.birth, name="birth"),
    path("house/", keeping.house, name="house"),
    path("person/<str:word>/", views.entry, name="entry"),
    path("person/<str:word>/guardians/", guardian_views.listed, name="guardians"),
    path("person/<str:word>/guardians/new/", guardian_views.new, name="guardian_new"),
    path("person/<str:word>/guardians/<int:number>/end/", guardian_views.end, name="guardian_end"),
    path("person/<str:word>/<slug:act>/", keeping.change, name="change"),
]
