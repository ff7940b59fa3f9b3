"""The settings of such a project; those that begin with OIDC_ are all that Sala has to do with."""

from __future__ import annotations

import os

ISSUER, HOME = os.environ["RP_ISSUER"], os.environ["RP_HOME"]

SECRET_KEY = "of a project that lives for one test"
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "tests.identity.provider.rp_django.urls"
USE_TZ = True
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ["RP_DATABASE"]}}
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "mozilla_django_oidc",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "mozilla_django_oidc.middleware.SessionRefresh",
]
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates"}]
AUTHENTICATION_BACKENDS = ["tests.identity.provider.rp_django.people.ByDigitalId"]
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = f"{HOME}/bye/"

OIDC_RP_CLIENT_ID = os.environ["RP_CLIENT_ID"]
OIDC_RP_CLIENT_SECRET = os.environ["RP_CLIENT_SECRET"]
OIDC_RP_SIGN_ALGO = "ES256"
OIDC_RP_SCOPES = "openid given_name"
OIDC_USE_PKCE = True
OIDC_STORE_ID_TOKEN = True
OIDC_TOKEN_USE_BASIC_AUTH = True
OIDC_OP_AUTHORIZATION_ENDPOINT = f"{ISSUER}/api/v2/oauth2/auth/"
OIDC_OP_TOKEN_ENDPOINT = f"{ISSUER}/api/v2/oauth2/token/"
OIDC_OP_USER_ENDPOINT = f"{ISSUER}/api/v2/oauth2/userinfo/"
OIDC_OP_JWKS_ENDPOINT = f"{ISSUER}/jwks/"
OIDC_OP_LOGOUT_URL_METHOD = "tests.identity.provider.rp_django.people.sign_out_address"
OIDC_RENEW_ID_TOKEN_EXPIRY_SECONDS = 15 * 60  # after that the next visit asks Sala anew, without a page
OIDC_EXEMPT_URLS = ["later", "bye"]
