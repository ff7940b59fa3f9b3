"""Who acts for a child or a ward: recorded by an officer on a paper, judged by the day it is asked for.

Nothing runs when a guardianship ends: its last day, an officer's word and a death are all read at the moment of the
question, so nobody acts for somebody an hour too long because a job was late.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction

from sala.identity.accounts.actor import Actor
from sala.identity.people import guardian_words as words
from sala.identity.people import queries, rules
from sala.identity.people.models import Guardianship, Link, Person
from sala.identity.people.queries import PersonCard
from sala.kit import audit, clock, sql
from sala.kit.errors import Conflict, Fault, Forbidden, Invalid, NotFound

NO_END = date(9999, 12, 31)
"""The last day of what a court gave without one: an officer ends it."""
Ground = Guardianship.Ground

# In force on a day: begun, not run out, not ended before, both alive on that day's end, and a child not of age, also
# where the date of birth was put right since (rules.MAJORITY).
_HOLDS = """
g.since <= %(on)s AND g.until >= %(on)s
AND (g.ended_at IS NULL OR (g.ended_at AT TIME ZONE 'Asia/Bangkok')::date > %(on)s)
AND NOT EXISTS (SELECT 1 FROM people_person p WHERE p.id IN (g.guardian_id, g.ward_id) AND p.died_on <= %(on)s)
AND NOT EXISTS (SELECT 1 FROM people_person p WHERE p.id = g.ward_id AND g.ground <> 'curator'
                AND p.birth_date <= %(on)s::date - interval '20 years')"""
_COLUMNS = """g.id, g.guardian_id, g.ward_id, g.ground, g.document, g.since, g.until, g.recorded_at, g.recorded_by,
       g.ended_at, g.ended_by, g.end_reason"""
_MAY = f"""
SELECT 1 FROM people_guardianship g
 WHERE g.guardian_id = %(guardian)s AND g.ward_id = %(ward)s AND {_HOLDS} LIMIT 1"""  # noqa: S608 - constants
_WARDS = f"""
SELECT {_COLUMNS} FROM people_guardianship g JOIN people_person w ON w.id = g.ward_id
 WHERE g.guardian_id = %(person)s AND {_HOLDS} ORDER BY w.birth_date, g.id"""  # noqa: S608 - constants
_GUARDIANS = f"""
SELECT {_COLUMNS} FROM people_guardianship g WHERE g.ward_id = %(person)s AND {_HOLDS}
 ORDER BY g.since, g.id"""  # noqa: S608 - constants
_ALL = f"""
SELECT {_COLUMNS} FROM people_guardianship g WHERE %(person)s IN (g.ward_id, g.guardian_id)
 ORDER BY g.recorded_at DESC, g.id DESC"""  # noqa: S608 - constants
_ONE = f"SELECT {_COLUMNS} FROM people_guardianship g WHERE g.id = %s"  # noqa: S608 - constants


@dataclass(frozen=True, slots=True)
class Kept:
    """One guardianship. `guardian` and `ward` are numbers of rows; `until` is its last day, `NO_END` for none."""

    id: int
    guardian: int
    ward: int
    ground: str
    document: str
    since: date
    until: date
    recorded_at: datetime
    recorded_by: str
    ended_at: datetime | None
    ended_by: str
    end_reason: str


def may_act(guardian: int, ward: int, on: date) -> bool:
    """Whether one acts for the other on this day in Thailand."""
    return sql.fetch_one(_MAY, {"guardian": guardian, "ward": ward, "on": on}) is not None


def wards(person: int, on: date | None = None) -> list[Kept]:
    """For whom somebody acts on a day (today), the eldest first."""
    return [Kept(*row) for row in sql.fetch_all(_WARDS, {"person": person, "on": on or clock.today()})]


def guardians(person: int, on: date | None = None) -> list[Kept]:
    """Who acts for somebody on a day (today)."""
    return [Kept(*row) for row in sql.fetch_all(_GUARDIANS, {"person": person, "on": on or clock.today()})]


def one(number: int) -> Kept | None:
    """The guardianship of this number."""
    row = sql.fetch_one(_ONE, [number])
    return Kept(*row) if row else None


def ever(person: int) -> list[Kept]:
    """All that were ever recorded of somebody, as guardian or as ward, the newest first."""
    return [Kept(*row) for row in sql.fetch_all(_ALL, {"person": person})]


def proposed(ward: PersonCard) -> list[PersonCard]:
    """The living parents that the register names of a minor, and that nobody has recorded as acting for them."""
    if not rules.is_minor(ward.birth_date, clock.today()) or ward.died_on:
        return []
    known = {one.guardian for one in guardians(ward.id)}
    found = [queries.by_pid(pid) for pid in (ward.mother_pid, ward.father_pid) if pid]
    return [parent for parent in found if parent and not parent.died_on and parent.id not in known]


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be recorded. Without `until` it lasts until the ward is of age, of an adult without end; `adopted`:
    the parent's power does not come from the birth that the entry has."""

    guardian: int
    ward: int
    ground: str
    document: str
    since: date
    until: date | None = None
    adopted: bool = False


