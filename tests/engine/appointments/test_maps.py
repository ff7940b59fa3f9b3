"""The map: markers where they belong and apart, land as dots, small."""

from __future__ import annotations

import math
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sala.engine.appointments import maps, picture, presenters
from sala.engine.appointments.maps import WIDTH, At, Pin
from sala.engine.appointments.presenters import Ways
from sala.engine.catalogue.loaded import Loaded
from sala.identity.directory import queries as directory
from tests.engine.appointments.conftest import BANGKOK, make_places, make_schedule

BANGKOK_AT, CHIANG_MAI_AT = At(13.7563, 100.5018), At(18.7883, 98.9853)
THAILAND = (At(5.7, 101.2), At(20.4, 99.9), At(15.2, 105.6), At(18.0, 97.7))
WAYS = Ways(
    province=lambda code: f"?province={code}",
    month=lambda schedule, code: f"/month/{schedule}",
    day=lambda schedule, day: f"/day/{schedule}/{day}",
)
places = st.builds(At, st.floats(5.7, 20.4), st.floats(97.7, 105.6))


def pin(at: At, name: str = "Office") -> Pin:
    return Pin(at, name, "#")


def test_a_distance_that_everybody_knows() -> None:
    assert maps.kilometres(BANGKOK_AT, CHIANG_MAI_AT) == pytest.approx(583, rel=0.01)
    assert maps.kilometres(BANGKOK_AT, BANGKOK_AT) == 0


def test_north_is_up_and_east_is_right() -> None:
    drawn = maps.draw(
        maps.around(THAILAND, least=1), land=THAILAND, pins=[pin(BANGKOK_AT), pin(CHIANG_MAI_AT)], dots=60, apart=24
    )
    bangkok, chiang_mai = drawn.markers
    assert chiang_mai.y < bangkok.y
    assert chiang_mai.x < bangkok.x


@settings(max_examples=60)
@given(st.lists(places, min_size=1, max_size=12))
def test_markers_stand_apart_and_within_the_picture(found: list[At]) -> None:
    drawn = maps.draw(maps.around(THAILAND, least=1), land=THAILAND, pins=[pin(at) for at in found], dots=60, apart=24)
    for one, other in combinations(drawn.markers, 2):
        assert math.hypot(one.x - other.x, one.y - other.y) > 23
    assert all(0 < marker.x < WIDTH and 0 < marker.y < drawn.height for marker in drawn.markers)


def test_a_lone_marker_stands_where_it_lies() -> None:
    drawn = maps.draw(maps.around(THAILAND, least=1), land=THAILAND, pins=[pin(BANGKOK_AT)], dots=60, apart=24)
    assert not drawn.markers[0].moved
    assert (drawn.markers[0].x, drawn.markers[0].y) == (drawn.markers[0].true_x, drawn.markers[0].true_y)


def test_a_single_place_has_a_map_too() -> None:
    box = maps.around([BANGKOK_AT], least=1.4)
    drawn = maps.draw(box, land=(BANGKOK_AT,), home=(BANGKOK_AT,), pins=[pin(BANGKOK_AT)], dots=56, apart=30)
    assert drawn.home
    assert drawn.height > 100


@pytest.mark.django_db
@pytest.mark.requirement("R-001.51")
def test_the_country_has_a_marker_for_each_province_with_an_office_and_is_small(
    service: Loaded, offices: dict[int, int]
) -> None:
    for office in set(offices.values()):
        make_schedule(office)
    drawn = picture.of(presenters.offices(service.slug, None, WAYS), service.slug, WAYS)
    assert drawn
    assert len(drawn.markers) == len(set(offices.values()))
    assert len(drawn.land) < 6_000, "the land alone; the page as a whole stays under 40 KB"
    assert {marker.pin.href for marker in drawn.markers} >= {"?province=10", "?province=74"}


@pytest.mark.django_db
def test_a_province_shows_its_office_and_those_near_by_with_the_signs_of_the_list(
    service: Loaded, offices: dict[int, int]
) -> None:
    made = {province: make_schedule(offices[province]) for province in (10, 74, 75, 50)}
    province = presenters.province_asked("74")
    listed = presenters.offices(service.slug, province, WAYS)
    assert [spot.schedule for spot in listed.here] == [made[74]]
    assert [spot.schedule for spot in listed.near] == [made[75], made[BANGKOK], made[50]], "the nearest first"
    assert all(spot.kilometres and spot.kilometres < 700 for spot in listed.near)
    drawn = picture.of(listed, service.slug, WAYS)
    assert drawn
    signs = {marker.pin.sign: marker.pin.href for marker in drawn.markers}
    assert signs == {spot.sign: spot.href for spot in (*listed.here, *listed.near)}


@pytest.mark.parametrize("typed", ["", "0", "99", "x", "๑๐", "100000", "-1"])
@pytest.mark.django_db
def test_a_province_that_is_none_is_asked_for_again(offices: dict[int, int], typed: str) -> None:
    assert presenters.province_asked(typed) is None


@pytest.mark.django_db
def test_how_far_others_are_is_measured_from_the_office_on_both_pages(service: Loaded, offices: dict[int, int]) -> None:
    """Ranong to Chumphon: the list of the province's offices says what the full office's calendar says."""
    ranong, chumphon = make_schedule(offices[85]), make_schedule(offices[86])
    make_places(chumphon)
    listed = presenters.offices(service.slug, directory.area(85), WAYS)
    assert [spot.schedule for spot in listed.here] == [ranong]
    beside = presenters.near_with_places(service.slug, listed.here[0].office, WAYS)
    assert [(spot.schedule, spot.kilometres) for spot in listed.near] == [
        (spot.schedule, spot.kilometres) for spot in beside
    ]
    assert beside[0].kilometres == round(maps.kilometres(_stands(85), _stands(86)))


def _stands(province: int) -> At:
    card = directory.office(directory.office_for("immigration-office", province) or 0)
    place = presenters.place_of(card)
    assert place is not None
    return place
