"""Reads of drafts. Somebody else's draft is told to be not there."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sala.engine.drafts.models import Draft
from sala.identity.accounts.actor import Actor
from sala.identity.accounts.held import SHORT
from sala.kit import clock
from sala.kit.errors import NotFound


def is_owner(draft: Draft, *, by: Actor, held: Collection[UUID]) -> bool:
    """Whether `draft` is the actor's, or, made without an account, is among those this browser holds.

    Once sent, the latter only for as long as a browser keeps the key from a letter: its pages name who applied, and
    give the keys to what was filed, to whoever sits at a shared computer next.
    """
    if draft.account_id is not None:
        return by.account_id == draft.account_id
    fresh = draft.submitted_at is None or clock.now() < draft.submitted_at + SHORT
    return draft.id in held and fresh


def draft(draft_id: UUID, *, by: Actor, held: Collection[UUID] = ()) -> Draft:
    """The draft, for its owner. Raises NotFound."""
    found = Draft.objects.filter(id=draft_id).first()
    if found is None or not is_owner(found, by=by, held=held):
        raise NotFound
    return found


def drafts_of(account_id: UUID, *, service: str = "") -> list[Draft]:
    """An account's unfinished drafts, the latest touched first."""
    rows = Draft.objects.filter(account_id=account_id, submitted_at=None).order_by("-updated_at")
    return list(rows.filter(service=service) if service else rows)