def examine(wish: Wish, *, by: Actor) -> date:
    """Its last day, if it may be recorded; raises as `record` does."""
    with transaction.atomic():
        return _judged(wish, by).until or NO_END


def record(wish: Wish, *, by: Actor) -> int:
    """Somebody acts for somebody; the row's number. The same again changes nothing.

    Of a minor it lasts until the day before they are of age, whatever is said.
    Raises NotFound, Invalid with every fault, Conflict where another is in force, Forbidden for one's own.
    """
    with transaction.atomic():
        clean = _judged(wish, by)
        if same := _same(clean):
            return same
        _make_room(clean)
        try:
            row = Guardianship.objects.create(
                **_columns(clean), recorded_at=clock.now(), recorded_by=by.label
            )  # fmt: skip
        except IntegrityError:
            raise Conflict(words.ACTS_ALREADY) from None
        _told(row, "guardianship.recorded", by)
    return int(row.id)


def end(*, guardianship: int, reason: str, by: Actor) -> None:
    """It ends now, before its day: a marriage, an order of a court, a mistake. May be repeated.

    Raises NotFound, Invalid without a reason, Forbidden for one's own.
    """
    if not reason.strip():
        raise Invalid([Fault("reason", "missing", words.END_REASON)])
    with transaction.atomic():
        row = Guardianship.objects.select_for_update().filter(id=guardianship).first()
        if row is None:
            raise NotFound
        _check_not_own((row.guardian_id, row.ward_id), by)
        if row.ended_at is not None:
            return
        row.ended_at, row.ended_by, row.end_reason = clock.now(), by.label, reason.strip()
        row.save(update_fields=["ended_at", "ended_by", "end_reason"])
        _told(row, "guardianship.ended", by)


def _judged(wish: Wish, by: Actor) -> Wish:
    """The wish with its last day, if nothing speaks against it."""
    pair = _locked(wish.guardian, wish.ward)
    guardian, ward = pair[wish.guardian], pair[wish.ward]
    _check_not_own(pair, by)
    clean = replace(wish, document=wish.document.strip(), until=_last_day(ward, wish.ground, wish.until))
    if faults := _faults(guardian, ward, clean):
        raise Invalid(faults)
    if not _same(clean):
        _check_free(clean)
    return clean


def _locked(guardian: int, ward: int) -> dict[int, Person]:
    """Both rows, so that neither dies or changes parents meanwhile, and two officers come one after the other."""
    rows = Person.objects.select_for_update().filter(id__in={guardian, ward}).order_by("id")
    pair = {int(row.id): row for row in rows}
    if guardian not in pair or ward not in pair:
        raise NotFound
    return pair


