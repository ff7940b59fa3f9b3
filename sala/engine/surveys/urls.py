"""Addresses of the survey."""

from __future__ import annotations

from django.urls import path

from sala.engine.surveys import views

app_name = "surveys"
urlpatterns = [path("cases/<str:reference>/survey/", views.answer, name="answer")]
