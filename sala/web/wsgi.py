"""Pages and API (WSGI)."""

from __future__ import annotations

import os
from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIEnvironment

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sala.web.settings")
pages = get_wsgi_application()

from django.core.handlers.wsgi import WSGIRequest  # noqa: E402 - after the settings
from django.db import connection  # noqa: E402

from sala.web import api  # noqa: E402
from sala.web.middleware import observed  # noqa: E402


def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """The API goes past Django's handler, whose signals and layers cost it more than its own work."""
    if not api.takes(environ["PATH_INFO"]):
        return pages(environ, start_response)
    response = observed(WSGIRequest(environ), api.serve)
    if connection.errors_occurred:  # what the signals are for: a connection that broke is not used again
        connection.close_if_unusable_or_obsolete()
    start_response(f"{response.status_code} {response.reason_phrase}", list(response.items()))
    return (response.content,)


def warm() -> None:
    """Load what the first request would: addresses, templates' machinery, words. Opens no connection.

    Forgets the figures of web processes that are gone; these are to be the only ones of this state directory.
    """
    from django.template import engines
    from django.urls import get_resolver
    from django.utils import translation

    from sala.web import metrics

    metrics.clear()
    _ = get_resolver().url_patterns
    _ = engines.all()
    for language in ("th", "en"):
        with translation.override(language):
            translation.gettext("Services")
