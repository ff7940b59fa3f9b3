"""Addresses of the OpenID Provider: ThaID's own, the well-known ones, and the pages for people."""

from __future__ import annotations

from typing import Any

from django.urls import URLPattern, path

from sala.identity.provider import (
    connected,
    device_pages,
    elsewhere_endpoints,
    endpoints,
    logout_pages,
    pages,
    phone_pages,
    registration_endpoints,
    scripted,
)

app_name = "provider"


def called(route: str, endpoint: Any, name: str) -> list[URLPattern]:
    """What programs call, with the last slash and without: ThaID's programs do both, and a redirect would lose what
    they send. Addresses are made with it, since of two patterns of one name the last is taken."""
    return [path(route, endpoint, name=name), path(f"{route}/", endpoint, name=name)]


urlpatterns = [
    path(".well-known/openid-configuration", endpoints.metadata, name="metadata"),
    path(".well-known/oauth-authorization-server", endpoints.metadata, name="metadata_8414"),
    path("jwks/", endpoints.jwks, name="jwks"),
    path("api/v2/oauth2/auth/", pages.authorize, name="authorize"),
    *called("api/v2/oauth2/par", endpoints.par, "par"),
    *called("api/v2/oauth2/token", endpoints.token, "token"),
    *called("api/v2/oauth2/device", elsewhere_endpoints.device, "device_authorization"),
    *called("api/v2/oauth2/ciba", elsewhere_endpoints.backchannel, "ciba"),
    path("device/", device_pages.device, name="device"),
    *called("api/v2/oauth2/introspect", endpoints.introspect, "introspect"),
    *called("api/v2/oauth2/revoke", endpoints.revoke, "revoke"),
    *called("api/v2/oauth2/userinfo", endpoints.userinfo, "userinfo"),
    *called("api/v2/oauth2/register", registration_endpoints.register, "register"),
    *called("api/v2/oauth2/register/<str:client_id>", registration_endpoints.registered, "registered"),
    path("api/v2/oauth2/logout/", logout_pages.end_session, name="end_session"),
    path("test-login/", scripted.test_login, name="test_login"),
    path("connect/sign-out/", logout_pages.sign_out, name="sign_out"),
    path("connect/<str:handle>/", pages.connect, name="connect"),
    path("connect/<str:handle>/phone/", phone_pages.phone_, name="phone"),
    path("connect/<str:handle>/phone/state/", phone_pages.phone_state, name="phone_state"),
    path("account/connected/", connected.connected, name="connected"),
    path("account/connected/<str:client_id>/disconnect/", connected.disconnect, name="disconnect"),
    path("account/connected/<str:client_id>/<slug:scope>/take-back/", connected.take_back, name="take_back"),
    path("account/connected/<str:client_id>/<slug:scope>/ask-again/", connected.ask_again, name="ask_again"),
]
