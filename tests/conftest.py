"""One test run: settings, the requirement marker, a clock, people."""

from __future__ import annotations

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sala.web.settings")

pytest_plugins = ["tests.places"]
