"""A small API on the real machinery: what the kit promises, without a domain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
import psycopg
from django.db import OperationalError
from django.http import HttpRequest
from django.urls import include, path

from sala.kit import audit
from sala.kit.api import Call, Identification, endpoint, route
from sala.kit.errors import Conflict, SalaError
from sala.kit.models import AuditEntry
from sala.kit.text import Text


@dataclass(frozen=True)
class Person:
    label: str
    scopes: tuple[str, ...] = ()

    def may(self, scope: str) -> bool:
        return scope in self.scopes


PEOPLE = {"Bearer writer": Person("writer", ("write",)), "Bearer reader": Person("reader")}


def bearers(requests: Sequence[HttpRequest]) -> list[Person | None]:
    return [PEOPLE.get(request.META.get("HTTP_AUTHORIZATION", "")) for request in requests]


WHO = Identification(bearers=bearers, nobody=Person("nobody"), address=lambda request: request.META["REMOTE_ADDR"])


class Thing(msgspec.Struct, forbid_unknown_fields=True):
    name: Annotated[str, msgspec.Meta(max_length=20)]
    facts: dict[str, Any] = {}


class Made(msgspec.Struct):
    number: int
    name: str


class Search(msgspec.Struct, forbid_unknown_fields=True):
    limit: Annotated[int, msgspec.Meta(ge=1, le=10)] = 5


class Ask(msgspec.Struct, forbid_unknown_fields=True):
    word: str
    limit: int = 5


@endpoint("GET", identification=WHO, returns=str, query=Ask, anonymous=True)
def echo(call: Call[Person, None, Ask]) -> str:
    return call.query.word


@endpoint("GET", identification=WHO, returns=list[int], query=Search, anonymous=True)
def numbers(call: Call[Person, None, Search]) -> list[int]:
    return list(range(call.query.limit))


@endpoint(
    "POST",
    identification=WHO,
    body=Thing,
    returns=Made,
    status=201,
    scope="write",
    location=lambda made: f"/api/toy/{made.number}",
)
def make(call: Call[Person, Thing, None]) -> Made:
    audit.record(call.by.label, "made", "toy")
    if call.body.name == "clash":
        raise Conflict(Text(th="ชนกัน", en="They clash"))
    return Made(AuditEntry.objects.count(), call.body.name)


@endpoint("GET", identification=WHO, returns=int, anonymous=True)
def fail(call: Call[Person, None, None], *, how: str) -> int:
    if how == "database":
        raise OperationalError
    raise ValueError("a secret: 0812345678")


groups: list[list[str]] = []
"""The words that were asked for together."""


@endpoint("GET", identification=WHO, returns=str, query=Ask, anonymous=True, together=True)
def together(calls: Sequence[Call[Person, None, Ask]]) -> list[str | SalaError]:
    words = [call.query.word for call in calls]
    groups.append(words)
    if "broken" in words:
        raise ValueError("a secret: 0812345678")
    if "gone" in words:
        raise OperationalError from psycopg.OperationalError()
    if "deadlock" in words:
        raise OperationalError from psycopg.errors.DeadlockDetected()
    clash = Conflict(Text(th="ชนกัน", en="They clash"))
    return [clash if word == "refused" else word for word in words]


urlpatterns = [
    path(
        "api/",
        include(
            [
                route("toy", numbers, make, name="toy"),
                route("echo", echo, name="echo"),
                route("together", together, name="together"),
                route("fail/<slug:how>", fail, name="fail"),
            ]
        ),
    )
]
