"""Addresses of a request for its applicant."""

from __future__ import annotations

from django.urls import path

from sala.engine.cases import views

app_name = "cases"
urlpatterns = [
    path("track/", views.track, name="track"),
    path("cases/<str:reference>/", views.status, name="status"),
    path("cases/<str:reference>/withdraw/", views.withdraw, name="withdraw"),
    path("cases/<str:reference>/receipt.pdf", views.receipt, name="receipt"),
    path("cases/<str:reference>/reminder.ics", views.calendar, name="calendar"),
    path("cases/<str:reference>/files/<uuid:attachment>/", views.attached, name="attached"),
]
