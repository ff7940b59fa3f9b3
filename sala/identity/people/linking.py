"""An account and its person, when somebody has shown anew who they are: linked, raised, or taken from another account.

`services.link` says it once and for all; here a surer proof takes the place of a weaker one, and never silently.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from sala.identity.accounts.actor import Actor
from sala.identity.people import rules, words
from sala.identity.people.models import Ial, Link, Person
from sala.kit import audit, clock, outbox
from sala.kit.errors import Conflict, NotFound


@dataclass(frozen=True, slots=True)
class Raised:
    """What became of it: the level that holds now, and the account that was this person's until now, if another."""

    ial: str
    former: UUID | None = None


class AnothersAccount(Conflict):
    """The account is another person's; whoever sits there needs one of their own."""

    code = "anothers_account"

    def __init__(self) -> None:
        super().__init__(words.ANOTHERS_ACCOUNT)


class HeldElsewhere(Conflict):
    """The person has another account, which was proven as surely: this proof does not take it from them."""

    code = "held_elsewhere"

    def __init__(self) -> None:
        super().__init__(words.HELD_ELSEWHERE)


def link_surer(
    *, account: UUID, person: int, ial: str, by: Actor, replaces: Callable[[str, str], bool] = str.__gt__
) -> Raised:
    """The account is this person's, at least at this level. May be repeated, and never lowers a level.

    Where the person has another account, `replaces(ial, its level)` says whether this takes its place: then that one
    is nobody's any more, which its holder and whoever keeps anything for it is told (`person.moved`).
    Raises AnothersAccount, HeldElsewhere; NotFound for somebody who died or gave up the nationality.
    """
    with transaction.atomic():
        row = Person.objects.select_for_update(no_key=True).filter(id=person, died_on=None).first()
        if row is None or rules.gave_up(row.pid, row.nationality):
            raise NotFound
        own = Link.objects.select_for_update().filter(account_id=account, ended_at=None).first()
        if own and own.person_id != person:
            raise AnothersAccount
        if own and own.ial >= ial:
            return Raised(own.ial)
        former = _taken(person, ial, account, by, replaces)
        if own:
            _end(own)
        Link.objects.create(
            account_id=account, person_id=person, ial=Ial(ial), linked_at=clock.now(), linked_by=by.label
        )
        audit.record(by.label, "person.linked", f"account:{account}", {"person": person, "ial": ial})
        return Raised(ial, former)


def _taken(person: int, ial: str, account: UUID, by: Actor, replaces: Callable[[str, str], bool]) -> UUID | None:
    """End the link of the person's other account, if there is one; whose it was."""
    other = Link.objects.select_for_update().filter(person_id=person, ended_at=None).exclude(account_id=account).first()
    if other is None:
        return None
    if not replaces(ial, other.ial):
        raise HeldElsewhere
    _end(other)
    audit.record(by.label, "person.unlinked", f"account:{other.account_id}", {"reason": "person.moved"})
    outbox.emit("person.moved", {"person": person, "account": str(other.account_id)})
    return UUID(str(other.account_id))


def _end(link: Link) -> None:
    link.ended_at = clock.now()
    link.save(update_fields=["ended_at"])
