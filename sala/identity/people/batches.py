"""Some thousand rows of a file at once: who is new, who is changed, who stays, and what cannot be true.

All are read in one statement and written in a few. What needs more thought than a comparison, such as a change that
was true before another was recorded, goes the way of a single amendment.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import msgspec
from django.db import IntegrityError, connection, transaction

from sala.identity.accounts.actor import Actor
from sala.identity.people import cards, checking, events, services, words
from sala.identity.people.queries import DATES, FIELDS, Parent, PersonCard
from sala.kit import clock, sql
from sala.kit.errors import Fault, Invalid

LASER = "laser_code"
"""Of the card's back: kept as `cards` keeps it, and no part of the entry or its history."""
COLUMNS = frozenset({*FIELDS, "effective_on", LASER})


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a file, by the number of its line."""

    number: int
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Wrong:
    """A row that was left out, and why."""

    number: int
    faults: list[Fault]


@dataclass(slots=True)
class Done:
    """What became of a batch."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    wrong: list[Wrong] = field(default_factory=list)


@dataclass(slots=True)
class _Batch:
    """What is known of the people that a batch names, and what is to be written of them."""

    known: dict[str, tuple[PersonCard, int]]
    houses: dict[str, tuple[Any, ...]]
    parents: dict[str, Parent]
    reason: str
    by: Actor
    at: datetime
    today: date
    entered: list[tuple[dict[str, Any], date]] = field(default_factory=list)
    amended: list[tuple[PersonCard, PersonCard, date]] = field(default_factory=list)
    new_houses: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    lasers: dict[str, bytes] = field(default_factory=dict)


def take(rows: list[Row], *, reason: str, by: Actor) -> Done:
    """Bring the rows into the register, in the transaction of whoever calls.

    Where the tables themselves refuse (a second head of a house, a number that an office entered meanwhile), each row
    is tried by itself, so that one does not keep out the others.
    """
    try:
        with transaction.atomic():
            return _take(rows, reason, by)
    except IntegrityError:
        if len(rows) == 1:
            return Done(wrong=[Wrong(rows[0].number, [Fault("house_role", "taken", words.HEAD_ALREADY)])])
    done = Done()
    for row in rows:
        one = take([row], reason=reason, by=by)
        done.added, done.changed = done.added + one.added, done.changed + one.changed
        done.unchanged += one.unchanged
        done.wrong += one.wrong
    return done


def _take(rows: list[Row], reason: str, by: Actor) -> Done:
    done = Done()
    batch = _read(rows, reason, by)
    for row in rows:
        try:
            sort = _one(row, batch)
        except Invalid as error:
            done.wrong.append(Wrong(row.number, error.faults))
        else:
            setattr(done, sort, getattr(done, sort) + 1)
    _write(batch)
    return done


_KNOWN = f"""
SELECT p.id, {", ".join(f"p.{name}" for name in FIELDS)}, p.changes FROM people_person p
WHERE p.pid = any(%s) ORDER BY p.pid FOR UPDATE"""  # noqa: S608 - constants
_PARENTS = "SELECT pid, sex, birth_date FROM people_person WHERE pid = any(%s)"
_HOUSES = "SELECT code, house_no, moo, lane, road, subdistrict_id FROM people_house WHERE code = any(%s)"


def _read(rows: list[Row], reason: str, by: Actor) -> _Batch:
    def named(*fields: str) -> list[str]:
        return list({str(row.values[name]) for row in rows for name in fields if row.values.get(name)})

    known = {row[1]: (PersonCard(*row[:-1]), row[-1]) for row in sql.fetch_all(_KNOWN, [named("pid")], binary=True)}
    houses = {row[0]: row[1:] for row in sql.fetch_all(_HOUSES, [named("house_id")])}
    parents = {row[0]: Parent(*row[1:]) for row in sql.fetch_all(_PARENTS, [named("father_pid", "mother_pid")])}
    return _Batch(known, houses, parents, reason, by, clock.now(), clock.today())


