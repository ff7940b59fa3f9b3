"""Settings, all from the environment; `docs/operating.md` lists them."""

from __future__ import annotations

import contextlib
import os
import secrets
from importlib import resources
from pathlib import Path

import dj_database_url

from sala.web import mail_url

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(os.environ.get("SALA_DATA", "var")).resolve()
REGISTER_KEYS = os.environ.get("SALA_REGISTER_KEYS", str(DATA_DIR / "register.keys"))
MODE = os.environ.get("SALA_MODE", "demo")
DEMO = MODE == "demo"
if MODE not in {"demo", "production"}:
    raise SystemExit(f"SALA_MODE must be demo or production, not {MODE!r}")


def _secret_key() -> str:
    """From SALA_SECRET_KEY; a demo makes its own and keeps it in the state directory."""
    if key := os.environ.get("SALA_SECRET_KEY"):
        return key
    if not DEMO:
        raise SystemExit("SALA_SECRET_KEY must be set in production: 50 random characters or more")
    path = DATA_DIR / "secret_key"
    if not path.exists():
        DATA_DIR.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(f".{os.getpid()}")  # whole before it is seen: several processes may start at once
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_urlsafe(48))
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(fresh)
        fresh.unlink()
    return path.read_text()


SECRET_KEY = _secret_key()
DEBUG = False
PORT = int(os.environ.get("SALA_PORT", "8000"))
LIVE_PORT = int(os.environ.get("SALA_LIVE_PORT", str(PORT + 1)))
PUBLIC_URL = os.environ.get("SALA_PUBLIC_URL", f"http://127.0.0.1:{PORT}").rstrip("/")
LIVE_URL = os.environ.get("SALA_LIVE_URL", f"http://127.0.0.1:{LIVE_PORT}").rstrip("/")
ALLOWED_HOSTS = os.environ.get("SALA_HOSTS", "127.0.0.1,localhost,[::1]").split(",")
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]

ROOMS = [
    "kit",
    "identity/directory",
    "identity/accounts",
    "identity/people",
    "identity/wallet",
    "identity/provider",
    "identity/console",
    "identity/portal",
    "identity/mydata",
    "identity/registrar",
    "identity/faces",
    "identity/enrolment",
    "engine/catalogue",
    "engine/messages",
    "engine/documents",
    "engine/dashboards",
    "engine/cases",
    "engine/appointments",
    "engine/waiting",
    "engine/hall",
    "engine/drafts",
    "engine/desk",
    "engine/surveys",
    "services/immigration",
    "services/civil",
    "web",
]
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "csp",
    "procrastinate.contrib.django",
    *("sala." + room.replace("/", ".") for room in ROOMS),
]
MIDDLEWARE = [
    "sala.web.middleware.observe",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "sala.web.middleware.language",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "sala.web.middleware.expected_errors",
]
ROOT_URLCONF = "sala.web.urls"
WSGI_APPLICATION = "sala.web.wsgi.application"

DATABASES = {
    "default": dj_database_url.parse(
        os.environ.get("DATABASE_URL", "postgres://sala@database-url-is-not-set.invalid/sala"), conn_max_age=None
    )
}
DATABASES["default"].setdefault("OPTIONS", {}).update(
    server_side_binding=True, prepare_threshold=2, application_name="sala"
)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.Account"
PASSWORD_HASHERS = ["sala.identity.accounts.hashers.Argon2"]
_SIMILAR_TO = ("email", "given_name", "surname")
_VALIDATORS = "django.contrib.auth.password_validation."
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"{_VALIDATORS}MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": f"{_VALIDATORS}CommonPasswordValidator"},
    {"NAME": f"{_VALIDATORS}UserAttributeSimilarityValidator", "OPTIONS": {"user_attributes": _SIMILAR_TO}},
]

EMAIL_URL = os.environ.get("EMAIL_URL", "")
vars().update(mail_url.settings_of(EMAIL_URL or "smtp://127.0.0.1"))
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = os.environ.get("SALA_MAIL_FROM", "Sala <no-reply@sala.example>")

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [
            *(BASE_DIR / room / "templates" for room in ROOMS),
            Path(str(resources.files("govuk_frontend_jinja") / "templates")),
        ],
        "OPTIONS": {"environment": "sala.web.pages.environment"},
    }
]
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
WHITENOISE_USE_FINDERS = DEMO  # files not collected yet are found in the rooms
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "sala.web.statics.Storage"},
}

