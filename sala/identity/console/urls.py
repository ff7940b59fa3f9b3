"""Addresses of the console, below /relying-parties/."""

from __future__ import annotations

from django.urls import path

from sala.identity.console import (
    check_views,
    client_views,
    hearing_views,
    officer_views,
    people_views,
    register_views,
    views,
)

app_name = "console"
_PARTY, _CLIENT = "<uuid:party>/", "<uuid:party>/<slug:which>/"
urlpatterns = [
    path("", views.home, name="home"),
    path("new/", views.new, name="new"),
    path("list/", register_views.public, name="register"),
    path("clients/", register_views.clients, name="clients"),
    path("clients/<str:client_id>/", register_views.client, name="served"),
    path("join/<str:token>/", people_views.join, name="join"),
    path("decide/", officer_views.waiting, name="waiting"),
    path("decide/<uuid:party>/", officer_views.decide, name="decide"),
    path(_PARTY, views.party, name="party"),
    path(f"{_PARTY}send/", views.send, name="send"),
    path(f"{_PARTY}take-back/", views.take_back, name="take_back"),
    path(f"{_PARTY}request/<slug:part>/", views.part, name="part"),
    path(f"{_PARTY}people/", people_views.members, name="members"),
    path(f"{_PARTY}people/<int:member>/", people_views.member, name="member"),
    path(f"{_PARTY}people/invited/<uuid:invitation>/", people_views.invitation, name="invitation"),
    path(f"{_PARTY}check/", check_views.check, name="check"),
    path(f"{_PARTY}check/begin/", check_views.begin, name="check_begin"),
    path(f"{_PARTY}check/end/", check_views.end, name="check_end"),
    path(f"{_PARTY}check/said/", check_views.say, name="check_said"),
    path(f"{_PARTY}check/addresses/", check_views.look, name="check_look"),
    path(f"{_PARTY}test-people/", client_views.test_person, name="test_person"),
    path(_CLIENT, client_views.client, name="client"),
    path(f"{_CLIENT}secret/", client_views.secret, name="secret"),
    path(f"{_CLIENT}settings/", client_views.settings, name="settings"),
    path(f"{_CLIENT}proof/", client_views.proof, name="proof"),
    path(f"{_CLIENT}calls/", client_views.calls, name="calls"),
    path(f"{_CLIENT}quick-start/", client_views.quick_start, name="quick_start"),
    path(f"{_CLIENT}changes/", hearing_views.webhook, name="webhook"),
    path(f"{_CLIENT}changes/secret/", hearing_views.secret, name="webhook_secret"),
    path(f"{_CLIENT}changes/test/", hearing_views.test, name="webhook_test"),
    path(f"{_CLIENT}changes/stop/", hearing_views.stop, name="webhook_stop"),
    path(f"{_CLIENT}changes/<uuid:message>/again/", hearing_views.again, name="webhook_again"),
]