def _one(row: Row, batch: _Batch) -> str:
    """Judge one row, and put what it changes with the rest; which count of `Done` it belongs to. Raises Invalid."""
    if unknown := [name for name in row.values if name not in COLUMNS]:
        raise Invalid([Fault(name, "unknown", words.UNKNOWN) for name in unknown])
    given = _typed(row.values)
    since, laser = given.pop("effective_on", None) or batch.today, _laser(given)
    pid = str(given.get("pid") or "")
    if pid in batch.seen:
        raise Invalid([Fault("pid", "twice", words.TWICE)])
    if not checking.EARLIEST <= since <= batch.today:
        message = words.EARLY if since < checking.EARLIEST else words.EFFECTIVE_FUTURE
        raise Invalid([Fault("effective_on", "date", message)])
    batch.seen.add(pid)
    kept, sort = batch.known.get(pid), "unchanged"
    if kept is None:
        _enter(given, since, batch)
        sort = "added"
    elif _differs(kept[0], given) and _amend(kept, given, since, batch):
        sort = "changed"
    if laser:
        batch.lasers[pid] = cards.digest(pid, laser)
    return sort


def _laser(given: dict[str, Any]) -> str:
    """The code on the back of the row's card, taken out of the row; empty without one. Raises Invalid."""
    typed = str(given.pop(LASER, "") or "").strip()
    laser = cards.normal_laser(typed) if typed else ""
    if laser is None:
        raise Invalid([Fault(LASER, "laser", words.LASER)])
    return laser


def _typed(values: Mapping[str, Any]) -> dict[str, Any]:
    """A cell is text; a day, an area's code and a house are what they are in the register."""
    given = {name: "" if value is None else value for name, value in values.items()}
    faults = []
    for name in (*DATES, "effective_on"):
        if name in given:
            try:
                given[name] = date.fromisoformat(given[name]) if given[name] else None
            except (ValueError, TypeError):
                faults.append(Fault(name, "date", words.ISO_DATE))
    if "subdistrict_id" in given:
        text = str(given["subdistrict_id"])
        given["subdistrict_id"] = int(text) if text.isascii() and text.isdigit() else None
    if "house_id" in given:
        given["house_id"] = given["house_id"] or None
    if faults:
        raise Invalid(faults)
    return given


def _differs(card: PersonCard, given: Mapping[str, Any]) -> bool:
    return any(getattr(card, _ATTRIBUTE[name]) != value for name, value in given.items())


_ATTRIBUTE = {name: name.removesuffix("_id") for name in FIELDS}


def _enter(given: dict[str, Any], since: date, batch: _Batch) -> None:
    clean = checking.whole(given | _housed(given, batch), parent=batch.parents.get)
    _keep_house(clean, given, batch)
    batch.parents[clean["pid"]] = Parent(clean["sex"], clean["birth_date"])
    batch.entered.append((clean, since))


def _amend(kept: tuple[PersonCard, int], given: dict[str, Any], since: date, batch: _Batch) -> bool:
    card, changes = kept
    present = {name: getattr(card, attribute) for name, attribute in _ATTRIBUTE.items()}
    if card.house and "house_id" not in given:
        apart = [name for name in checking.ADDRESS if name in given and given[name] != present[name]]
        if apart:
            raise Invalid([Fault(apart[0], "of_house", words.OF_HOUSE)])
    clean = checking.whole(present | given | _housed(given, batch), parent=batch.parents.get)
    _keep_house(clean, given, batch)
    if since < batch.today and changes > 1:
        _write_houses(batch)
        fresh = {name: clean[name] for name in FIELDS if clean[name] != present[name]}
        services.amend(pid=card.pid, changes=fresh, by=batch.by, reason=batch.reason, effective_on=since)
        return bool(fresh)
    after = PersonCard(card.id, *(clean[name] for name in FIELDS))
    if after != card:
        batch.amended.append((card, after, since))
    return after != card


def _housed(given: Mapping[str, Any], batch: _Batch) -> dict[str, Any]:
    """What goes with a house that the row names: a place in it, and its address where the row has none."""
    if "house_id" not in given:
        return {}
    code = given["house_id"]
    if not code:
        return {"house_role": ""}
    role = {"house_role": given.get("house_role") or "resident"}
    if any(name in given for name in checking.ADDRESS):
        return role
    if code not in batch.houses:
        raise Invalid([Fault("house_id", "unknown", words.NO_HOUSE)])
    return role | dict(zip(checking.ADDRESS, batch.houses[code], strict=True))


