"""Addresses below /id/: the person's own pages, and the way back to an account."""

from __future__ import annotations

from django.urls import path

from sala.identity.enrolment import recover_views, views

app_name = "enrolment"
urlpatterns = [
    path("enrol/", views.home, name="home"),
    path("enrol/card/", views.card, name="card"),
    path("enrol/reached/", views.reached, name="reached"),
    path("enrol/face/", views.face, name="face"),
    path("enrol/officer/", views.officer, name="officer"),
    path("enrol/finish/", views.finish, name="finish"),
    path("enrol/done/", views.done, name="done"),
    path("enrol/code/", views.code, name="code"),
    path("enrol/stop/", views.stop, name="stop"),
    path("recover/", recover_views.home, name="recover"),
    path("recover/card/", recover_views.card, name="recover_card"),
    path("recover/face/", recover_views.face, name="recover_face"),
    path("recover/challenge/", recover_views.challenge, name="recover_challenge"),
    path("recover/choose/", recover_views.choose, name="recover_choose"),
    path("recover/officer/", recover_views.officer, name="recover_officer"),
    path("recover/stands/", recover_views.stands, name="recover_stands"),
    path("recover/code/", recover_views.code, name="recover_code"),
    path("recover/stop/<str:token>/", recover_views.stop, name="recovery_stop"),
]
