"""The laser code on the back of an identity card: kept as a keyed digest, compared, and never shown again."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import date
from hmac import compare_digest

from sala.identity.accounts.actor import Actor
from sala.identity.people import queries, rules, words
from sala.identity.people.models import CardSecret, Person
from sala.identity.people.queries import PersonCard
from sala.kit import audit, sql
from sala.kit.errors import Fault, Invalid, NotFound
from sala.kit.ids import keyed_digest

_LASER = re.compile(r"[A-Z]{2}[0-9]{10}")
_BETWEEN = re.compile(r"[\s\u2010-\u2015\u2212-]+")
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
_LASER_OF = """
SELECT s.laser FROM people_cardsecret s JOIN people_person p ON p.id = s.person_id WHERE p.pid = %(pid)s"""
_KEEP = """
INSERT INTO people_cardsecret (person_id, laser)
SELECT p.id, given.laser FROM unnest(%(pids)s::text[], %(lasers)s::bytea[]) AS given (pid, laser)
JOIN people_person p ON p.pid = given.pid
ON CONFLICT (person_id) DO UPDATE SET laser = excluded.laser WHERE people_cardsecret.laser <> excluded.laser"""


def normal_laser(text: str) -> str | None:
    """The code as it is compared, two letters and ten digits, or None if `text` cannot be one.

    It stands on the card as JT9-9999999-99; dashes, spaces and small letters are as good.
    """
    bare = _BETWEEN.sub("", text).upper()
    return bare if _LASER.fullmatch(bare) else None


def written_laser(laser: str) -> str:
    """A code as the card has it."""
    return f"{laser[:3]}-{laser[3:10]}-{laser[10:]}"


def keep_laser(*, person: int, laser: str, by: Actor) -> None:
    """Keep the code of a person's card, in place of that of a former one. Raises Invalid, NotFound."""
    normal = normal_laser(laser)
    if normal is None:
        raise Invalid([Fault("laser_code", "laser", words.LASER)])
    pid = Person.objects.filter(id=person).values_list("pid", flat=True).first()
    if pid is None:
        raise NotFound
    CardSecret.objects.update_or_create(person_id=person, defaults={"laser": digest(pid, normal)})
    audit.record(by.label, "person.card_secret_kept", f"person:{person}")


def matches(*, pid: str, birth_date: date, laser: str) -> PersonCard | None:
    """The person with a right to a digital ID whose number, date of birth and laser code these are; None if any of them
    is another's.

    Every part is compared whatever the others say, in constant time, and a number that nobody has costs the same
    statements: neither the answer nor its time tells which part was wrong. Whoever calls limits how often.
    """
    card, row = queries.by_pid(pid), sql.fetch_one(_LASER_OF, {"pid": pid})
    kept = bytes(row[0]) if row else bytes(32)
    right = compare_digest(kept, digest(pid, normal_laser(laser) or ""))
    born = compare_digest((card.birth_date if card else date.min).isoformat(), birth_date.isoformat())
    entitled = card is not None and card.died_on is None and not rules.gave_up(card.pid, card.nationality)
    return card if right & born & entitled else None


def has_secret(person: int) -> bool:
    """Whether the register knows the laser code of this person's card."""
    return CardSecret.objects.filter(person_id=person).exists()


def digest(pid: str, laser: str) -> bytes:
    """What is kept of a code: bound to the person, so that two equal codes are not seen to be equal."""
    return keyed_digest("people.laser", f"{pid}\0{laser}").encode()


def laser_of_invented(place: int) -> str:
    """The laser code of the `place`-th invented person (`rules.invented_pid`), as their card would have it."""
    number = int.from_bytes(hashlib.sha256(f"laser/{place}".encode()).digest()[:8])
    letters = _LETTERS[number % 24] + _LETTERS[number // 24 % 24]
    return written_laser(f"{letters}{number // 576 % 10**10:010d}")


def keep_digests(digests: Mapping[str, bytes]) -> None:
    """Keep many at once, by the numbers of people who are in the register."""
    if digests:
        sql.execute(_KEEP, {"pids": list(digests), "lasers": list(digests.values())})


def keep_invented(count: int) -> None:
    """Keep the codes of the first `count` invented people, those of them who are in the register. May be repeated."""
    codes = {rules.invented_pid(place): laser_of_invented(place) for place in range(count)}
    keep_digests({pid: digest(pid, normal_laser(code) or "") for pid, code in codes.items()})


def card_of_invented(place: int) -> str:
    """What one types of an invented person's card: number, date of birth, code."""
    card = queries.by_pid(rules.invented_pid(place))
    if card is None:
        raise NotFound
    return f"{card.pid}, {card.birth_date.isoformat()}, {laser_of_invented(place)}"
