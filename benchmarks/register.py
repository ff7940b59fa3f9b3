"""People from a file: how many come into the register a second, and how many are found to be there already."""

from __future__ import annotations

import csv
import tempfile
import time
from pathlib import Path

from benchmarks.measures import Bench, Line, Step

PEOPLE = 100_000
NEEDED = 5_000
"""A second, of new people with their houses."""
_HEADING = (
    "pid", "title_th", "given_name_th", "family_name_th", "title_en", "given_name_en", "family_name_en", "birth_date",
    "sex", "house_no", "moo", "subdistrict_id", "house_id", "house_role",
)  # fmt: skip
_PERSON = ("นาย", "สมชาย", "ใจดี", "Mr.", "Somchai", "Jaidee", "1985-04-13", "m")
FIRST = 800_000_000
"""Place in the reserved range, beyond those that the other measures invent."""


def imported(bench: Bench, step: Step) -> list[Line]:
    """(m) A first load, three to a house, and the same file again for another reason."""
    new, same = (rate(FIRST, reason, step) for reason in ("First load", "Again"))
    target = f"≥ {NEEDED:,}"
    return [
        Line("New people from a file, a second", f"{new:,.0f}", target=target, met=new >= NEEDED),
        Line("Unchanged people from a file, a second", f"{same:,.0f}", target=target, met=same >= NEEDED),
    ]


def rate(first: int, reason: str, step: Step) -> float:
    """People a second, of a file with those from place `first` of the reserved range on."""
    from sala.identity.accounts.actor import system
    from sala.identity.people import importing

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "people.csv"
        _write(path, first)
        start = time.perf_counter()
        for done in importing.load(path, faults=path.with_suffix(".faults"), reason=reason, by=system("bench")):
            step(f"{reason}: {done.rows:,}")
            if done.wrong:
                raise RuntimeError(path.with_suffix(".faults").read_text()[:500])
        return PEOPLE / (time.perf_counter() - start)


def _write(path: Path, first: int) -> None:
    from sala.identity.people import rules

    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(_HEADING)
        for n in range(first - FIRST, first - FIRST + PEOPLE):
            house = rules.house_code(f"98{n // 3:08d}")
            role = "resident" if n % 3 else "head"
            writer.writerow([rules.invented_pid(FIRST + n), *_PERSON, str(n // 3), "4", 740101, house, role])
