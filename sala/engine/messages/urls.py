"""Addresses of the post room."""

from __future__ import annotations

from django.urls import path

from sala.engine.messages import views

app_name = "messages"
urlpatterns = [
    path("demo/mail/", views.inbox, name="inbox"),
    path("demo/mail/<int:mail_id>/", views.mail, name="mail"),
    path("demo/mail/<int:mail_id>/letter/", views.letter, name="letter"),
    path("demo/mail/<int:mail_id>/attachments/<int:number>/", views.attachment, name="attachment"),
    path("letters/<str:reference>/stop-reminders/<str:key>/", views.stop_reminders, name="stop_reminders"),
]
