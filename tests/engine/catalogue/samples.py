"""Declarations for the tests of this room."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from sala.engine.catalogue.declaration import Declaration, Field
from sala.engine.catalogue.loaded import Loaded

ADVICE = Path(__file__).parents[2] / "declarations" / "advice.yaml"
TM47 = Path(__file__).parents[3] / "sala" / "services" / "immigration" / "tm47.yaml"


def text(word: str) -> dict[str, str]:
    return {"th": f"ก{word}", "en": word}


def field(key: str, type_: str, **more: Any) -> dict[str, Any]:
    return {"key": key, "type": type_, "label": text(key.capitalize()), **more}


def a_field(type_: str, **more: Any) -> Field:
    """A field with the key `answer`, labelled `Answer` and `คำตอบ`."""
    return msgspec.convert({"key": "answer", "type": type_, "label": {"th": "คำตอบ", "en": "Answer"}, **more}, Field)


def page(key: str, *fields: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"page": key, "title": text(key.capitalize()), "fields": list(fields), **more}


def declaration(*pages: dict[str, Any], **more: Any) -> Declaration:
    """A valid declaration around `pages`; `more` replaces or adds top-level keys."""
    whole = {
        "service": "trial",
        "agency": "immigration-bureau",
        "reference": "TRY",
        "name": text("Trial"),
        "summary": text("A trial"),
        "form": [page("contact", field("email", "email")), *pages],
        "applicant": ["contact.email"],
        "contact": "contact.email",
        "route": {"to": "immigration-office-10"},
        "time": [{"name": "result", "within": "3d", "warn": "2d"}],
        "decisions": ["approved"],
        **more,
    }
    return msgspec.convert(whole, Declaration)


def loaded(*pages: dict[str, Any], **more: Any) -> Loaded:
    return Loaded(declaration(*pages, **more))


EMAIL = {"contact": {"email": "ann@example.com"}}
"""What the first page of `declaration` asks for."""
