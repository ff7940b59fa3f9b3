"""Addresses of the hall: the officers' below /desk/hall/, the screen and the tickets below /hall/."""

from __future__ import annotations

from django.urls import path

from sala.engine.hall.views import counter, day, public, setup

app_name = "hall"
_DESK = "desk/hall/<slug:office>/"
_AT = _DESK + "counter/<int:counter>/"
urlpatterns = [
    path("desk/hall/", day.home, name="home"),
    path(_DESK, day.day, name="day"),
    path(_DESK + "check-in/", day.check_in, name="check_in"),
    path(_DESK + "scan/", day.scan, name="scan"),
    path(_DESK + "visits/<uuid:visit>/", day.decide, name="decide"),
    path(_DESK + "walk-in/", day.walk_in, name="walk_in"),
    path(_DESK + "tickets/<uuid:ticket>/", day.slip, name="slip"),
    path(_DESK + "counter/", counter.choose, name="choose"),
    path(_AT, counter.counter, name="counter"),
    path(_AT + "sit/", counter.sit, name="sit"),
    path(_AT + "leave/", counter.leave, name="leave"),
    path(_AT + "call/", counter.call, name="call"),
    path(_AT + "recall/", counter.recall, name="recall"),
    path(_AT + "done/", counter.done, name="done"),
    path(_AT + "no-show/", counter.no_show, name="no_show"),
    path(_AT + "transfer/", counter.transfer, name="transfer"),
    path(_DESK + "counters/", setup.setup, name="setup"),
    path(_DESK + "counters/<int:counter>/", setup.change, name="change"),
    path(_DESK + "counters/<int:counter>/remove/", setup.remove, name="remove"),
    path("hall/<slug:office>/", public.screen, name="screen"),
    path("hall/<slug:office>/ticket/<str:key>/", public.ticket, name="ticket"),
    path("visits/<str:reference>/queue/", public.queue, name="queue"),
]
