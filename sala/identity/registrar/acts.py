"""What an officer may record of a person, as data: which fields a form asks, and how it says so."""

from __future__ import annotations

NAMES = (
    "title_th", "given_name_th", "middle_name_th", "family_name_th",
    "title_en", "given_name_en", "middle_name_en", "family_name_en",
)  # fmt: skip
PARENTS = ("father_pid", "father_name_th", "mother_pid", "mother_name_th")
ACTS: dict[str, tuple[str, ...]] = {
    "name": NAMES,
    "details": ("birth_date", "sex", "nationality", *PARENTS),
    "move": ("house_id", "house_role"),
    "death": ("died_on",),
}
BIRTH = (*NAMES, "birth_date", "sex", "house_id", *PARENTS)
HOUSE = ("house_id", "house_no", "moo", "lane", "road", "subdistrict_id")
NOTE = ("reason", "document", "effective_on")
DATES = frozenset({"birth_date", "died_on", "effective_on"})
