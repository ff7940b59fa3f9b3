"""The catalogue by API: what may be asked for, and exactly what each service wants to know."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from django.conf import settings
from msgspec import Meta, field

from sala.engine.catalogue import queries
from sala.engine.catalogue.declaration import Declaration, Leg, Reason
from sala.engine.catalogue.loaded import Loaded
from sala.identity.accounts.api import Call, endpoint
from sala.kit.api import route
from sala.kit.text import Text

ROOT = f"{settings.PUBLIC_URL}/api/v1"


class Href(msgspec.Struct, frozen=True):
    """An address to go on to."""

    href: str


class ServiceLinks(msgspec.Struct, frozen=True):
    """Where to go on from a service."""

    self: Href
    cases: Annotated[Href, Meta(description="POST here to file")]


class FilingWindow(msgspec.Struct, frozen=True):
    """When filing is possible, in days around a statutory date, both ends included."""

    opens: str
    closes: str
    early: Annotated[str, Meta(description="by API: 409 too_early with opens_on; nothing is kept")]
    late: Annotated[str, Meta(description="accept: accepted and marked")]


class ServiceSummary(msgspec.Struct, frozen=True):
    """A service in the catalogue."""

    service: Annotated[str, Meta(description="its slug", examples=["tm47"])]
    agency: str
    name: Text
    summary: Text
    audience: Annotated[str, Meta(description="anyone, citizen, foreigner or business")]
    sign_in: Annotated[
        str,
        Meta(description="none: no token is needed to file; account: one is; thaid: it is filed on the pages alone"),
    ]
    pilot: bool
    links: ServiceLinks = field(name="_links")


class ServiceList(msgspec.Struct, frozen=True):
    """The open services."""

    items: list[ServiceSummary]


class ServiceDetail(msgspec.Struct, frozen=True):
    """All that an applicant's program needs to know of a service."""

    service: str
    agency: str
    name: Text
    summary: Text
    audience: str
    sign_in: str
    pilot: bool
    version: Annotated[str, Meta(description="SHA-256 of the declaration; a case keeps the version it was filed under")]
    number: Annotated[int, Meta(description="of the publication, counting up")]
    law: Text | None
    before_you_start: list[Text]
    times: Annotated[list[Leg], Meta(description="promised times; the first is that of the result")]
    fees: Annotated[list[Any], Meta(max_length=0, description="none")]
    window: FilingWindow | None
    decisions: list[str]
    reasons: Annotated[list[Reason], Meta(description="published reasons for refusal")]
    schema: Annotated[dict[str, Any], Meta(description="JSON Schema (2020-12) of `answers`")]
    links: ServiceLinks = field(name="_links")


@endpoint("GET", returns=ServiceList, anonymous=True)
def list_services(call: Call[None, None]) -> ServiceList:
    """The services that take new cases."""
    return ServiceList([_summary(loaded) for loaded in queries.catalogue()])


@endpoint("GET", returns=ServiceDetail, anonymous=True)
def read_service(call: Call[None, None], *, service: str) -> ServiceDetail:
    """One service, with the JSON Schema of its answers."""
    loaded = queries.current(service)
    declared = loaded.declaration
    window = declared.window
    return ServiceDetail(
        **msgspec.structs.asdict(_summary(loaded)),
        version=loaded.hash,
        number=loaded.number,
        law=declared.law,
        before_you_start=list(declared.before_you_start),
        times=list(declared.time),
        fees=[],
        window=FilingWindow(window.opens, window.closes, "refuse", window.late) if window else None,
        decisions=list(declared.decisions),
        reasons=list(declared.reasons),
        schema=loaded.schema,
    )


@endpoint("GET", returns=dict[str, Any], anonymous=True)
def read_declaration_schema(call: Call[None, None]) -> dict[str, Any]:
    """The JSON Schema of declarations: the contract between an agency and the engine."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"{ROOT}/declaration.schema.json",
        **msgspec.json.schema(Declaration),
    }


def _summary(loaded: Loaded) -> ServiceSummary:
    declared = loaded.declaration
    return ServiceSummary(
        service=loaded.slug,
        agency=declared.agency,
        name=declared.name,
        summary=declared.summary,
        audience=declared.audience,
        sign_in=declared.sign_in,
        pilot=declared.pilot,
        links=ServiceLinks(
            self=Href(f"{ROOT}/services/{loaded.slug}"), cases=Href(f"{ROOT}/services/{loaded.slug}/cases")
        ),
    )


urlpatterns = [
    route("services", list_services, name="services"),
    route("services/<slug:service>", read_service, name="service"),
    route("declaration.schema.json", read_declaration_schema, name="declaration_schema"),
]
