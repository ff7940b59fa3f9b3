"""People who do not exist, as many as wanted: for the demonstration, for tests of load, for trying an import.

Their numbers come from a range that no registration office gives out (`rules.RESERVED`). Each is made from its
place in the range alone, four to a household, by the database itself: so the same number is always the same person, a
run that was cut off goes on where it stopped, and ten million take minutes.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.db import transaction

from sala.identity.accounts.actor import system
from sala.identity.people import biometrics, names, queries, rules
from sala.identity.people import fingerprints as templates
from sala.identity.people.models import Person
from sala.kit import sql
from sala.kit.errors import Conflict
from sala.kit.text import Text

BATCH = 50_000
FAMILY = 4
"""Places of one household: two parents, the first its head, and two children."""

_PICK = "(mod(abs(hashint8extended({by}, {salt})), cardinality(%({array})s::text[])) + 1)::int"


def _pick(array: str, salt: int, by: str = "n") -> str:
    """One of an array, by the person's place (`n`) or the family's (`g`), and a salt; parallel arrays share the salt
    and the length."""
    return f"(%({array})s::text[])[{_PICK.format(array=array, salt=salt, by=by)}]"


def _chance(salt: int, below: int, by: str = "n") -> str:
    """A whole number from 0, always the same for the same place."""
    return f"mod(abs(hashint8extended({by}, {salt})), {below})::int"


def _checked(beginning: str, number: str, digits: int) -> str:
    """A number of the reserved range with its check digit: modulus 11, as `rules` has it, in the database's words."""
    weight = len(beginning) + digits + 1
    known = sum((weight - i) * int(digit) for i, digit in enumerate(beginning))
    places = range(digits)
    total = " + ".join(f"mod({number} / {10**p}, 10) * {p + 2}" for p in places)
    return f"'{beginning}' || lpad(({number})::text, {digits}, '0') || mod(11 - mod({known} + {total}, 11), 10)"