IMMIGRATION_REGISTER_URL = os.environ.get("SALA_IMMIGRATION_REGISTER_URL", "")
IMMIGRATION_REGISTER_TOKEN = os.environ.get("SALA_IMMIGRATION_REGISTER_TOKEN", "")

LANGUAGE_CODE = "th"
LANGUAGES = [("th", "ไทย"), ("en", "English")]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Bangkok"
APPEND_SLASH = True

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "sala.web.views.csrf_failure"
if PUBLIC_URL.startswith("https:"):
    CSRF_COOKIE_SECURE = True
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_COOKIES = PUBLIC_URL.startswith("https:")
PROXIES = int(os.environ.get("SALA_PROXIES", "0"))  # our own in front, each adding a line to X-Forwarded-For
if PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# Where the portal's own people prove who they are: another provider of digital IDs, or this installation itself.
IDP = os.environ.get("SALA_IDP", "").rstrip("/")
IDP_CLIENT_ID = os.environ.get("SALA_IDP_CLIENT_ID", "") or "portal"
IDP_CLIENT_SECRET = os.environ.get("SALA_IDP_CLIENT_SECRET", "")  # none: by the key at account/digital-id/jwks/
if IDP and not IDP.startswith("https:") and not DEMO:
    raise SystemExit("SALA_IDP must begin with https://")
DIGITAL_ID = "portal:begin"
LANDING_OFFICER, LANDING = "desk:home", "drafts:mine"  # the pages that a sign-in leads to
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "connect-src": ["'self'", LIVE_URL],
        "img-src": ["'self'", "data:"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
        "worker-src": ["'self'"],
        "manifest-src": ["'self'"],
        "object-src": ["'none'"],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_000_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500
FILE_UPLOAD_MAX_MEMORY_SIZE = 30_000_000
FILE_UPLOAD_HANDLERS = ["sala.web.uploads.Bounded"]
API_RATE = int(os.environ.get("SALA_API_RATE", "600"))  # requests a minute of one caller, in each web process
API_FILINGS_A_DAY = int(os.environ.get("SALA_API_FILINGS_A_DAY", "5000"))  # by one caller, in each web process
# By one account on the pages, over all processes; each may hold a whole family, or be begun and given up.
FILINGS_A_DAY = int(os.environ.get("SALA_FILINGS_A_DAY", "200"))
DRAFTS_A_DAY = int(os.environ.get("SALA_DRAFTS_A_DAY", "200"))
# Places chosen, and visits booked, from one network in an hour. A village may share one address; a reseller may not.
HOLDS_A_NETWORK = int(os.environ.get("SALA_HOLDS_A_NETWORK", "600"))
BOOKINGS_A_NETWORK = int(os.environ.get("SALA_BOOKINGS_A_NETWORK", "100"))
# Requests for one office's calendar in ten seconds, over all processes, that open a waiting room before it.
ROOM_LOAD = int(os.environ.get("SALA_ROOM_LOAD", "300"))
# Sign-in without proof, for programs that test: docs/operating.md.
TEST_LOGIN = os.environ.get("SALA_TEST_LOGIN", "") == "1"
if TEST_LOGIN and not DEMO:
    raise SystemExit("SALA_TEST_LOGIN lets anybody sign in without proof: it works in a demonstration only. Unset it.")
# Where the provider's signing keys are made: database, file:/directory or pkcs11:… (RFC 7512); docs/operating.md.
PROVIDER_KEYS = os.environ.get("SALA_PROVIDER_KEYS", "database")
# Whether a proof of possession must carry the server's nonce: then none can be made in advance (RFC 9449, 8).
DPOP_NONCE = os.environ.get("SALA_DPOP_NONCE", "") == "1"
# What judges whether a living person is before the camera: challenge, or http:<url> for a tested product besides.
FACES_LIVENESS = os.environ.get("SALA_FACES_LIVENESS", "challenge")
FACES_LIVENESS_TOKEN = os.environ.get("SALA_FACES_LIVENESS_TOKEN", "")
METRICS_TOKEN = os.environ.get("SALA_METRICS_TOKEN", "")
LOGGING_CONFIG = None  # set up in sala.web.logs, so that libraries' lines have the same shape
