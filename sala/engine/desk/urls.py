"""Addresses of the desk, all below /desk/."""

from __future__ import annotations

from django.urls import path

from sala.engine.desk.views import audit, case, decisions, lists, manage

app_name = "desk"
urlpatterns = [
    path("", lists.home, name="home"),
    path("queue/<str:name>/", lists.queue, name="queue"),
    path("search/", lists.search, name="search"),
    path("bulk/", lists.bulk, name="bulk"),
    path("cases/<str:reference>/", case.case, name="case"),
    path("cases/<str:reference>/state/", case.state, name="state"),
    path("cases/<str:reference>/claim/", case.claim, name="claim"),
    path("cases/<str:reference>/unclaim/", case.unclaim, name="unclaim"),
    path("cases/<str:reference>/assign/", case.assign, name="assign"),
    path("cases/<str:reference>/note/", case.note, name="note"),
    path("cases/<str:reference>/consent/", case.consent, name="consent"),
    path("cases/<str:reference>/step/", case.step, name="step"),
    path("cases/<str:reference>/hold/", case.hold, name="hold"),
    path("cases/<str:reference>/lift-hold/", case.lift_hold, name="lift_hold"),
    path("cases/<str:reference>/ask/", decisions.ask, name="ask"),
    path("cases/<str:reference>/decide/<str:decision>/", decisions.decide, name="decide"),
    path("cases/<str:reference>/files/<uuid:attachment>/", case.paper, name="paper"),
    path("cases/<str:reference>/letters/<uuid:letter>/", case.letter, name="letter"),
    path("cases/<str:reference>/audit/", audit.of_case, name="audit"),
    path("manage/", manage.figures, name="manage"),
    path("manage/figures.csv", manage.figures_csv, name="figures_csv"),
]
