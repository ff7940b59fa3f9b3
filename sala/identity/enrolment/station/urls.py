"""Addresses of the enrolment station, below /desk/enrolment/. No word in them is about anybody."""

from __future__ import annotations

from django.urls import path

from sala.identity.enrolment.station import picture_views, review_views, step_views, sync_views, views

app_name = "station"
urlpatterns = [
    path("", views.home, name="home"),
    path("review/", review_views.queue, name="queue"),
    path("review/<uuid:enrolment>/", review_views.one, name="review"),
    path("sync/", sync_views.sync, name="sync"),
    path("away/", sync_views.away, name="away"),
    path("sw.js", sync_views.service_worker, name="service_worker"),
    path("person/<str:word>/", views.begin, name="begin"),
    path("<uuid:enrolment>/", views.go, name="go"),
    path("<uuid:enrolment>/who/", views.who, name="who"),
    path("<uuid:enrolment>/card/", step_views.card, name="card"),
    path("<uuid:enrolment>/photograph/", step_views.photograph, name="photograph"),
    path("<uuid:enrolment>/compare/", step_views.compare, name="compare"),
    path("<uuid:enrolment>/candidates/", step_views.alike, name="candidates"),
    path("<uuid:enrolment>/finish/", step_views.finish, name="finish"),
    path("<uuid:enrolment>/done/", step_views.done, name="done"),
    path("<uuid:enrolment>/live/", picture_views.live, name="live"),
    path("<uuid:enrolment>/register/", picture_views.register, name="register"),
    path("<uuid:enrolment>/candidates/<int:number>/", picture_views.candidate, name="candidate"),
]
