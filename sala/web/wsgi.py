"""Pages and API (WSGI)."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sala.web.settings")
application = get_wsgi_application()


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
