"""From a path of the API to its endpoint, at the same cost for each of them.

Django tries patterns one after the other; here the patterns of the URL configuration that lead to
endpoints become a tree by segment, once a process. Same patterns, same converters, same names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.urls import ResolverMatch, URLPattern, URLResolver, get_resolver
from django.urls.converters import get_converters

from sala.kit.api import Resource
from sala.kit.errors import NotFound

_PARAMETER = re.compile(r"<(?:(?P<converter>[a-z]+):)?(?P<name>[a-z_]+)>")


@dataclass(slots=True)
class _Node:
    """What may follow a beginning of a path: known segments, or any; and the endpoint if the path may end here."""

    known: dict[str, _Node] = field(default_factory=dict)
    any: _Node | None = None
    match: ResolverMatch | None = None
    parameters: tuple[tuple[str, re.Pattern[str]], ...] = ()


def find(path: str, urlconf: str | None = None) -> tuple[ResolverMatch, dict[str, Any]]:
    """The resource at `path` and its parameters. Raises `NotFound`."""
    node, values = _tree(urlconf), []
    for segment in path[1:].split("/"):
        following = node.known.get(segment)
        if following is None:
            values.append(segment)
            following = node.any
            if following is None:
                raise NotFound
        node = following
    if node.match is None:
        raise NotFound
    parameters = {}
    for (name, allowed), value in zip(node.parameters, values, strict=True):
        if not allowed.fullmatch(value):
            raise NotFound
        parameters[name] = value
    return node.match, parameters


@cache
def _tree(urlconf: str | None) -> _Node:
    root = _Node()
    for route, pattern in _resources(get_resolver(urlconf).url_patterns, ""):
        node, parameters = root, []
        for segment in route.split("/"):
            if found := _PARAMETER.fullmatch(segment):
                allowed = get_converters()[found["converter"] or "str"].regex
                parameters.append((found["name"], re.compile(allowed)))
                node.any = node.any or _Node()
                node = node.any
            else:
                node = node.known.setdefault(segment, _Node())
        node.match = ResolverMatch(pattern.callback, (), {}, url_name=pattern.name, route=route)
        node.parameters = tuple(parameters)
    return root


def _resources(patterns: list[Any], prefix: str) -> Iterator[tuple[str, URLPattern]]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _resources(pattern.url_patterns, route)
        elif isinstance(pattern.callback, Resource):
            yield route, pattern
