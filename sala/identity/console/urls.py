"""Addresses of the console, below /relying-parties/."""

from __future__ import annotations

from django.urls import path

from sala.identity.console import client_views, officer_views, views

app_name = "console"
_PARTY, _CLIENT = "<uuid:party>/", "<uuid:party>/<slug:which>/"
urlpatterns = [
    path("", views.home, name="home"),
    path("new/", views.new, name="new"),
    path("decide/", officer_views.waiting, name="waiting"),
    path("decide/<uuid:party>/", officer_views.decide, name="decide"),
    path(_PARTY, views.party, name="party"),
    path(f"{_PARTY}send/", views.send, name="send"),
    path(f"{_PARTY}take-back/", views.take_back, name="take_back"),
    path(f"{_PARTY}request/<slug:part>/", views.part, name="part"),
    path(f"{_PARTY}test-people/", client_views.test_person, name="test_person"),
    path(_CLIENT, client_views.client, name="client"),
    path(f"{_CLIENT}secret/", client_views.secret, name="secret"),
    path(f"{_CLIENT}calls/", client_views.calls, name="calls"),
    path(f"{_CLIENT}quick-start/", client_views.quick_start, name="quick_start"),
]
