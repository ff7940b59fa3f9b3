"""The visit of a draft: choosing it before the form, keeping the place while the form is filled in.

A place is kept by the appointments under the draft's id. What was chosen stays in the draft after the ten minutes, so
that the same place is tried for again: nobody chooses twice because the time ran out.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from sala.engine.appointments import holding
from sala.engine.appointments.holding import Held
from sala.engine.catalogue import queries as catalogue
from sala.engine.catalogue.loaded import Loaded
from sala.engine.drafts import content as contents
from sala.engine.drafts import services, words
from sala.engine.drafts.content import Chosen, Content, Part
from sala.engine.drafts.models import Draft
from sala.identity.accounts.actor import ANONYMOUS, Actor
from sala.kit import clock
from sala.kit.errors import Conflict, Fault, Invalid

Step = str
"""`need`, `people`, `office`, `day`; empty where all is chosen, or there is no visit."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How it stands with a draft's place. `held`: None where it was never taken, or somebody else has it now."""

    chosen: Chosen
    starts_at: datetime
    held: Held | None

    @property
    def is_kept(self) -> bool:
        return self.held is not None and self.held.until > clock.now()


def open_step(service: Loaded, content: Content) -> Step:
    """What is to be chosen next of the visit."""
    declared = service.declaration.appointment
    if declared is None:
        return ""
    chosen = content.visit
    if declared.instead and not chosen.needed:
        return "need"
    if contents.split_group(service) and not chosen.people:
        return "people"
    if not chosen.schedule:
        return "office"
    return "" if chosen.waiting or starts_at(chosen) else "day"


def starts_at(chosen: Chosen) -> datetime | None:
    """The time that was chosen; None where none was, or it has passed."""
    moment = datetime.fromisoformat(chosen.starts_at) if chosen.starts_at else None
    return moment if moment and moment > clock.now() else None


def standing(draft: UUID, content: Content) -> Standing | None:
    """How it stands with the place of a draft; None while no time is chosen."""
    moment = starts_at(content.visit)
    if moment is None:
        return None
    held = holding.held_of(draft)
    same = held is not None and held.starts_at == moment and held.schedule == content.visit.schedule
    return Standing(content.visit, moment, held if same else None)


def people_of(service: Loaded, content: Content) -> int:
    """How many come: those in the list, once there is one; else as many as was said."""
    group = contents.split_group(service)
    return (len(content.entries.get(group, [])) or content.visit.people) if group else 1


@transaction.atomic
def need(*, draft: UUID) -> None:
    """It cannot be done online."""
    row, content, service = services.opened(draft)
    content.visit.needed = True
    services.keep(row, content, service)


@transaction.atomic
def set_people(*, draft: UUID, count: int) -> None:
    """So many come. Those already filled in stay; whom there is no more room for must be taken off the list by name."""
    row, content, service = services.opened(draft)
    group = contents.split_group(service)
    declared = service.groups[group] if group else None
    if declared is None:
        return
    if not declared.minimum <= count <= declared.maximum:
        raise Invalid([Fault("people", "count", words.how_many(declared))])
    entries = content.entries.setdefault(group, [])
    if any(entry.answers for entry in entries[count:]):
        raise Invalid([Fault("people", "count", words.remove_by_name(len(entries)))])
    del entries[count:]
    entries.extend(Part() for _ in range(count - len(entries)))
    content.visit.people = count
    services.keep(row, content, service)


def choose(
    *,
    draft: UUID,
    schedule: int,
    starts_at: datetime,
    by: Actor = ANONYMOUS,
    held: Collection[UUID] = (),
    network: str = "",
) -> None:
    """Keep the place at this time for the draft; a place kept before is given back. Raises Taken, Invalid, TooMany.

    So is what the same person's other drafts for the service keep (of an account, or among those that the browser
    `held`): else one person could keep a whole day's places in twenty tabs.

    The place is taken before the draft is locked: the busiest rows of all are not waited for with a lock in hand.
    """
    row = Draft.objects.get(id=draft)
    service = catalogue.current(row.service)
    people = people_of(service, contents.read(row.content))
    if row.submitted_at is not None:
        raise Conflict(words.SENT_ALREADY)
    holding.hold(schedule=schedule, starts_at=starts_at, people=people, holder=draft, by=by, network=network)
    holding.release_all(_beside(row, held))
    with transaction.atomic():
        row, content, service = services.opened(draft)
        content.visit.schedule, content.visit.waiting = schedule, False
        content.visit.starts_at = starts_at.isoformat()
        content.visit.people = people if contents.split_group(service) else 0
        services.keep(row, content, service)


def _beside(draft: Draft, held: Collection[UUID]) -> list[UUID]:
    """The person's other drafts for the same service."""
    others = Draft.objects.filter(service=draft.service, submitted_at=None)
    mine = others.filter(account=draft.account_id) if draft.account_id else others.filter(account=None, id__in=held)
    return list(mine.exclude(id=draft.id).values_list("id", flat=True))


@transaction.atomic
def join_list(*, draft: UUID, schedule: int) -> None:
    """There is no place: when the form is sent, its people join the waiting list of this schedule."""
    row, content, service = services.opened(draft)
    content.visit.schedule, content.visit.starts_at, content.visit.waiting = schedule, "", True
    services.keep(row, content, service)
    holding.release(holder=draft)


def is_for_all(service: Loaded, content: Content, standing: Standing) -> bool:
    """Whether the place is kept for as many as are in the list now."""
    return standing.held is None or standing.held.people == people_of(service, content)
