"""Addresses of filling in and sending. Words with a hyphen can be no page's key: keys have none."""

from __future__ import annotations

from django.urls import path

from sala.engine.drafts.views import filling, sending, start, visit

app_name = "drafts"
urlpatterns = [
    path("my/", start.mine, name="mine"),
    path("services/<slug:slug>/when-due/", start.due, name="due"),
    path("apply/start/<slug:slug>/", start.begin, name="start"),
    path("apply/<uuid:draft>/", filling.resume, name="resume"),
    path("apply/<uuid:draft>/check-answers/", sending.check, name="check"),
    path("apply/<uuid:draft>/link-again/", sending.link_again, name="link_again"),
    path("apply/<uuid:draft>/kept-for-later/", sending.kept, name="kept"),
    path("apply/<uuid:draft>/request-sent/", sending.done, name="done"),
    path("apply/<uuid:draft>/delete-draft/", start.discard, name="discard"),
    path("apply/<uuid:draft>/attached-file/<uuid:attachment>/", filling.attached, name="attached"),
    path("apply/<uuid:draft>/visit-need/", visit.need, name="visit_need"),
    path("apply/<uuid:draft>/visit-people/", visit.people, name="visit_people"),
    path("apply/<uuid:draft>/visit-office/", visit.office, name="visit_office"),
    path("apply/<uuid:draft>/visit-day/<int:schedule>/", visit.day, name="visit_day"),
    path("apply/<uuid:draft>/visit-time/<int:schedule>/<str:day>/", visit.time, name="visit_time"),
    path("apply/<uuid:draft>/visit-again/", visit.again, name="visit_again"),
    path("apply/<uuid:draft>/visit-waiting/<int:schedule>/", visit.wait, name="visit_wait"),
    path("apply/<uuid:draft>/<slug:key>/", filling.part, name="part"),
    path("apply/<uuid:draft>/<slug:group>/<int:number>/remove-it/", filling.remove, name="remove"),
    path("apply/<uuid:draft>/<slug:group>/<int:number>/<slug:page>/", filling.entry_page, name="entry_page"),
]
