"""Declarations for the tests of this room."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from sala.engine.catalogue.declaration import Declaration

ADVICE = Path(__file__).parents[2] / "declarations" / "advice.yaml"


def text(word: str) -> dict[str, str]:
    return {"th": f"ก{word}", "en": word}


def field(key: str, type_: str, **more: Any) -> dict[str, Any]:
    return {"key": key, "type": type_, "label": text(key.capitalize()), **more}


def declaration(*pages: dict[str, Any], **more: Any) -> Declaration:
    """A valid declaration around `pages`; `more` replaces or adds top-level keys."""
    contact = {"page": "contact", "title": text("Contact"), "fields": [field("email", "email")]}
    whole = {
        "service": "trial",
        "agency": "bureau",
        "reference": "TRY",
        "name": text("Trial"),
        "summary": text("A trial"),
        "form": [contact, *pages],
        "applicant": ["contact.email"],
        "contact": "contact.email",
        "route": {"to": "head-office"},
        "time": [{"name": "result", "within": "3d", "warn": "2d"}],
        **more,
    }
    return msgspec.convert(whole, Declaration)


def page(key: str, *fields: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"page": key, "title": text(key.capitalize()), "fields": list(fields), **more}
