"""Addresses of a turn on the waiting list and of an offer, for those whose they are."""

from __future__ import annotations

from django.urls import path

from sala.engine.waiting import desk_views, views

app_name = "waiting"
urlpatterns = [
    path("waiting/<str:reference>/", views.turn, name="turn"),
    path("waiting/<str:reference>/link/", views.link, name="link"),
    path("waiting/<str:reference>/leave/", views.leave, name="leave"),
    path("offers/<uuid:offer>/", views.offer, name="offer"),
    path("offers/<uuid:offer>/decline/", views.decline, name="decline"),
    path("desk/waiting/", desk_views.home, name="desk"),
]