_HOUSE_CODE = _checked(rules.RESERVED_HOUSE, "g", 8)
_HOUSE_NO = f"(1 + {_chance(7, 400, 'g')})::text || '/' || (1 + {_chance(8, 90, 'g')})"
_MOO = f"(1 + {_chance(9, 14, 'g')})::text"
_AREA = "(%(areas)s::int[])[(mod(abs(hashint8extended(g, 10)), cardinality(%(areas)s::int[])) + 1)::int]"
_HOUSES = f"""
INSERT INTO people_house (code, house_no, moo, lane, road, subdistrict_id)
SELECT {_HOUSE_CODE}, {_HOUSE_NO}, {_MOO}, '', '', {_AREA}
FROM generate_series(%(first)s::bigint / {FAMILY}, %(last)s::bigint / {FAMILY}) AS g ON CONFLICT DO NOTHING"""  # noqa: S608
# A head is 40 to 78 years old, the other parent within two years of that; a child's mother was 20 to 35 at its birth.
_MAKE = f"""
WITH placed AS (
    SELECT n, n / {FAMILY} AS g, mod(n, {FAMILY}) AS place,
           mod(abs(hashint8extended(n / {FAMILY}, 1)), 10) < 3 AS led_by_woman
    FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS n
), family AS (
    SELECT *, %(today)s::date - 14610 - {_chance(2, 13880, "g")} AS head_born,
           g * {FAMILY} + CASE WHEN led_by_woman THEN 1 ELSE 0 END AS father,
           g * {FAMILY} + CASE WHEN led_by_woman THEN 0 ELSE 1 END AS mother
    FROM placed
), born AS (
    SELECT *, CASE WHEN place < 2 THEN n = mother ELSE mod(abs(hashint8extended(n, 13)), 2) = 0 END AS woman,
           head_born - 700 + {_chance(14, 1400, "g")} AS other_born
    FROM family
), dated AS (
    SELECT *, CASE WHEN place = 0 THEN head_born WHEN place = 1 THEN other_born
              ELSE CASE WHEN led_by_woman THEN head_born ELSE other_born END + 7305 + {_chance(15, 5470)} END AS born
    FROM born
), carded AS (
    SELECT *, extract(year FROM age(%(today)s::date, born)) AS years, %(today)s::date - born >= 2600 AS has_card,
           %(today)s::date - mod(
               abs(hashint8extended(n, 3)), greatest(1, least(2900, %(today)s::date - born - 2555)))::int AS issued
    FROM dated
)
INSERT INTO people_person (
    pid, title_th, given_name_th, middle_name_th, family_name_th, title_en, given_name_en, middle_name_en,
    family_name_en, birth_date, sex, house_no, moo, lane, road, subdistrict_id, card_number, card_issued_on,
    card_expires_on, ial, house_id, house_role, father_pid, father_name_th, mother_pid, mother_name_th, changes
)
SELECT {_checked(rules.RESERVED, "n", 9)},
    CASE WHEN years < 15 THEN CASE WHEN woman THEN 'เด็กหญิง' ELSE 'เด็กชาย' END
         WHEN woman THEN CASE WHEN place < 2 THEN 'นาง' ELSE 'นางสาว' END ELSE 'นาย' END,
    CASE WHEN woman THEN {_pick("women_th", 4)} ELSE {_pick("men_th", 4)} END, '',
    {_pick("first_th", 5, "g")} || {_pick("second_th", 6, "g")},
    CASE WHEN years < 15 THEN CASE WHEN woman THEN 'Miss' ELSE 'Master' END
         WHEN woman THEN CASE WHEN place < 2 THEN 'Mrs.' ELSE 'Miss' END ELSE 'Mr.' END,
    CASE WHEN woman THEN {_pick("women_en", 4)} ELSE {_pick("men_en", 4)} END, '',
    initcap({_pick("first_en", 5, "g")} || {_pick("second_en", 6, "g")}),
    born, CASE WHEN woman THEN 'f' ELSE 'm' END, {_HOUSE_NO}, {_MOO}, '', '', {_AREA},
    CASE WHEN has_card THEN lpad(mod(abs(hashint8extended(n, 11)), 100000000000000)::text, 14, '0') ELSE '' END,
    CASE WHEN has_card THEN issued END,
    CASE WHEN has_card THEN (issued + interval '8 years')::date END,
    CASE WHEN has_card THEN (ARRAY['', '1.3', '2.2', '2.3'])[(mod(abs(hashint8extended(n, 12)), 4) + 1)::int]
         ELSE '' END,
    {_HOUSE_CODE}, CASE WHEN place = 0 THEN 'head' ELSE 'resident' END,
    CASE WHEN place < 2 THEN '' ELSE {_checked(rules.RESERVED, "father", 9)} END,
    CASE WHEN place < 2 THEN {_pick("men_th", 16)} ELSE '' END,
    CASE WHEN place < 2 THEN '' ELSE {_checked(rules.RESERVED, "mother", 9)} END,
    CASE WHEN place < 2 THEN {_pick("women_th", 17)} ELSE '' END,
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
    known = {"areas": areas, "today": names.AS_OF, **names.arrays()}
    for first in range(_standing(count), count, BATCH):
        last = min(first + BATCH, count) - 1
        with transaction.atomic():
            place = known | {"first": first, "last": last}
            sql.execute(_HOUSES, {name: place[name] for name in ("first", "last", "areas")})
            sql.execute(_MAKE, place)
            low, high = f"{rules.RESERVED}{first:09d}", f"{rules.RESERVED}{last + 1:09d}"
            sql.execute(_NOTE, {"today": names.AS_OF, "low": low, "high": high})
        yield last + 1


def fingerprints(count: int) -> None:
    """Keep two synthetic finger templates, of both thumbs, for each of the first `count` invented people."""
    for place in range(count):
        card = queries.by_pid(rules.invented_pid(place))
        if card is None:
            continue
        for finger in (1, 6):
            biometrics.keep_finger(
                person=card.id, finger=finger, record=templates.synthetic(place, finger), by=system("generator")
            )


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
