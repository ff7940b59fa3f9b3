"""`EMAIL_URL`: how letters leave, in one line.

`smtp+tls://` (STARTTLS, port 587) and `smtps://` (TLS from the start, port 465) check the server's certificate and
never fall back to plain text; `smtp://` (port 25) is plain, for a relay on the same machine or network.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote, urlsplit

SCHEMES = {"smtp": 25, "smtp+tls": 587, "smtps": 465}


def settings_of(url: str) -> dict[str, Any]:
    """Django's settings for sending by `url`. Exits with words where it cannot be right, without the password."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise SystemExit("EMAIL_URL: this is no address. Write smtp+tls://user:password@host:587") from None
    if parts.scheme not in SCHEMES or not parts.hostname:
        known = ", ".join(f"{scheme}://" for scheme in SCHEMES)
        raise SystemExit(f"EMAIL_URL must begin with one of {known} and name a host: smtp+tls://user:password@host:587")
    if parts.query or parts.fragment or parts.path not in {"", "/"}:
        raise SystemExit("EMAIL_URL: nothing may follow the port. In a password write / ? # @ : as %2F %3F %23 %40 %3A")
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": port or SCHEMES[parts.scheme],
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": parts.scheme == "smtp+tls",
        "EMAIL_USE_SSL": parts.scheme == "smtps",
    }
