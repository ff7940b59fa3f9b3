"""Addresses of the registration desk, below /desk/register/. No word in them is about anybody."""

from __future__ import annotations

from django.urls import path

from sala.identity.registrar import guardian_views, keeping, photograph_views, proposal_views, views

app_name = "registrar"
urlpatterns = [
    path("", views.home, name="home"),
    path("birth/", keeping.birth, name="birth"),
    path("house/", keeping.house, name="house"),
    path("proposals/", proposal_views.listed, name="proposals"),
    path("proposals/<int:number>/", proposal_views.one, name="proposal"),
    path("person/<str:word>/", views.entry, name="entry"),
    path("person/<str:word>/guardians/", guardian_views.listed, name="guardians"),
    path("person/<str:word>/guardians/new/", guardian_views.new, name="guardian_new"),
    path("person/<str:word>/guardians/<int:number>/end/", guardian_views.end, name="guardian_end"),
    path("person/<str:word>/photograph/", photograph_views.photograph, name="photograph"),
    path("person/<str:word>/photograph/picture/", photograph_views.picture, name="picture"),
    path("person/<str:word>/fingers/", photograph_views.fingers, name="fingers"),
    path("person/<str:word>/<slug:act>/", keeping.change, name="change"),
]
