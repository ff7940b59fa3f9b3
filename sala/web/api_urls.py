"""Every address below /api/v1/, and what the API says of itself."""

from __future__ import annotations

from typing import Any

import msgspec
from django.urls import URLPattern

from sala.engine.appointments import api as appointments
from sala.engine.cases import api as cases
from sala.engine.catalogue import api as catalogue
from sala.engine.desk import api as desk
from sala.engine.desk import reports_api as reports
from sala.identity.accounts.api import Call, endpoint
from sala.kit.api import route
from sala.kit.errors import NotFound
from sala.kit.problems import KINDS, Kind
from sala.web import openapi


class KindList(msgspec.Struct, frozen=True):
    """Every kind of refusal."""

    items: list[Kind]


@endpoint("GET", returns=dict[str, Any], anonymous=True)
def read_openapi(call: Call[None, None]) -> dict[str, Any]:
    """This document."""
    return openapi.document()


@endpoint("GET", returns=KindList, anonymous=True)
def list_problems(call: Call[None, None]) -> KindList:
    """Every kind of refusal, with its cure."""
    return KindList(list(KINDS.values()))


@endpoint("GET", returns=Kind, anonymous=True)
def read_problem(call: Call[None, None], *, code: str) -> Kind:
    """One kind of refusal, with its cure; a problem's `type` leads here."""
    if code not in KINDS:
        raise NotFound
    return KINDS[code]


urlpatterns: list[URLPattern] = [
    *cases.urlpatterns,
    *catalogue.urlpatterns,
    *appointments.urlpatterns,
    *desk.urlpatterns,
    *reports.urlpatterns,
    route("openapi.json", read_openapi, name="openapi"),
    route("problems", list_problems, name="problems"),
    route("problems/<slug:code>", read_problem, name="problem"),
]
