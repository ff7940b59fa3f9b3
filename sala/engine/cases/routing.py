"""Which office a request goes to, and which others see it (R-001.27, R-004.17)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sala.engine.cases import words
from sala.engine.catalogue.declaration import Route
from sala.engine.catalogue.loaded import Loaded
from sala.identity.directory import queries as directory
from sala.kit.errors import Conflict, Fault, Invalid
from sala.kit.text import Text


class NeedsVisit(Conflict):
    """The service is given in person: its cases are filed by booking a visit, never alone."""

    code = "needs_visit"

    def __init__(self) -> None:
        super().__init__(
            Text(
                th="บริการนี้ต้องมาที่สำนักงาน โปรดเลือกสำนักงาน วัน และเวลา แล้วยื่นพร้อมการจอง",
                en="This service is given in person. Choose an office, a day and a time: "
                "the request is filed with the booking",
            )
        )


def of_visit(service: Loaded, office: int) -> tuple[int, int | None]:
    """The office that the visitor chose and the province it stands in; it must be one that gives the service."""
    appointment, card = service.declaration.appointment, directory.office(office)
    if appointment is None or card.kind != appointment.at:
        raise Invalid([Fault(field="office", code="no_office", message=words.OFFICE_ELSEWHERE)])
    return card.id, card.province


def route(service: Loaded, answers: Mapping[str, Any]) -> tuple[int, int | None]:
    """The office responsible (R-001.27) and the province it was chosen by."""
    wanted = service.declaration.route
    if wanted is None:
        raise NeedsVisit
    by = wanted.by
    if by is None:
        return directory.office_by_slug(wanted.to).id, None
    place = service.place(answers, by)
    office = directory.responsible(wanted.to, place) if place else None
    if office is None:
        raise Invalid([Fault(field=by, code="no_office", message=words.NO_OFFICE)])
    return office, service.province(answers, by)


def also_at(service: Loaded, answers: Mapping[str, Any], office: int) -> list[int]:
    """The other offices that see a case with these answers; without those that nothing was answered for."""
    found = {_other(route, service, answers) for route in service.declaration.also_at}
    return sorted(one for one in found if one is not None and one != office)


def _other(route: Route, service: Loaded, answers: Mapping[str, Any]) -> int | None:
    if route.by is None:
        return directory.office_by_slug(route.to).id
    place = service.place(answers, route.by)
    return directory.responsible(route.to, place) if place else None
