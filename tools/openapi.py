"""Write docs/api/openapi.json from the endpoints; with `--check`, fail if it is another."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sala.web.settings")
django.setup()

from sala.web import openapi  # noqa: E402 - needs the settings

TARGET = Path(__file__).resolve().parent.parent / "docs" / "api" / "openapi.json"
written = json.dumps(openapi.document(), ensure_ascii=False, indent=1, default=str) + "\n"
if "--check" in sys.argv:
    sys.exit(not TARGET.exists() or TARGET.read_text() != written)
TARGET.parent.mkdir(parents=True, exist_ok=True)
TARGET.write_text(written)
