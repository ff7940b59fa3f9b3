"""Who keeps the register: registering, amending, and telling which account is whose. Every change has a history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import msgspec
from django.db import IntegrityError, transaction

from sala.identity.accounts.actor import Actor
from sala.identity.people import checking, events, queries, rules, timeline, words
from sala.identity.people.models import House, Ial, Link, Person, PersonChange
from sala.kit import audit, clock
from sala.kit.errors import Conflict, Fault, Forbidden, Invalid, NotFound

REGISTERED = "registered"


class ChangedMeanwhile(Conflict):
    """Another was first: the entry is not the one that was read. `since` is what they changed."""

    code = "changed_meanwhile"

    def __init__(self, since: list[queries.Changed]) -> None:
        super().__init__(words.CHANGED_MEANWHILE)
        self.since = since


def register(
    *,
    person: Mapping[str, Any],
    by: Actor,
    reason: str = REGISTERED,
    effective_on: date | None = None,
    office: int | None = None,
    document: str = "",
) -> int:
    """Enter somebody into the register; their row's number.

    `person` has the fields of `queries.FIELDS`, dates as dates; what may be empty may be left out. Where it names a
    house, the address is the house's. Raises Invalid with every fault, Conflict where the number stands there already.
    """
    clean = checking.whole({**person, **_housed(person)})
    try:
        with transaction.atomic():
            row = Person.objects.create(**clean)
            after = queries.stored(_card(row.pid))
            note = _Note(by, reason, office, document.strip(), effective_on or clock.today())
            _write(row, note, before={}, after=after)
    except IntegrityError as error:
        if Person.objects.filter(pid=clean["pid"]).exists():
            raise Conflict(words.KNOWN_ALREADY) from None
        raise _second_head(error) from None
    return int(row.id)


def amend(
    *,
    pid: str,
    changes: Mapping[str, Any],
    by: Actor,
    reason: str,
    effective_on: date | None = None,
    office: int | None = None,
    document: str = "",
    version: int | None = None,
) -> queries.PersonCard:
    """Change what the register says of somebody, true since `effective_on` (today unless given); who they are now.

    What was so already on that day is no change, so it may be repeated. A day in the past corrects the past: what was
    changed after it stays. `version` is that of the entry the change was made for (`queries.version`): if another was
    first, nothing is changed. Raises NotFound, Invalid with every fault, ChangedMeanwhile, Forbidden for one's own.
    """
    since = effective_on or clock.today()
    _check_told(reason, since)
    try:
        with transaction.atomic():
            row = _locked(pid, version)
            _check_not_own(row, by)
            return _amend(row, changes, _Note(by, reason.strip(), office, document.strip(), since))
    except IntegrityError as error:
        raise _second_head(error) from None


@dataclass(frozen=True, slots=True)
class _Note:
    """Who changes, why, where, on what paper, and since when it is true."""

    by: Actor
    reason: str
    office: int | None
    document: str
    effective_on: date


def _check_told(reason: str, since: date) -> None:
    faults = []
    if not reason.strip():
        faults.append(Fault("reason", "missing", words.REASON))
    if since > clock.today():
        faults.append(Fault("effective_on", "future", words.EFFECTIVE_FUTURE))
    if since < checking.EARLIEST:
        faults.append(Fault("effective_on", "early", words.EARLY))
    if faults:
        raise Invalid(faults)


def _locked(pid: str, version: int | None) -> Person:
    row = Person.objects.select_for_update().filter(pid=pid).first()
    if row is None:
        raise NotFound
    if version is not None and row.changes != version:
        raise ChangedMeanwhile([change for change in queries.history(row.id) if change.number > version])
    return row


def _check_not_own(row: Person, by: Actor) -> None:
    if by.account_id and Link.objects.filter(account_id=by.account_id, person=row, ended_at=None).exists():
        raise Forbidden(words.OWN_ENTRY)


def _amend(row: Person, changes: Mapping[str, Any], note: _Note) -> queries.PersonCard:
    before, history = _card(row.pid), queries.history(row.id)
    present = queries.stored(before)
    was = timeline.since(present, history, note.effective_on)[0]
    clean = checking.whole(queries.typed(was) | dict(changes) | _housed(changes, was))
    now = msgspec.to_builtins(clean)
    fresh = [name for name in queries.FIELDS if now[name] != was[name]]
    if "pid" in fresh:
        raise Invalid([Fault("pid", "fixed", words.PID_FIXED)])
    if not fresh:
        return before
    told = ({name: was[name] for name in fresh}, {name: now[name] for name in fresh})
    line = queries.Changed(row.changes + 1, clock.now(), note.effective_on, "", "", *told)
    for name, value in _present(present, [*history, line], note.effective_on).items():
        setattr(row, name, value)
    row.changes += 1
    row.save()
    _write(row, note, before=told[0], after=told[1])
    after = _card(row.pid)
    events.tell_all([(before, after)])
    return after


def _present(present: Mapping[str, Any], history: list[queries.Changed], day: date) -> dict[str, Any]:
    """The fields as they are now that the history has its new line, which must fit every later one too."""
    states = [queries.typed(state) for state in timeline.since(present, history, day)]
    try:
        return [checking.whole(state) for state in states][-1]
    except Invalid:
        raise Invalid([Fault("effective_on", "later", words.LATER_UNTRUE)]) from None


def _housed(changes: Mapping[str, Any], was: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The address that goes with a house. Raises Invalid for an unknown house, and for an address apart from it."""
    if not changes.get("house_id"):
        stays = was is not None and was["house_id"] and "house_id" not in changes
        apart = [n for n in checking.ADDRESS if was and n in changes and (changes[n] or "") != (was[n] or "")]
        if stays and apart:
            raise Invalid([Fault(apart[0], "of_house", words.OF_HOUSE)])
        return {"house_role": ""} if "house_id" in changes else {}
    code = "".join(str(changes["house_id"]).split()).replace("-", "")
    house = queries.house(code)
    if house is None:
        raise Invalid([Fault("house_id", "unknown", words.NO_HOUSE if rules.is_house_code(code) else words.HOUSE)])
    address = {name: getattr(house, name.removesuffix("_id")) for name in checking.ADDRESS}
    return {**address, "house_id": code, "house_role": changes.get("house_role") or "resident"}


