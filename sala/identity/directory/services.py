"""Writes of the directory: reference data, offices, appointments."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from importlib import resources
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from sala.identity.accounts.actor import Actor
from sala.identity.directory import queries
from sala.identity.directory.models import Agency, Jurisdiction, Office, Post
from sala.kit import audit, clock
from sala.kit.errors import Fault, Forbidden, Invalid, NotFound
from sala.kit.text import Text

_AREA_COLUMNS = "code, level, parent_id, name_th, name_en, postcode, latitude, longitude"
_NO_ADDRESS = Text(th="", en="")
_OFFICE_FIELDS = [
    "agency", "kind", "name_th", "name_en", "address_th", "address_en", "phone", "email",
    "latitude", "longitude", "province",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficeSpec:
    """An office as an agency describes it.

    `areas`: the codes it is responsible for; `province`: the code of the one it stands in; degrees are WGS 84.
    """

    slug: str
    agency: str
    kind: str
    name: Text
    address: Text = _NO_ADDRESS
    phone: str = ""
    email: str = ""
    areas: tuple[int, ...] = ()
    province: int | None = None
    latitude: float | None = None
    longitude: float | None = None


def load_areas() -> int:
    """Load or refresh all administrative areas from the files in data/; how many rows changed. Repeatable."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE incoming_area (LIKE directory_area) ON COMMIT DROP")
        with cursor.copy(f"COPY incoming_area ({_AREA_COLUMNS}) FROM STDIN") as copy:
            for row in _area_rows():
                copy.write_row(row)
        cursor.execute(
            f"INSERT INTO directory_area AS a ({_AREA_COLUMNS}) SELECT {_AREA_COLUMNS} FROM incoming_area "  # noqa: S608 - a constant
            "ON CONFLICT (code) DO UPDATE SET level = excluded.level, parent_id = excluded.parent_id,"
            " name_th = excluded.name_th, name_en = excluded.name_en, postcode = excluded.postcode,"
            " latitude = excluded.latitude, longitude = excluded.longitude "
            "WHERE a IS DISTINCT FROM excluded"
        )
        changed: int = cursor.rowcount
        cursor.execute("DROP TABLE incoming_area")
    queries.clear()
    return changed


def load_agencies() -> None:
    """Load or refresh the agencies of data/agencies.json. Repeatable."""
    for row in _read("agencies"):
        save_agency(
            slug=row["slug"], parent=row["parent"], name=Text(th=row["name"]["th"], en=row["name"]["en"]), refresh=False
        )
    queries.forget_offices()


def save_agency(*, slug: str, name: Text, parent: str | None = None, refresh: bool = True) -> None:
    """Create the agency, or bring its names and parent up to date."""
    Agency.objects.update_or_create(slug=slug, defaults={"parent_id": parent, "name_th": name.th, "name_en": name.en})
    if refresh:
        queries.forget_offices()


def save_offices(specs: Iterable[OfficeSpec]) -> None:
    """Create offices, or bring them up to date, with what they are responsible for. Repeatable.

    An area that one of these offices takes over is taken from whichever office of the kind had it.
    """
    specs = list(specs)
    with transaction.atomic():
        Office.objects.bulk_create(
            [_office_row(spec) for spec in specs],
            update_conflicts=True,
            unique_fields=["slug"],
            update_fields=_OFFICE_FIELDS,
        )
        ids = dict(Office.objects.filter(slug__in=[s.slug for s in specs]).values_list("slug", "id"))
        Jurisdiction.objects.bulk_create(
            [
                Jurisdiction(office_id=ids[spec.slug], kind=spec.kind, area_id=area)
                for spec in specs
                for area in spec.areas
            ],
            update_conflicts=True,
            unique_fields=["kind", "area"],
            update_fields=["office"],
        )
    queries.forget_offices()


