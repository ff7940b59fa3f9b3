"""Addresses of an office's appointments for officers, all below /desk/appointments/."""

from __future__ import annotations

from django.urls import path

from sala.engine.appointments.office import views

app_name = "offices"
urlpatterns = [
    path("", views.home, name="home"),
    path("<slug:office>/", views.office, name="office"),
    path("<slug:office>/hours/", views.hours, name="hours"),
    path("<slug:office>/closures/", views.closures, name="closures"),
    path("<slug:office>/closures/new/", views.close, name="close"),
    path("<slug:office>/closures/<int:closure>/take-back/", views.withdraw, name="withdraw"),
    path("<slug:office>/calendars/", views.calendars, name="calendars"),
    path("<slug:office>/calendars/<int:feed>/revoke/", views.revoke, name="revoke"),
    path("<slug:office>/services/<slug:service>/", views.terms, name="terms"),
]
