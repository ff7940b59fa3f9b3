"""What the provider says of itself: OpenID Connect Discovery and RFC 8414."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.conf import settings
from django.urls import reverse

from sala.identity.provider import levels, rules
from sala.identity.provider.keys import ALGORITHM
from sala.identity.provider.models import Client
from sala.identity.provider.scopes import ALL, CLAIMS

_BASIC = ["iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "at_hash", "sid", "acr", "amr"]


def issuer() -> str:
    """The provider's name: the address of this installation."""
    return settings.PUBLIC_URL


def address(name: str) -> str:
    """The full address of one of the provider's endpoints."""
    return issuer() + _path(name)


@cache
def _path(name: str) -> str:
    return reverse(f"provider:{name}")  # costs as much as a token


def called(name: str, path: str) -> str:
    """The endpoint's full address as this program calls it: with the last slash, or without."""
    return address(name) if path.endswith("/") else address(name).rstrip("/")


def audiences(name: str) -> frozenset[str]:
    """For whom a client may make its signed proof: the issuer, or the endpoint it is sent to."""
    return frozenset({issuer(), address(name), address(name).rstrip("/")})


def document() -> dict[str, Any]:
    """The metadata, at both well-known addresses."""
    methods, algorithms = Client.Method.values, list(rules.ASSERTION_ALGORITHMS)
    proofs: dict[str, list[str]] = {
        "token_endpoint_auth_methods_supported": methods,
        "revocation_endpoint_auth_methods_supported": methods,
        "introspection_endpoint_auth_methods_supported": [one for one in methods if one != Client.Method.NONE],
    }
    signing = {
        f"{endpoint}_endpoint_auth_signing_alg_values_supported": algorithms
        for endpoint in ("token", "introspection", "revocation")
    }
    return {
        "issuer": issuer(),
        "authorization_endpoint": address("authorize"),
        "token_endpoint": address("token"),
        "userinfo_endpoint": address("userinfo"),
        "jwks_uri": address("jwks"),
        "introspection_endpoint": address("introspect"),
        "revocation_endpoint": address("revoke"),
        "registration_endpoint": address("register"),
        "end_session_endpoint": address("end_session"),
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
        "pushed_authorization_request_endpoint": address("par"),
        "device_authorization_endpoint": address("device_authorization"),
        "backchannel_authentication_endpoint": address("ciba"),
        "backchannel_token_delivery_modes_supported": ["poll", "ping"],
        "backchannel_user_code_parameter_supported": False,
        "require_pushed_authorization_requests": False,
        "authorization_response_iss_parameter_supported": True,
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": list(rules.GRANTS),
        "code_challenge_methods_supported": ["S256"],
        "dpop_signing_alg_values_supported": list(rules.PROOF_ALGORITHMS),
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": [ALGORITHM],
        "scopes_supported": list(ALL),
        "claims_supported": [*_BASIC, *CLAIMS],
        "claim_types_supported": ["normal"],
        "acr_values_supported": list(levels.LEVELS),
        "prompt_values_supported": sorted(rules.PROMPTS),
        "ui_locales_supported": ["th", "en"],
        "claims_parameter_supported": True,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
        **proofs,
        **signing,
    }
