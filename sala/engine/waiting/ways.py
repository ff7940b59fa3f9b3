"""The ways to the pages of this room, for rooms below it that may not know it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from uuid import UUID

from django.urls import reverse

from sala.engine.cases.beside import Way
from sala.engine.waiting import links, queries
from sala.engine.waiting.waitlist import PREFIX


def of_number(reference: str) -> Way | None:
    """Where the number of a turn leads, typed where requests are looked up."""
    if not reference.startswith(f"{PREFIX}-"):
        return None
    return Way(reverse("waiting:turn", args=[reference]), reverse("waiting:link", args=[reference]))


def to_offers(visits: Collection[UUID]) -> Mapping[UUID, str]:
    """Where the times held for visits that lost theirs are answered, by visit, each with its key."""
    return {visit: links.path_to_offer(offer) for visit, offer in queries.offers_for(visits).items()}
