"""Addresses below /id/."""

from __future__ import annotations

from django.urls import path

from sala.identity.wallet import app_views, asked_views, views

app_name = "wallet"
urlpatterns = [
    path("", views.home, name="home"),
    path("number/", views.number, name="number"),
    path("scan/", asked_views.scan, name="scan"),
    path("a/", asked_views.go_on, name="go_on"),
    path("a/<str:token>/", asked_views.follow, name="follow"),
    path("requests/<uuid:approval_id>/", asked_views.request_, name="request"),
    path("history/", views.history, name="history"),
    path("pin/", views.pin, name="pin"),
    path("devices/", views.devices_, name="devices"),
    path("devices/<uuid:device_id>/remove/", views.remove_device, name="remove_device"),
    path("manifest.webmanifest", app_views.manifest, name="manifest"),
    path("sw.js", app_views.service_worker, name="service_worker"),
    path("offline/", app_views.offline, name="offline"),
]
