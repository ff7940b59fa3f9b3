"""The schema of the copy in JSON (JSON Schema 2020-12); docs/api.md tells it in words."""

from __future__ import annotations

from typing import Any

_TEXT = {
    "type": "object",
    "required": ["th", "en"],
    "properties": {"th": {"type": "string"}, "en": {"type": "string"}},
    "additionalProperties": False,
}
_TEXT_OR_NONE = {"anyOf": [_TEXT, {"type": "null"}]}
_MOMENT = {"type": "string", "format": "date-time"}
_SECTION = {
    "type": "object",
    "required": ["key", "title", "why", "kept", "law", "records"],
    "properties": {
        "key": {"type": "string", "description": "names the sort of data; a new sort is a new key"},
        "title": _TEXT,
        "why": _TEXT | {"description": "why it is kept"},
        "kept": _TEXT | {"description": "how long"},
        "law": _TEXT | {"description": "under which law"},
        "records": {"type": "array", "items": {"type": "object"}, "description": "by the names that the tables have"},
    },
    "additionalProperties": False,
}
_TOLD = {
    "type": "object",
    "required": ["claim", "purpose", "law"],
    "properties": {"claim": {"type": "string"}, "purpose": _TEXT, "law": _TEXT},
    "additionalProperties": False,
}
_LOOK = {
    "type": "object",
    "required": ["number", "at", "kind", "by", "owner", "act", "reason", "told"],
    "properties": {
        "number": {"type": "string", "pattern": "^[RA][0-9]+$", "description": "to be named when asking about it"},
        "at": _MOMENT,
        "kind": {"enum": ["service", "officer", "account"]},
        "by": _TEXT | {"description": "the service, or the officer’s role and office"},
        "owner": _TEXT_OR_NONE,
        "act": {"type": "string"},
        "reason": _TEXT_OR_NONE,
        "told": {"type": "array", "items": _TOLD, "description": "with purpose and law as they stood then"},
    },
    "additionalProperties": False,
}
SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "All that Sala holds about one person",
    "type": "object",
    "required": ["$schema", "version", "made_at", "account", "sections", "looks"],
    "properties": {
        "$schema": {"type": "string"},
        "version": {"type": "string", "pattern": r"^1\.[0-9]+$"},
        "made_at": _MOMENT,
        "account": {"type": "string", "format": "uuid"},
        "sections": {"type": "array", "items": _SECTION},
        "looks": {"type": "array", "items": _LOOK},
    },
    "additionalProperties": False,
}
