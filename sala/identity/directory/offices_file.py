"""Offices from a file: how an agency brings its own without a program.

A CSV file with a heading. `area` is the code of the province, district or sub-district in which the office stands;
`responsible_for` the codes of the areas whose requests are routed to it, with spaces between, where there are any.
Where latitude and longitude are empty, the area's own are taken.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from sala.identity.directory import queries
from sala.identity.directory.queries import Place
from sala.identity.directory.services import OfficeSpec, save_offices
from sala.kit.errors import Fault, Invalid, NotFound
from sala.kit.text import Text

REQUIRED = ("slug", "agency", "kind", "name_th", "name_en", "area")
OPTIONAL = ("address_th", "address_en", "phone", "email", "latitude", "longitude", "responsible_for")
_SLUG = re.compile(r"[a-z][a-z0-9-]{1,49}")
_IN_THAILAND = {"latitude": (5.0, 21.0), "longitude": (97.0, 106.0)}


def load(path: Path) -> int:
    """Create the file's offices, or bring them up to date; how many it has. Repeatable.

    Raises `Invalid` with everything that is wrong, by line and column; then nothing was changed.
    """
    specs = read(path)
    save_offices(specs)
    return len(specs)


def read(path: Path) -> list[OfficeSpec]:
    """The offices in the file, judged; `Invalid` with every fault."""
    rows = _rows(path)
    faults: list[Fault] = []
    specs = [_spec(_Row(line, row, faults)) for line, row in rows]
    seen: set[str] = set()
    for (line, _), spec in zip(rows, specs, strict=True):
        if spec.slug in seen:
            faults.append(_fault(line, "slug", Text(th=f"“{spec.slug}” ซ้ำ", en=f"“{spec.slug}” is there twice")))
        seen.add(spec.slug)
    if faults:
        raise Invalid(faults)
    return specs


@dataclass(frozen=True, slots=True)
class _Row:
    """One line of the file; what is wrong with it is added to `faults`."""

    line: int
    values: Mapping[str, str]
    faults: list[Fault]

    def __getitem__(self, column: str) -> str:
        return (self.values.get(column) or "").strip()

    def wrong(self, column: str, th: str, en: str) -> None:
        self.faults.append(_fault(self.line, column, Text(th=th, en=en)))


def _rows(path: Path) -> list[tuple[int, Mapping[str, str]]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        message = Text(th="ไฟล์ไม่ใช่ UTF-8 โปรดบันทึกเป็น CSV UTF-8", en="The file is not UTF-8. Save it as CSV UTF-8")
        raise Invalid([_fault(1, "", message)]) from None
    heading = text.partition("\n")[0]
    reader = csv.DictReader(text.splitlines(), delimiter=max(",;\t", key=heading.count))
    columns = [column.strip() for column in reader.fieldnames or ()]
    reader.fieldnames = columns
    if faults := list(_heading(columns)):
        raise Invalid(faults)
    rows: list[tuple[int, Mapping[str, str]]] = [(reader.line_num, row) for row in reader]
    if not rows:
        raise Invalid([_fault(1, "", Text(th="ไม่มีสำนักงานในไฟล์", en="There is no office in the file"))])
    return rows


def _heading(columns: list[str]) -> Iterator[Fault]:
    known = ", ".join((*REQUIRED, *OPTIONAL))
    for column in REQUIRED:
        if column not in columns:
            yield _fault(1, column, Text(th=f"ไม่มีคอลัมน์ {column}", en=f"The column {column} is missing"))
    for column in columns:
        if column not in (*REQUIRED, *OPTIONAL):
            message = Text(
                th=f"ไม่รู้จักคอลัมน์ “{column}” คอลัมน์ที่ใช้ได้คือ {known}",
                en=f"“{column}” is not a column. There are: {known}",
            )
            yield _fault(1, column, message)


def _spec(row: _Row) -> OfficeSpec:
    for column in REQUIRED:
        if not row[column]:
            row.wrong(column, "ช่องนี้ว่าง โปรดเติม", "This is empty. Fill it in")
    for column in ("slug", "kind"):
        if row[column] and not _SLUG.fullmatch(row[column]):
            row.wrong(
                column,
                "ใช้ตัวอักษรอังกฤษตัวเล็ก ตัวเลข และ - ขึ้นต้นด้วยตัวอักษร",
                "Use lower-case letters, digits and -, beginning with a letter",
            )
    place = _place(row)
    latitude, longitude = _degrees(row, "latitude"), _degrees(row, "longitude")
    if latitude is None or longitude is None:
        latitude, longitude = _middle(place)
    return OfficeSpec(
        slug=row["slug"],
        agency=_agency(row),
        kind=row["kind"],
        name=Text(th=row["name_th"], en=row["name_en"]),
        address=Text(th=row["address_th"], en=row["address_en"]),
        phone=row["phone"],
        email=row["email"],
        areas=tuple(_areas(row)),
        province=queries.area_path(place.code)[0].code if place else None,
        latitude=latitude,
        longitude=longitude,
    )


def _agency(row: _Row) -> str:
    slug = row["agency"]
    try:
        return queries.agency(slug).slug
    except NotFound as unknown:
        if slug:
            row.wrong("agency", f"{unknown.message.th} โปรดเพิ่มหน่วยงานก่อน", f"{unknown.message.en}. Add it first")
    return slug


def _place(row: _Row) -> Place | None:
    return _area(row, "area", row["area"]) if row["area"] else None


def _areas(row: _Row) -> Iterator[int]:
    for code in row["responsible_for"].split():
        if place := _area(row, "responsible_for", code):
            yield place.code


def _area(row: _Row, column: str, code: str) -> Place | None:
    try:
        return queries.area(int(code))
    except (ValueError, NotFound):
        row.wrong(
            column,
            f"ไม่มีพื้นที่รหัส “{code}” ใช้รหัสจังหวัด อำเภอ หรือตำบลของกรมการปกครอง",
            f"There is no area with the code “{code}”. Use the code of a province, district or sub-district (DOPA)",
        )
    return None


def _degrees(row: _Row, column: str) -> float | None:
    if not row[column]:
        return None
    least, most = _IN_THAILAND[column]
    try:
        degrees = float(row[column])
    except ValueError:
        degrees = float("nan")
    if least <= degrees <= most:
        return degrees
    row.wrong(
        column,
        f"ต้องเป็นองศาทศนิยมระหว่าง {least:g} ถึง {most:g}",
        f"Write decimal degrees between {least:g} and {most:g}",
    )
    return None


def _middle(place: Place | None) -> tuple[float | None, float | None]:
    """Of the sub-district, else of its district; nothing where that is not known either."""
    if place is None:
        return None, None
    if place.latitude is not None:
        return place.latitude, place.longitude
    district = place.parent if place.level == "subdistrict" else place.code
    return queries.middle_of(district or 0) or (None, None)


def _fault(line: int, column: str, message: Text) -> Fault:
    return Fault(f"line {line}" + (f", {column}" if column else ""), "offices_file", message)
