"""Addresses of what is held about a person, below /account/my-data/; the officers' below /desk/not-me/."""

from __future__ import annotations

from django.urls import path

from sala.identity.mydata import officer_views, own_copy, views

app_name = "mydata"
urlpatterns = [
    path("account/my-data/", views.home, name="home"),
    path("account/my-data/about/<slug:key>/", views.section, name="section"),
    path("account/my-data/looks/", views.looks, name="looks"),
    path("account/my-data/locked/", views.locked, name="locked"),
    path("account/my-data/not-me/", views.not_me, name="not_me"),
    path("account/my-data/not-me/<str:token>/", views.not_me_letter, name="not_me_letter"),
    path("account/my-data/copy/", own_copy.ask, name="copy"),
    path("account/my-data/copy/<uuid:copy>.json", own_copy.as_json, name="copy_json"),
    path("account/my-data/copy/<uuid:copy>.pdf", own_copy.as_pdf, name="copy_pdf"),
    path("account/my-data/copy/schema.json", own_copy.schema, name="schema"),
    path("desk/not-me/", officer_views.reports, name="reports"),
    path("desk/not-me/<uuid:report>/", officer_views.report, name="report"),
]
