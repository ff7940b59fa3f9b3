"""Addresses of a visit for whoever booked it."""

from __future__ import annotations

from django.urls import path

from sala.engine.appointments import hoarding_views, moving, views

app_name = "appointments"
urlpatterns = [
    path("open/appointments/", hoarding_views.page, name="hoarding"),
    path("open/appointments.csv", hoarding_views.as_csv, name="hoarding_csv"),
    path("open/appointments.json", hoarding_views.as_json, name="hoarding_json"),
    path("visits/<str:reference>/", views.visit, name="visit"),
    path("visits/<str:reference>/link/", views.link, name="link"),
    path("visits/<str:reference>/cancel/", views.cancel, name="cancel"),
    path("visits/<str:reference>/visit.ics", views.entry, name="entry"),
    path("visits/<str:reference>/move/", moving.month, name="move"),
    path("visits/<str:reference>/move/offices/", moving.offices, name="move_offices"),
    path("visits/<str:reference>/move/to/<int:schedule>/", moving.month, name="move_month"),
    path("visits/<str:reference>/move/to/<int:schedule>/<str:day>/", moving.times, name="move_times"),
    path("visits/<str:reference>/move/confirm/<int:schedule>/<str:at>/", moving.confirm, name="move_confirm"),
]
