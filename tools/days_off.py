"""Write the government's holidays, as the library `holidays` knows them, into the package; `--check` only compares.

Run it after the library was brought up to date: it learns each year what the Cabinet resolved.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import holidays

TARGET = Path(__file__).resolve().parent.parent / "sala" / "engine" / "catalogue" / "holidays.json"
YEARS = range(2000, 2061)
# Labour Day closes banks and private firms; the civil service works. Children's Day is no day off.
NOT_GOVERNMENT = ("National Labor Day", "National Children's Day")


def known(language: str) -> dict[str, str]:
    """Days and what they are called."""
    found = holidays.country_holidays("TH", years=YEARS, categories=("public", "government"), language=language)
    return {day.isoformat(): name for day, name in sorted(found.items())}


thai, english = known("th"), known("en_US")
days = {
    day: {"th": thai.get(day, name), "en": name}
    for day, name in english.items()
    if not any(one in name for one in NOT_GOVERNMENT)
}
lines = (f"{json.dumps(day)}: {json.dumps(names, ensure_ascii=False)}" for day, names in days.items())
written = "{\n" + ",\n".join(lines) + "\n}\n"
if "--check" in sys.argv:
    sys.exit(not TARGET.exists() or TARGET.read_text() != written)
TARGET.write_text(written)
