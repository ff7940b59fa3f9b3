"""How an address names a person: by a word that this officer was given, and that tells nothing about them."""

from __future__ import annotations

from uuid import UUID

from django.core import signing

from sala.identity.accounts.actor import Actor
from sala.identity.people import queries as people
from sala.identity.people.queries import PersonCard
from sala.kit.errors import NotFound

_SALT = "registrar.person"
HOURS = 12
"""As long as a day at the counter: then the person is looked up anew."""


def handle(card: PersonCard, by: Actor) -> str:
    """The word for this person, good for this officer alone, so that nobody walks through the register by counting."""
    return signing.dumps([card.id, str(by.account_id)], salt=_SALT)


def person(word: str, by: Actor) -> PersonCard:
    """Whom the word names. Raises NotFound for another's, and for one of yesterday."""
    try:
        number, account = signing.loads(word, salt=_SALT, max_age=HOURS * 3600)
    except signing.BadSignature:
        raise NotFound from None
    card = people.by_id(number) if by.account_id == UUID(account) else None
    if card is None:
        raise NotFound
    return card
