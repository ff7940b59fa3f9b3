"""The JSON Schema of a case's answers, made from its declaration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sala.engine.catalogue.declaration import Declaration, Group, Page
from sala.engine.catalogue.fields import Kind
from sala.kit.text import Text

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def of(declaration: Declaration, kinds: Mapping[str, Kind]) -> dict[str, Any]:
    """The schema of flat answers: pages by key, fields by key, a list for a group that is not split.

    It says all that a schema can; conditions and checks (`x-when`) are judged by the engine alone.
    """
    listed = {group.group: group for group in declaration.groups if not group.split}
    pages = [page for page in declaration.form if page.group not in listed]
    properties = {page.page: _page(page, kinds) for page in pages}
    properties |= {key: _group(group, declaration, kinds) for key, group in listed.items()}
    required = [page.page for page in pages if _needed(page)] + list(listed)
    return {"$schema": DIALECT, "title": declaration.name.en, **_object(properties, required)}


def _page(page: Page, kinds: Mapping[str, Kind]) -> dict[str, Any]:
    properties = {}
    for field in page.fields:
        schema = kinds[f"{page.page}.{field.key}"].schema()
        properties[field.key] = {**_words(field.label, field.hint), **_when(field.when), **schema}
    required = [field.key for field in page.fields if field.required and not field.when]
    return {**_words(page.title, page.lead), **_when(page.when), **_object(properties, required)}


def _group(group: Group, declaration: Declaration, kinds: Mapping[str, Kind]) -> dict[str, Any]:
    pages = [page for page in declaration.form if page.group == group.group]
    properties = {page.page: _page(page, kinds) for page in pages}
    return {
        **_words(group.title, None),
        "type": "array",
        "minItems": group.minimum,
        "maxItems": group.maximum,
        "items": _object(properties, [page.page for page in pages if _needed(page)]),
    }


def _needed(page: Page) -> bool:
    return not page.when and any(field.required and not field.when for field in page.fields)


def _object(properties: dict[str, Any], required: list[str]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def _words(title: Text, more: Text | None) -> dict[str, Any]:
    description = {"description": more.en} if more else {}
    return {"title": title.en, **description, "x-title-th": title.th}


def _when(expression: str | None) -> dict[str, str]:
    return {"x-when": expression} if expression else {}
