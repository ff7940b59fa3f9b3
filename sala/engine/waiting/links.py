"""Addresses that a letter may carry."""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse

from sala.engine.waiting.keys import key_of_offer, key_of_turn
from sala.engine.waiting.models import Offer, Waiting


def to_turn(waiting: Waiting) -> str:
    """The whole address of the page of a turn, with its key."""
    path = reverse("waiting:turn", args=[waiting.reference])
    return f"{settings.PUBLIC_URL}{path}?key={key_of_turn(waiting.id)}&lang={waiting.language}"


def to_offer(offer: Offer, language: str) -> str:
    """The whole address of the page of an offer, with its key."""
    return f"{settings.PUBLIC_URL}{path_to_offer(offer)}&lang={language}"


def path_to_offer(offer: Offer) -> str:
    """The address of the page of an offer, with its key, for our own pages: they keep their reader's language."""
    return f"{reverse('waiting:offer', args=[offer.id])}?key={key_of_offer(offer.id)}"
