"""Addresses of the front: services, the Online Service menu, areas."""

from __future__ import annotations

from django.urls import path

from sala.engine.catalogue import views

app_name = "catalogue"
urlpatterns = [
    path("services/", views.services, name="services"),
    path("services/<slug:slug>/", views.service, name="service"),
    path("online-service/", views.menu, name="menu"),
    path("online-service/<slug:section>/", views.section, name="section"),
    path("areas/", views.areas, name="areas"),
]
