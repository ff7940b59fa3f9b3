"""The OpenAPI 3.1 document, made from the endpoints themselves, so that it cannot say what they do not do."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import msgspec
from django.urls import URLPattern, URLResolver
from django.urls.resolvers import RoutePattern

from sala.identity.accounts.api import SCOPES
from sala.kit.api import Endpoint, Resource
from sala.kit.problems import KINDS, MEDIA_TYPE, Problem

VERSION = "1"
_PARAMETER = re.compile(r"<(?:[a-z]+:)?([a-z_]+)>")
_REF = "#/components/schemas/{name}"
_PATHS = {
    "service": ("the service's slug", "^[-a-zA-Z0-9_]+$"),
    "reference": ("the number of the case or booking; spaces, hyphens and small letters are understood", None),
    "code": ("a problem's code", "^[-a-zA-Z0-9_]+$"),
}
_LICENCE = {"name": "Apache-2.0", "identifier": "Apache-2.0"}
_DESCRIPTION = """
One front door to public services. A **service** says by JSON Schema what it asks; filing makes a **case**
with a number, a key and a promised moment of the result; officers decide it through the same API. A service
that is given in person is filed with a **booking**: a time at an office of one's choice.

* Send a token as `Authorization: Bearer …`; make one on your account's page. No cookie is read.
* Every refusal is `application/problem+json` (RFC 9457) with a stable `code`; `/problems` lists them with their cure.
* Send an `Idempotency-Key` with every POST: a repetition is answered as the first was, and nothing is done twice.
* Every GET has an `ETag`; lists go on by `cursor`; times are RFC 3339; `Accept-Language: en` or `th` chooses words.
""".strip()


@cache
def document() -> dict[str, Any]:
    """The whole document."""
    from sala.web.api_urls import urlpatterns

    found = list(_endpoints(urlpatterns))
    types = [Problem, *_types(found)]
    schemas, components = msgspec.json.schema_components(types, ref_template=_REF)
    by_type = dict(zip(map(_key, types), schemas, strict=True))
    paths: dict[str, Any] = {}
    for path, endpoint in found:
        paths.setdefault(path, {})[endpoint.method.lower()] = _operation(path, endpoint, by_type)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Sala", "version": VERSION, "description": _DESCRIPTION, "license": _LICENCE},
        "servers": [{"url": "/api/v1"}],
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": dict(sorted(components.items())),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "description": _scopes()}},
            "responses": {"Problem": _problem(by_type)},
            "headers": _HEADERS,
        },
    }


_HEADERS: dict[str, Any] = {
    "X-Request-ID": {"description": "name it when you ask for help", "schema": {"type": "string"}},
    "ETag": {"description": "for If-None-Match", "schema": {"type": "string"}},
    "Location": {"description": "of the new thing", "schema": {"type": "string", "format": "uri"}},
    "Idempotent-Replayed": {
        "description": "`true` where this is the answer given before",
        "schema": {"type": "string", "const": "true"},
    },
}


def _scopes() -> str:
    lines = [f"* `{name}`: {words.en}" for name, words in SCOPES.items()]
    return "An API token, limited to scopes:\n\n" + "\n".join(lines)


def _endpoints(patterns: list[Any], prefix: str = "") -> Iterator[tuple[str, Endpoint[Any]]]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from _endpoints(pattern.url_patterns, prefix + _route(pattern))
        elif isinstance(pattern, URLPattern) and isinstance(pattern.callback, Resource):
            path = "/" + _PARAMETER.sub(r"{\1}", prefix + _route(pattern))
            for endpoint in pattern.callback.endpoints.values():
                yield path, endpoint


def _route(pattern: URLPattern | URLResolver) -> str:
    assert isinstance(pattern.pattern, RoutePattern)  # noqa: S101 - the API has no other patterns
    return str(pattern.pattern)


def _types(found: list[tuple[str, Endpoint[Any]]]) -> list[Any]:
    known: dict[str, Any] = {}
    for _, endpoint in found:
        for shape in (endpoint.returns, endpoint.body):
            if shape is not None:
                known.setdefault(_key(shape), shape)
    return list(known.values())


def _key(shape: Any) -> str:
    return str(shape)


def _operation(path: str, endpoint: Endpoint[Any], schemas: dict[str, Any]) -> dict[str, Any]:
    summary, _, description = inspect.cleandoc(endpoint.handler.__doc__ or "").partition("\n")
    operation: dict[str, Any] = {
        "operationId": endpoint.name,
        "summary": summary,
        "tags": [path.split("/")[1].split(".", maxsplit=1)[0]],
        "parameters": [*_path_parameters(path), *_query_parameters(endpoint), *_header_parameters(endpoint)],
        "responses": _responses(endpoint, schemas),
    }
    if description.strip():
        operation["description"] = description.strip()
    if endpoint.body is not None:
        required = any(f.required for f in msgspec.structs.fields(endpoint.body))
        operation["requestBody"] = {
            "required": required,
            "content": {"application/json": {"schema": schemas[_key(endpoint.body)]}},
        }
    if endpoint.scope:
        needed: list[dict[str, list[str]]] = [{"token": [endpoint.scope]}]
        operation["security"] = [*needed, {}] if endpoint.anonymous else needed
    return operation


def _path_parameters(path: str) -> list[dict[str, Any]]:
    found = []
    for name in re.findall(r"{([a-z_]+)}", path):
        description, pattern = _PATHS[name]
        schema = {"type": "string", "minLength": 1} | ({"pattern": pattern} if pattern else {})
        found.append({"name": name, "in": "path", "required": True, "description": description, "schema": schema})
    return found


def _query_parameters(endpoint: Endpoint[Any]) -> list[dict[str, Any]]:
    if endpoint.query is None:
        return []
    (ref,), components = msgspec.json.schema_components([endpoint.query], ref_template="{name}")
    shape = components[ref["$ref"]]
    found = []
    for name, schema in shape["properties"].items():
        inner = _resolved(schema, components)
        description = inner.pop("description", None)
        parameter = {"name": name, "in": "query", "required": name in shape.get("required", []), "schema": inner}
        found.append(parameter | ({"description": description} if description else {}))
    return found


def _resolved(schema: dict[str, Any], components: dict[str, Any]) -> dict[str, Any]:
    """A parameter's schema by itself: absent is absent, so `null` is no value of it."""
    options = [option for option in schema.get("anyOf", [schema]) if option.get("type") != "null"]
    merged = {k: v for k, v in schema.items() if k not in {"anyOf", "default"}} | options[0]
    if "$ref" in merged:
        merged = components[merged["$ref"]]
    if schema.get("default") is not None:
        merged = {**merged, "default": schema["default"]}
    return dict(merged)


