"""Who signs in: told by `sub`, the only claim that there always is and that never changes."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from mozilla_django_oidc.auth import OIDCAuthenticationBackend
from mozilla_django_oidc.utils import import_from_settings


class ByDigitalId(OIDCAuthenticationBackend):  # type: ignore[misc]
    """An account for each `sub`; the name is brought up to date at each sign-in."""

    def verify_claims(self, claims: dict[str, Any]) -> bool:
        return "sub" in claims

    def filter_users_by_claims(self, claims: dict[str, Any]) -> Any:
        return self.UserModel.objects.filter(username=claims["sub"])

    def create_user(self, claims: dict[str, Any]) -> Any:
        return self.UserModel.objects.create_user(claims["sub"], first_name=claims.get("given_name", ""))

    def update_user(self, user: Any, claims: dict[str, Any]) -> Any:
        user.first_name = claims.get("given_name", "")
        user.save()
        return user


def sign_out_address(request: HttpRequest) -> str:
    """Where the browser ends the session at Sala too, and comes back from."""
    said = {
        "id_token_hint": request.session.get("oidc_id_token", ""),
        "post_logout_redirect_uri": import_from_settings("LOGOUT_REDIRECT_URL"),
        "client_id": import_from_settings("OIDC_RP_CLIENT_ID"),
    }
    return f"{import_from_settings('ISSUER')}/api/v2/oauth2/logout/?{urlencode(said)}"