def _keep_house(clean: Mapping[str, Any], given: Mapping[str, Any], batch: _Batch) -> None:
    """Enter the row's house with the row's address where it is new; a known one has the address that it has."""
    code = clean["house_id"]
    if not code or "house_id" not in given:
        return
    address = tuple(clean[name] for name in checking.ADDRESS)
    if code not in batch.houses:
        batch.houses[code] = batch.new_houses[code] = address
    elif batch.houses[code] != address:
        raise Invalid([Fault("house_id", "other", words.HOUSE_KNOWN)])


# --- Writing -----------------------------------------------------------------------------------------


_HOUSE = """
INSERT INTO people_house (code, house_no, moo, lane, road, subdistrict_id)
SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::int[]) ON CONFLICT DO NOTHING"""
_IDS = "SELECT nextval('people_person_id_seq') FROM generate_series(1, %s)"
_COLUMNS = ", ".join(FIELDS)
_STAGE = f"CREATE TEMP TABLE amended ON COMMIT DROP AS SELECT id, {_COLUMNS}, changes FROM people_person LIMIT 0"  # noqa: S608
_UPDATE = f"""
UPDATE people_person p SET {", ".join(f"{name} = a.{name}" for name in FIELDS if name != "pid")}, changes = a.changes
FROM amended a WHERE p.id = a.id"""  # noqa: S608 - constants
_LINE = "person_id, number, at, effective_on, actor, reason, document, before, after"


def _write(batch: _Batch) -> None:
    _write_houses(batch)
    ids = [row[0] for row in sql.fetch_all(_IDS, [len(batch.entered)])]
    lines = []
    if batch.entered:
        rows = ((number, *(c[n] for n in FIELDS), 1) for number, (c, _) in zip(ids, batch.entered, strict=True))
        _copy(f"people_person (id, {_COLUMNS}, changes)", rows)
        lines += [_line(n, 1, since, ({}, c), batch) for n, (c, since) in zip(ids, batch.entered, strict=True)]
    if batch.amended:
        numbers = {before.id: batch.known[before.pid][1] + 1 for before, _, _ in batch.amended}
        sql.execute("DROP TABLE IF EXISTS amended")
        sql.execute(_STAGE)
        staged = ((after.id, *_values(after), numbers[after.id]) for _, after, _ in batch.amended)
        _copy(f"amended (id, {_COLUMNS}, changes)", staged)
        sql.execute(_UPDATE)
        lines += [_amendment(before, after, since, numbers[after.id], batch) for before, after, since in batch.amended]
    _copy(f"people_personchange ({_LINE})", lines)
    cards.keep_digests(batch.lasers)
    events.tell_all([(before, after) for before, after, _ in batch.amended])


def _write_houses(batch: _Batch) -> None:
    if batch.new_houses:
        columns = zip(*((code, *address) for code, address in batch.new_houses.items()), strict=True)
        sql.execute(_HOUSE, [list(column) for column in columns])
        batch.new_houses.clear()


def _values(card: PersonCard) -> list[Any]:
    return [getattr(card, attribute) for attribute in _ATTRIBUTE.values()]


_encode: Callable[[Any], bytes] = msgspec.json.Encoder().encode


def _amendment(before: PersonCard, after: PersonCard, since: date, number: int, batch: _Batch) -> tuple[Any, ...]:
    was, now = dict(zip(FIELDS, _values(before), strict=True)), dict(zip(FIELDS, _values(after), strict=True))
    fresh = [name for name in FIELDS if was[name] != now[name]]
    return _line(after.id, number, since, ({n: was[n] for n in fresh}, {n: now[n] for n in fresh}), batch)


def _line(person: int, number: int, since: date, told: tuple[Any, Any], batch: _Batch) -> tuple[Any, ...]:
    before, after = (_encode(one).decode() for one in told)
    return (person, number, batch.at, since, batch.by.label, batch.reason, "", before, after)


def _copy(into: str, rows: Any) -> None:
    statement = f"COPY {into} FROM STDIN"
    connection.ensure_connection()
    with connection.wrap_database_errors, connection.connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)
