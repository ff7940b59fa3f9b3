"""The application as Django's own handler runs it: pages, and through `middleware.observe` the API.

The server does not come here for the API: `sala.web.door` answers it without the handler's signals and layers.
"""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sala.web.settings")
application = get_wsgi_application()