def _check_not_own(people: dict[int, Person] | tuple[int, int], by: Actor) -> None:
    if by.account_id and Link.objects.filter(account_id=by.account_id, person__in=list(people), ended_at=None).exists():
        raise Forbidden(words.OWN)


def _last_day(ward: Person, ground: str, until: date | None) -> date:
    if ground == Ground.CURATOR:
        return until or NO_END
    majority = rules.last_day_of_minority(ward.birth_date)
    return min(until or majority, majority)


def _faults(guardian: Person, ward: Person, wish: Wish) -> list[Fault]:
    """Everything that speaks against it, at once; codes are stable."""
    today, minor, until = clock.today(), rules.is_minor(ward.birth_date, clock.today()), wish.until or NO_END
    registered = guardian.pid in {ward.mother_pid, ward.father_pid}
    parent, curator = wish.ground == Ground.PARENT, wish.ground == Ground.CURATOR
    by_court = wish.ground in {Ground.GUARDIAN, Ground.CURATOR}
    against = (
        (guardian.id == ward.id, "guardian", "self", words.ONESELF),
        (guardian.died_on is not None, "guardian", "dead", words.GUARDIAN_DEAD),
        (ward.died_on is not None, "guardian", "ward_dead", words.WARD_DEAD),
        (wish.ground not in Ground.values, "ground", "missing", words.GROUND),
        (not wish.document, "document", "missing", words.DOCUMENT),
        (wish.since > today, "since", "future", words.SINCE_FUTURE),
        (wish.since < ward.birth_date, "since", "early", words.BEFORE_BIRTH),
        (until < max(wish.since, today), "until", "early", words.UNTIL_EARLY),
        (curator and minor, "ground", "minor", words.CURATOR_OF_MINOR),
        (not curator and not minor, "ground", "adult", words.OF_AGE),
        (by_court and rules.is_minor(guardian.birth_date, today), "guardian", "young", words.GUARDIAN_YOUNG),
        (parent and not registered and not wish.adopted, "adopted", "other_parents", words.NOT_THE_PARENT),
    )
    return [Fault(field, code, message) for wrong, field, code, message in against if wrong]


def _columns(wish: Wish) -> dict[str, Any]:
    return {
        "guardian_id": wish.guardian, "ward_id": wish.ward, "ground": wish.ground, "document": wish.document,
        "since": wish.since, "until": wish.until,
    }  # fmt: skip


def _same(wish: Wish) -> int | None:
    return Guardianship.objects.filter(**_columns(wish), ended_at=None).values_list("id", flat=True).first()


def _check_free(wish: Wish) -> None:
    """One at a time of a pair; and a court's guardian stands in no parent's place while that one acts."""
    acting = {(one.guardian, one.ground) for one in guardians(wish.ward)}
    grounds = {ground for guardian, ground in acting if guardian != wish.guardian}
    if any(guardian == wish.guardian for guardian, _ in acting):
        raise Conflict(words.ACTS_ALREADY)
    if wish.ground == Ground.GUARDIAN and Ground.PARENT in grounds:
        raise Conflict(words.PARENT_ACTS)
    if wish.ground == Ground.PARENT and Ground.GUARDIAN in grounds:
        raise Conflict(words.GUARDIAN_ACTS)


def _make_room(wish: Wish) -> None:
    """What has run out is ended, so that the same two may be recorded anew."""
    old = Guardianship.objects.filter(guardian_id=wish.guardian, ward_id=wish.ward, ended_at=None)
    gone = {"ended_at": clock.now(), "ended_by": "system:guardians", "end_reason": words.RAN_OUT.th}
    old.filter(until__lt=clock.today()).update(**gone)


def _told(row: Guardianship, action: str, by: Actor) -> None:
    """What was done is in the history of both."""
    for person, other in ((row.ward_id, "ward"), (row.guardian_id, "guardian")):
        audit.record(by.label, action, f"person:{person}", {"guardianship": row.id, "as": other})
