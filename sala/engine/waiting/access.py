"""Who sees a turn or an offer: the account that waits, or who shows the key from the letters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from sala.engine.waiting import keys, queries
from sala.engine.waiting.models import Offer, Waiting
from sala.identity.accounts import held
from sala.identity.accounts.actor import Actor
from sala.identity.accounts.held import Held
from sala.identity.accounts.requests import actor_of
from sala.kit.errors import NotFound
from sala.kit.ids import normal_reference

if TYPE_CHECKING:  # the row itself belongs to its room
    from sala.engine.appointments.models import Visit

TURN, OFFER = "waiting", "offer"


@dataclass(frozen=True, slots=True)
class Offered:
    """An offer, and in what role its reader answers it. One of `turn` and `visit` is there."""

    offer: Offer
    turn: Waiting | None
    visit: Visit | None
    by: Actor


def turn(request: HttpRequest, reference: str) -> Waiting:
    """The turn with this number for whoever may see it. Raises NotFound."""
    stored = normal_reference(reference) or ""
    shown = held.held(request, TURN, stored)
    return queries.turn_by_reference(stored, by=actor_of(request), key=shown.key if shown else None)


def offered(request: HttpRequest, offer: UUID) -> Offered:
    """The offer for whoever may answer it. Raises NotFound."""
    found = queries.offered(offer)
    by = actor_of(request)
    owner = found.turn.account_id if found.turn else found.visit.account_id if found.visit else None
    if by.account_id is not None and by.account_id == owner:
        return Offered(found.offer, found.turn, found.visit, by)
    if not _shown(request, found):
        raise NotFound
    reference = found.turn.reference if found.turn else found.visit.reference if found.visit else ""
    return Offered(found.offer, found.turn, found.visit, Actor(kind="key", id=reference))


def _shown(request: HttpRequest, found: queries.Offered) -> bool:
    """Whether this browser showed the offer's key, or that of the turn it is for."""
    shown = held.held(request, OFFER, str(found.offer.id))
    if shown and keys.same(shown.key, keys.key_of_offer(found.offer.id)):
        return True
    of_turn = held.held(request, TURN, found.turn.reference) if found.turn else None
    return bool(of_turn and found.turn and keys.same(of_turn.key, keys.key_of_turn(found.turn.id)))


def hold_turn(request: HttpRequest, response: HttpResponse, row: Waiting) -> None:
    """Remember for two hours that this browser may see the turn: so no key need stand in an address."""
    held.hold(request, response, TURN, row.reference, Held(keys.key_of_turn(row.id), whole=True))


def hold_offer(request: HttpRequest, response: HttpResponse, offer: UUID) -> None:
    """The same for an offer."""
    held.hold(request, response, OFFER, str(offer), Held(keys.key_of_offer(offer), whole=True))
