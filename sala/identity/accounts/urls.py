"""Addresses below /account/."""

from __future__ import annotations

from django.urls import path

from sala.identity.accounts import own_views, views

app_name = "accounts"
urlpatterns = [
    path("", own_views.home, name="home"),
    path("sign-in/", views.sign_in, name="sign_in"),
    path("sign-in/passkey/", views.passkey_sign_in, name="passkey_sign_in"),
    path("sign-out/", views.sign_out, name="sign_out"),
    path("register/", views.register, name="register"),
    path("forgotten/", views.forgotten, name="forgotten"),
    path("sent/<slug:what>/", views.sent, name="sent"),
    path("link/<str:token>/", views.link, name="link"),
    path("link/<str:token>/again/", views.link_again, name="link_again"),
    path("details/", own_views.details, name="details"),
    path("email/", own_views.email, name="email"),
    path("email/sent/", own_views.email_sent, name="email_sent"),
    path("email/changed/", views.email_changed, name="email_changed"),
    path("password/", own_views.password, name="password"),
    path("sessions/", own_views.sessions, name="sessions"),
    path("sessions/others/end/", own_views.end_other_sessions, name="end_other_sessions"),
    path("sessions/<uuid:session_id>/end/", own_views.end_session, name="end_session"),
    path("passkeys/", own_views.passkeys_, name="passkeys"),
    path("passkeys/<uuid:passkey_id>/", own_views.passkey, name="passkey"),
    path("tokens/", own_views.tokens, name="tokens"),
    path("tokens/new/", own_views.new_token, name="new_token"),
    path("tokens/<uuid:token_id>/revoke/", own_views.revoke_token, name="revoke_token"),
    path("close/", own_views.close, name="close"),
    path("closed/", own_views.closed, name="closed"),
]