def _second_head(error: IntegrityError) -> Exception:
    if "one_head_a_house" in str(error):
        return Invalid([Fault("house_role", "taken", words.HEAD_ALREADY)])
    return error


def register_house(*, code: str, address: Mapping[str, Any], by: Actor) -> queries.HouseCard:
    """Enter a house; `address` has the fields of `checking.ADDRESS`. May be repeated.

    Raises Invalid for a wrong code or address, Conflict where the code is another address's.
    """
    code = "".join(code.split()).replace("-", "")
    clean = checking.house(code, address)
    with transaction.atomic():
        row, made = House.objects.get_or_create(code=code, defaults=clean)
        if any(getattr(row, name) != value for name, value in clean.items()):
            raise Conflict(words.HOUSE_KNOWN)
        if made:
            audit.record(by.label, "house.registered", f"house:{code}")
    found = queries.house(code)
    assert found  # noqa: S101 - its row was just written
    return found


def link(*, account: UUID, pid: str, ial: Ial, by: Actor) -> None:
    """The account is this person's. May be repeated.

    Raises NotFound for an unknown number, Conflict where the account is somebody else's, or they have another.
    """
    person = Person.objects.filter(pid=pid, died_on=None).values_list("id", flat=True).first()
    if person is None:
        raise NotFound
    try:
        with transaction.atomic():
            Link.objects.create(
                account_id=account, person_id=person, ial=ial, linked_at=clock.now(), linked_by=by.label
            )
            audit.record(by.label, "person.linked", f"account:{account}", {"person": person, "ial": str(ial)})
    except IntegrityError:
        if not Link.objects.filter(account_id=account, person_id=person, ended_at=None).exists():
            raise Conflict(words.LINKED_ELSEWHERE) from None


def link_enrolled(*, account: UUID, pid: str, by: Actor) -> None:
    """`link`, for somebody who was enrolled in full (IAL 2.3)."""
    link(account=account, pid=pid, ial=Ial.ENROLLED, by=by)


def unlink(*, account: UUID, by: Actor, reason: str) -> None:
    """The account is nobody's any more. May be repeated."""
    with transaction.atomic():
        if Link.objects.filter(account_id=account, ended_at=None).update(ended_at=clock.now()):
            audit.record(by.label, "person.unlinked", f"account:{account}", {"reason": reason})


def _card(pid: str) -> queries.PersonCard:
    found = queries.by_pid(pid)
    assert found  # noqa: S101 - its row was just written
    return found


def _write(row: Person, note: _Note, *, before: dict[str, Any], after: dict[str, Any]) -> None:
    PersonChange.objects.create(
        person=row,
        number=row.changes,
        at=clock.now(),
        effective_on=note.effective_on,
        actor=note.by.label,
        reason=note.reason,
        office_id=note.office,
        document=note.document,
        before=before,
        after=after,
    )
