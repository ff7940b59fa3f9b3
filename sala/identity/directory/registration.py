"""The offices that keep the civil register: one for each district, and one for each of so many municipalities.

The department's own list of 2,533 offices (R-004.12) is not published with the codes of areas, so these are made from
what is: the 928 district offices are real in name and place; the municipal ones are plausible, one in a sub-district
after the other, until there are as many as the department has. An installation replaces them by its own list
(`sala offices import`), which takes over their areas.
"""

from __future__ import annotations

from collections.abc import Iterator

from sala.identity.directory import queries
from sala.identity.directory.queries import Place
from sala.identity.directory.services import OfficeSpec, save_offices
from sala.kit.text import Text

AGENCY = "provincial-administration"
KIND = "registration-office"
COUNT = 2_533
_BANGKOK = 10


def load() -> int:
    """Create the registration offices, or bring them up to date; how many there are. Repeatable. Needs the areas."""
    found = specs()
    save_offices(found)
    return len(found)


def specs() -> list[OfficeSpec]:
    """All of them: a municipality's office is responsible for its sub-district, the district's for the rest."""
    districts = [place for province in queries.provinces("en") for place in queries.districts(province.code, "en")]
    districts.sort(key=lambda place: place.code)
    towns = [spec for _, spec in zip(range(COUNT - len(districts)), _municipal(districts), strict=False)]
    return [*(_spec(place, _name_of_district(place)) for place in districts), *towns]


def responsible(subdistrict: int) -> int | None:
    """The id of the office that keeps a sub-district's people: its municipality's, else its district's."""
    return queries.office_for(KIND, subdistrict) or queries.office_for(KIND, subdistrict // 100)


def _municipal(districts: list[Place]) -> Iterator[OfficeSpec]:
    """The first sub-district of every district, then the second of each: towns lie where the numbering begins."""
    outside = [place for place in districts if place.parent != _BANGKOK]
    below = [sorted(queries.subdistricts(place.code, "en"), key=lambda one: one.code) for place in outside]
    for nth in range(max((len(places) for places in below), default=0)):
        for places in below:
            if nth < len(places):
                name = places[nth].name
                yield _spec(
                    places[nth],
                    Text(th=f"สำนักทะเบียนท้องถิ่นเทศบาล{name.th}", en=f"{name.en} Municipality Registration Office"),
                )


def _name_of_district(place: Place) -> Text:
    if place.parent == _BANGKOK:
        name = place.name.th.removeprefix("เขต")
        return Text(th=f"สำนักทะเบียนท้องถิ่นเขต{name}", en=f"{place.name.en} District Registration Office")
    name = place.name.th.removeprefix("อำเภอ")
    return Text(th=f"สำนักทะเบียนอำเภอ{name}", en=f"{place.name.en} District Registration Office")


def _spec(place: Place, name: Text) -> OfficeSpec:
    district = place.parent if place.level == "subdistrict" else place.code
    latitude, longitude = queries.middle_of(district or 0) or (None, None)
    if place.latitude is not None:
        latitude, longitude = place.latitude, place.longitude
    return OfficeSpec(
        slug=f"registration-{place.code}",
        agency=AGENCY,
        kind=KIND,
        name=name,
        areas=(place.code,),
        province=queries.area_path(place.code)[0].code,
        latitude=latitude,
        longitude=longitude,
    )
