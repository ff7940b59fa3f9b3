"""The JSON Schema of declarations: the contract with agencies, and what an editor completes by."""

from __future__ import annotations

from functools import cache
from typing import Any

import msgspec

from sala.engine.catalogue.declaration import Declaration

DIALECT = "https://json-schema.org/draft/2020-12/schema"


@cache
def declaration_schema() -> dict[str, Any]:
    """As published at /api/v1/declaration.schema.json. It tells the shape; `sala services check` tells the rest."""
    schema = msgspec.json.schema(Declaration)
    return {"$schema": DIALECT, "title": "Sala service declaration", **schema}
