"""Write docs/api/openapi.json from the endpoints: `python tools/openapi.py`. A test holds the two equal."""

from __future__ import annotations

import json
import os
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sala.web.settings")
django.setup()

from sala.web import openapi  # noqa: E402 - needs the settings

TARGET = Path(__file__).resolve().parent.parent / "docs" / "api" / "openapi.json"
TARGET.parent.mkdir(parents=True, exist_ok=True)
TARGET.write_text(json.dumps(openapi.document(), ensure_ascii=False, indent=1, default=str) + "\n")