def _header_parameters(endpoint: Endpoint[Any]) -> list[dict[str, Any]]:
    if endpoint.method != "POST":
        return []
    schema = {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[\\x21-\\x7e]+$"}
    description = "makes the request safe to repeat: a UUID, new for each thing you do"
    header = {"name": "Idempotency-Key", "in": "header", "required": False}
    return [header | {"description": description, "schema": schema}]


def _responses(endpoint: Endpoint[Any], schemas: dict[str, Any]) -> dict[str, Any]:
    headers: dict[str, Any] = {"X-Request-ID": {"$ref": "#/components/headers/X-Request-ID"}}
    if endpoint.location:
        headers["Location"] = {"$ref": "#/components/headers/Location"}
    if added := {"GET": "ETag", "POST": "Idempotent-Replayed"}.get(endpoint.method):
        headers[added] = {"$ref": f"#/components/headers/{added}"}
    done = {
        "description": "Found" if endpoint.method == "GET" else "Done",
        "headers": headers,
        "content": {"application/json": {"schema": schemas[_key(endpoint.returns)]}},
    }
    responses: dict[str, Any] = {str(endpoint.status): done}
    for status in sorted({KINDS[code].status for code in _refusals(endpoint)}):
        codes = [code for code in _refusals(endpoint) if KINDS[code].status == status]
        named = "; ".join(f"`{code}`: {KINDS[code].title.en}" for code in codes)
        responses[str(status)] = _problem(schemas) | {"description": named}
    responses["default"] = {"$ref": "#/components/responses/Problem"}
    return responses


def _refusals(endpoint: Endpoint[Any]) -> list[str]:
    codes = {"malformed", "too_many", *endpoint.refusals}
    if endpoint.scope:
        codes |= {"unauthorized", "insufficient_scope"}
        codes |= {"forbidden"} if not endpoint.anonymous else set()
    if endpoint.method != "GET":
        codes.add("invalid")
    if endpoint.method == "POST":
        codes.add("idempotency_key_reused")
    if endpoint.body is not None:
        codes |= {"too_large", "unsupported_media_type"}
    codes.add("not_found")
    return sorted(codes)


def _problem(schemas: dict[str, Any]) -> dict[str, Any]:
    return {"description": "A refusal (RFC 9457)", "content": {MEDIA_TYPE: {"schema": schemas[_key(Problem)]}}}