def appoint(
    *,
    account: UUID,
    agency: str,
    role: str,
    office: int | None = None,
    services: tuple[str, ...] = (),
    since: date | None = None,
    until: date | None = None,
    by: Actor,
) -> int:
    """Give an account a post, or change the dates and services of one it has; the post's id.

    `office` None = the whole agency; `since` today unless given; `until` is the last day (None: open).
    Only the system and the agency's administrators may (Forbidden); Invalid names what is wrong.
    """
    _check_may_appoint(by, agency)
    start = since or clock.today()
    _check_post(agency=agency, role=role, office=office, since=start, until=until)
    with transaction.atomic():
        post, _created = Post.objects.update_or_create(
            account_id=account,
            agency_id=agency,
            office_id=office,  # type: ignore[misc]  # the stubs forget that the column may be null
            role=role,
            defaults={"services": list(services), "since": start, "until": until},
        )
        _record(by, "post.appointed", account, agency=agency, office=office, role=role, until=until)
    return post.id


def end_post(*, post: int, by: Actor) -> None:
    """End a post: yesterday is its last day, so it is gone from the next request on. Repeatable."""
    with transaction.atomic():
        held = Post.objects.select_for_update().filter(id=post).first()
        if held is None:
            raise NotFound
        _check_may_appoint(by, held.agency_id)
        if held.until is not None and held.until < clock.today():
            return
        held.until = clock.today() - timedelta(days=1)
        held.since = min(held.since, held.until)
        held.save(update_fields=["since", "until"])
        _record(
            by, "post.ended", held.account_id, agency=held.agency_id, office=held.office_id, role=held.role, until=None
        )


def _check_may_appoint(by: Actor, agency: str) -> None:
    administers = any(seat.role == Post.Role.ADMINISTRATOR and seat.agency == agency for seat in by.seats)
    if by.kind != "system" and not administers:
        raise Forbidden(
            Text(
                th="เฉพาะผู้ดูแลระบบของหน่วยงานเท่านั้นที่แต่งตั้งเจ้าหน้าที่ได้",
                en="Only an administrator of the agency may appoint officers",
            )
        )


def _check_post(*, agency: str, role: str, office: int | None, since: date, until: date | None) -> None:
    queries.agency(agency)
    faults = []
    if role not in Post.Role.values:
        roles = ", ".join(Post.Role.values)
        faults.append(Fault("role", "unknown_role", Text(th=f"บทบาทต้องเป็น {roles}", en=f"The role must be {roles}")))
    if office is not None and queries.office(office).agency != agency:
        faults.append(
            Fault(
                "office",
                "other_agency",
                Text(th="สำนักงานนี้เป็นของหน่วยงานอื่น", en="This office belongs to another agency"),
            )
        )
    if until is not None and until < since:
        faults.append(
            Fault(
                "until",
                "before_start",
                Text(th="วันสิ้นสุดต้องไม่ก่อนวันเริ่มต้น", en="The last day must not be before the first"),
            )
        )
    if faults:
        raise Invalid(faults)


def _record(
    by: Actor, action: str, account: UUID, *, agency: str, office: int | None, role: str, until: date | None
) -> None:
    detail: dict[str, Any] = {"agency": agency, "office": office, "role": role}
    if until is not None:
        detail["until"] = until.isoformat()
    audit.record(by.label, action, f"account:{account}", detail)


def _office_row(spec: OfficeSpec) -> Office:
    return Office(
        slug=spec.slug,
        agency_id=spec.agency,
        kind=spec.kind,
        name_th=spec.name.th,
        name_en=spec.name.en,
        address_th=spec.address.th,
        address_en=spec.address.en,
        phone=spec.phone,
        email=spec.email,
        latitude=spec.latitude,
        longitude=spec.longitude,
        province=spec.province,
    )


def _area_rows() -> Iterator[tuple[Any, ...]]:
    for row in _read("provinces"):
        yield (row["provinceCode"], "province", None, row["provinceNameTh"], row["provinceNameEn"], None, None, None)
    for row in _read("districts"):
        yield (
            row["districtCode"], "district", row["provinceCode"], row["districtNameTh"], row["districtNameEn"],
            row["postalCode"], None, None,
        )  # fmt: skip
    for row in _read("subdistricts"):
        yield (
            row["subdistrictCode"], "subdistrict", row["districtCode"], row["subdistrictNameTh"],
            row["subdistrictNameEn"], row["postalCode"], row.get("lat"), row.get("lon"),
        )  # fmt: skip


def _read(name: str) -> list[dict[str, Any]]:
    text = (resources.files("sala.identity.directory") / "data" / f"{name}.json").read_text(encoding="utf-8")
    rows: list[dict[str, Any]] = json.loads(text)
    return rows
