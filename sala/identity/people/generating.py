"""People who do not exist, as many as wanted: for the demonstration, for tests of load, for trying an import.

Their numbers come from a range that no registration office gives out (`rules.RESERVED`). Each is made from its
place in the range alone, by the database itself, so the same number is always the same person, a run that was cut
off goes on where it stopped, and ten million take minutes.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.db import transaction

from sala.identity.people import names, rules
from sala.identity.people.models import Person
from sala.kit import sql
from sala.kit.errors import Conflict
from sala.kit.text import Text

BATCH = 50_000

_PICK = "(mod(abs(hashint8extended(n, %d)), cardinality(%%(%s)s::text[])) + 1)::int"


def _pick(array: str, salt: int, index: str | None = None) -> str:
    """One of an array, by the person's place and a salt; parallel arrays share the salt and the length."""
    return f"(%({array})s::text[])[{_PICK % (salt, index or array)}]"


_MAKE = f"""
WITH placed AS (
    SELECT n, %(reserved)s || lpad(n::text, 9, '0') AS twelve,
           mod(abs(hashint8extended(n, 1)), 2) = 0 AS woman,
           %(today)s::date - 30 - mod(abs(hashint8extended(n, 2)), 32850)::int AS born
    FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS n
), checked AS (
    SELECT *, twelve || mod(11 - mod((
        SELECT sum((14 - i) * substr(twelve, i, 1)::int) FROM generate_series(1, 12) AS i), 11), 10) AS pid,
        extract(year FROM age(%(today)s::date, born)) AS years
    FROM placed
), carded AS (
    SELECT *, years >= 7 AS has_card,
           %(today)s::date - mod(
               abs(hashint8extended(n, 3)), greatest(1, least(2900, %(today)s::date - born - 2555)))::int AS issued
    FROM checked
)
INSERT INTO people_person (
    pid, title_th, given_name_th, middle_name_th, family_name_th, title_en, given_name_en, middle_name_en,
    family_name_en, birth_date, sex, house_no, moo, lane, road, subdistrict_id, card_number, card_issued_on,
    card_expires_on, ial, changes
)
SELECT pid,
    CASE WHEN years < 15 THEN CASE WHEN woman THEN 'เด็กหญิง' ELSE 'เด็กชาย' END
         WHEN woman THEN CASE WHEN mod(n, 3) = 0 THEN 'นาง' ELSE 'นางสาว' END ELSE 'นาย' END,
    CASE WHEN woman THEN {_pick("women_th", 4)} ELSE {_pick("men_th", 4)} END, '',
    {_pick("first_th", 5)} || {_pick("second_th", 6)},
    CASE WHEN years < 15 THEN CASE WHEN woman THEN 'Miss' ELSE 'Master' END
         WHEN woman THEN CASE WHEN mod(n, 3) = 0 THEN 'Mrs.' ELSE 'Miss' END ELSE 'Mr.' END,
    CASE WHEN woman THEN {_pick("women_en", 4)} ELSE {_pick("men_en", 4)} END, '',
    initcap({_pick("first_en", 5)} || {_pick("second_en", 6)}),
    born, CASE WHEN woman THEN 'f' ELSE 'm' END,
    (1 + mod(abs(hashint8extended(n, 7)), 400))::text || '/' || (1 + mod(abs(hashint8extended(n, 8)), 90)),
    (1 + mod(abs(hashint8extended(n, 9)), 14))::text, '', '',
    (%(areas)s::int[])[(mod(abs(hashint8extended(n, 10)), cardinality(%(areas)s::int[])) + 1)::int],
    CASE WHEN has_card THEN lpad(mod(abs(hashint8extended(n, 11)), 100000000000000)::text, 14, '0') ELSE '' END,
    CASE WHEN has_card THEN issued END,
    CASE WHEN has_card THEN (issued + interval '8 years')::date END,
    CASE WHEN has_card THEN (ARRAY['', '1.3', '2.2', '2.3'])[(mod(abs(hashint8extended(n, 12)), 4) + 1)::int]
         ELSE '' END,
    1
FROM carded ON CONFLICT (pid) DO NOTHING"""  # noqa: S608 - constants
_NOTE = """
INSERT INTO people_personchange (person_id, number, at, effective_on, actor, reason, before, after)
SELECT p.id, 1, now(), %(today)s, 'system:generator', 'invented', '{}', '{}'
FROM people_person p WHERE p.pid >= %(low)s AND p.pid < %(high)s
ON CONFLICT DO NOTHING"""


def generate(count: int) -> Iterator[int]:
    """See to it that the first `count` invented people stand in the register; how many are done, batch by batch.

    May be repeated, and goes on after it was cut off: each batch is true whole or not at all. Raises Conflict where
    areas were not loaded.
    """
    areas = _subdistricts()
    if not areas:
        raise Conflict(Text(th="ยังไม่ได้โหลดข้อมูลตำบล", en="The areas are not loaded yet. Run: sala prepare"))
    known = {"reserved": rules.RESERVED, "areas": areas, "today": names.AS_OF, **names.arrays()}
    for first in range(_standing(count), count, BATCH):
        last = min(first + BATCH, count) - 1
        with transaction.atomic():
            sql.execute(_MAKE, known | {"first": first, "last": last})
            low, high = f"{rules.RESERVED}{first:09d}", f"{rules.RESERVED}{last + 1:09d}"
            sql.execute(_NOTE, {"today": names.AS_OF, "low": low, "high": high})
        yield last + 1


def _standing(count: int) -> int:
    """How many whole batches stand already, counted from the first."""
    done = 0
    while done < count:
        last = rules.invented_pid(min(done + BATCH, count) - 1)
        if not Person.objects.filter(pid=last).exists():
            break
        done = min(done + BATCH, count)
    return done


def _subdistricts() -> list[int]:
    return [
        row[0] for row in sql.fetch_all("SELECT code FROM directory_area WHERE level = 'subdistrict' ORDER BY code")
    ]
