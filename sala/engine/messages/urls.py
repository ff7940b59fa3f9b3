"""Addresses of the post room."""

from __future__ import annotations

from django.urls import path

from sala.engine.messages import views

urlpatterns = [
    path("demo/mail/", views.inbox, name="demo_mail"),
    path("demo/mail/<int:mail_id>/", views.mail, name="demo_mail_message"),
    path("demo/mail/<int:mail_id>/letter/", views.letter, name="demo_mail_letter"),
    path("demo/mail/<int:mail_id>/attachments/<int:number>/", views.attachment, name="demo_mail_attachment"),
    path("letters/<str:reference>/stop-reminders/<str:key>/", views.stop_reminders, name="stop_reminders"),
]
