"""What stands around every list of the desk: queues with counts, and by what they are narrowed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponseRedirect
from django.urls import reverse

from sala.engine.cases import queues
from sala.engine.cases.permissions import Permission, offices
from sala.engine.catalogue import queries as catalogue
from sala.engine.catalogue.declaration import Declaration
from sala.identity.accounts.actor import Actor
from sala.identity.directory import queries as directory
from sala.identity.directory.queries import OfficeCard
from sala.identity.registrar.permissions import office_of
from sala.kit import live
from sala.kit.text import Text

REGISTER = Text(th="ทะเบียนราษฎร", en="Civil register")
MOST_LIVE = 50
"""Offices a page listens to; who sees more loads the page again."""


@dataclass(frozen=True, slots=True)
class Narrowed:
    """The office and service to which the reader narrowed a list."""

    office: OfficeCard | None = None
    service: str = ""

    @property
    def office_id(self) -> int | None:
        return self.office.id if self.office else None

    def query(self, **more: str) -> str:
        """The address's query that says so, beginning with `?`; empty where nothing is said."""
        given = {"office": self.office.slug if self.office else "", "service": self.service, **more}
        said = urlencode({key: value for key, value in given.items() if value})
        return f"?{said}" if said else ""


def narrowed(given: Mapping[str, str], by: Actor) -> Narrowed:
    """What `office` and `service` of an address or form say; an office that is not the reader's says nothing."""
    slug = given.get("office", "")
    mine = (directory.office(one) for one in offices(by, Permission.VIEW)) if slug else ()
    return Narrowed(
        next((office for office in mine if office.slug == slug), None), given.get("service", "").replace("\0", "")[:50]
    )


def frame(chosen: Narrowed, by: Actor) -> dict[str, Any]:
    """The context of `desk/frame.html`."""
    mine = sorted(offices(by, Permission.VIEW))
    here = chosen.office_id or (mine[0] if len(mine) == 1 else None)
    assigns = here is not None and here in offices(by, Permission.ASSIGN)
    return {
        "nav": "desk",
        "counts": queues.queue_counts(by=by, office=chosen.office_id, service=chosen.service or None),
        "most": queues.COUNTED_TO,
        "chosen": chosen,
        "offices": [directory.office(one) for one in mine],
        "services": _services(mine, by),
        "works": bool(offices(by, Permission.WORK)),
        "colleagues": directory.colleagues(here) if here is not None and assigns else [],
        "reports": bool(offices(by, Permission.REPORTS)),
        "appointments": _give_appointments(mine),
        "register": str(REGISTER) if office_of(by) else "",
        "live": live.ticket([f"office:{one}" for one in mine]) if 0 < len(mine) <= MOST_LIVE else None,
    }


def _services(mine: list[int], by: Actor) -> list[tuple[str, Text]]:
    """The services whose cases come to these offices, as far as the reader's posts are for them."""
    cards = [directory.office(one) for one in mine]
    offices, kinds = {card.slug for card in cards}, {card.kind for card in cards}
    every = any(not seat.services for seat in by.seats)
    named = {slug for seat in by.seats for slug in seat.services}
    return [
        (one.slug, one.declaration.name)
        for one in catalogue.catalogue()
        if (every or one.slug in named) and _comes(one.declaration, offices, kinds)
    ]


def _comes(declared: Declaration, offices: set[str], kinds: set[str]) -> bool:
    """Whether cases of a service are worked on or seen at one of these offices."""
    routes = [route for route in (declared.route, *declared.also_at) if route]
    visited = declared.appointment is not None and declared.appointment.at in kinds
    return visited or any(route.to in (kinds if route.by else offices) for route in routes)


def _give_appointments(offices: list[int]) -> bool:
    """Whether any of these offices is of a kind at which a service is given in person."""
    asked = [one.declaration.appointment for one in catalogue.catalogue()]
    return not {one.at for one in asked if one}.isdisjoint(directory.office(office).kind for office in offices)


def see_other(name: str, *arguments: str, query: str = "") -> HttpResponseRedirect:
    """After a POST: go and look at the page called `name` (303), so that a reload repeats nothing."""
    return HttpResponseRedirect(reverse(name, args=arguments) + query, status=303)
