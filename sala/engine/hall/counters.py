"""Counters: which there are, and who sits at them."""

from __future__ import annotations

from collections.abc import Collection

from django.db import IntegrityError, transaction
from django.db.models import Q

from sala.engine.appointments import queries as appointments
from sala.engine.cases.permissions import Permission
from sala.engine.hall import display, permissions, words
from sala.engine.hall.models import Counter, Ticket
from sala.engine.hall.states import TicketState
from sala.identity.accounts.actor import Actor
from sala.identity.accounts.names import names
from sala.kit import audit, clock
from sala.kit.errors import Conflict, Fault, Invalid, NotFound

LONGEST_NAME = 30


def define(*, office: int, name: str, services: Collection[str], by: Actor) -> int:
    """A new counter, closed; its id. No services = all of the office. Raises Invalid."""
    permissions.check(by, office, permissions.MANAGE)
    name = _checked(office, name, services)
    try:
        with transaction.atomic():
            counter = Counter.objects.create(office_id=office, name=name, services=sorted(services))
            audit.record(by.label, "hall.counter_defined", f"counter:{counter.id}", _facts(counter))
    except IntegrityError:
        raise Invalid([Fault("name", "taken", words.COUNTER_THERE)]) from None
    return counter.id


def change(*, counter: int, name: str, services: Collection[str], by: Actor) -> None:
    """Another name or other services; who is being served stays. Raises Invalid."""
    try:
        with transaction.atomic():
            found = _locked(counter, by, permissions.MANAGE)
            found.name, found.services = _checked(found.office_id, name, services), sorted(services)
            found.save(update_fields=["name", "services"])
            audit.record(by.label, "hall.counter_changed", f"counter:{counter}", _facts(found))
            display.publish(found.office_id)
    except IntegrityError:
        raise Invalid([Fault("name", "taken", words.COUNTER_THERE)]) from None


@transaction.atomic
def remove(*, counter: int, by: Actor) -> None:
    """The counter is there no more; tickets of the past still name it. Raises Conflict while somebody sits at it."""
    found = _locked(counter, by, permissions.MANAGE)
    if found.officer_id is not None:
        raise Conflict(words.COUNTER_OPEN)
    found.active = False
    found.save(update_fields=["active"])
    audit.record(by.label, "hall.counter_removed", f"counter:{counter}", _facts(found))


@transaction.atomic
def sit(*, counter: int, by: Actor) -> None:
    """Open the counter: `by` serves here now, and no longer where they sat before. Raises Conflict."""
    # Both rows in one order, so that two who change places do not wait for each other for ever.
    both = Counter.objects.filter(Q(id=counter) | Q(officer=by.account_id)).order_by("id")
    list(both.select_for_update(no_key=True))
    found = _locked(counter, by, permissions.WORK)
    if found.officer_id == by.account_id:
        return
    if found.officer_id is not None and found.opened_at is not None:
        label = f"account:{found.officer_id}"
        raise Conflict(words.somebody_sits(names([label]).get(label, "–"), found.opened_at))
    for other in Counter.objects.filter(officer=by.account_id):
        if serving(other.id) is not None:
            raise Conflict(words.serving_elsewhere(other.name))
        _close(other)
    found.officer_id, found.opened_at = by.account_id, clock.now()
    found.save(update_fields=["officer", "opened_at"])
    audit.record(by.label, "hall.counter_opened", f"counter:{counter}", _facts(found))
    display.publish(found.office_id)


@transaction.atomic
def leave(*, counter: int, by: Actor) -> None:
    """Close the counter; whoever was sent to it stands in the common line again.

    The officer does it, or somebody who manages the hall for a colleague who has gone. Raises Conflict while
    somebody is being served.
    """
    found = _locked(counter, by, permissions.SEE)
    if found.officer_id is None:
        return
    if found.officer_id != by.account_id:
        permissions.check(by, found.office_id, permissions.MANAGE)
    if serving(counter) is not None:
        raise Conflict(words.SERVING)
    _close(found)
    audit.record(by.label, "hall.counter_closed", f"counter:{counter}", _facts(found))
    display.publish(found.office_id)


def serving(counter: int) -> Ticket | None:
    """Who is called to the counter today. What is left of a day before is no reason to wait."""
    return Ticket.objects.filter(counter=counter, state=TicketState.CALLED, day=clock.today()).first()


def locked(counter: int, by: Actor) -> Counter:
    """The counter at which `by` sits, locked. Raises NotFound, Forbidden, or Conflict where they do not sit."""
    found = _locked(counter, by, permissions.WORK)
    if found.officer_id != by.account_id:
        raise Conflict(words.NOT_AT_COUNTER)
    return found


def _close(counter: Counter) -> None:
    Ticket.objects.filter(counter=counter.id, state=TicketState.WAITING).update(counter=None)
    counter.officer_id = counter.opened_at = None
    counter.save(update_fields=["officer", "opened_at"])


def _locked(counter: int, by: Actor, permission: Permission) -> Counter:
    found = Counter.objects.select_for_update(no_key=True).filter(id=counter, active=True).first()
    if found is None:
        raise NotFound
    permissions.check(by, found.office_id, permission)
    return found


def _checked(office: int, name: str, services: Collection[str]) -> str:
    name = words.plain(name)
    faults = []
    if not name:
        faults.append(Fault("name", "required", words.NAME_COUNTER))
    if len(name) > LONGEST_NAME:
        faults.append(Fault("name", "too_long", words.COUNTER_TOO_LONG))
    if set(services) - {schedule.service for schedule in appointments.schedules_of(office)}:
        faults.append(Fault("services", "unknown", words.NO_SUCH_SERVICE))
    if faults:
        raise Invalid(faults)
    return name


def _facts(counter: Counter) -> dict[str, object]:
    return {"office": counter.office_id, "name": counter.name, "services": list(counter.services)}
