"""Who else could it be: the search among everybody, in its own process, over what is committed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import override_settings

from sala.identity.faces import services
from sala.identity.faces.models import Comparison
from sala.identity.people import sealing
from tests.faces_house import FacesHouse, asking, picture, running
from tests.identity.faces.people import BY, registered
from tests.waiting import until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def house(tmp_path: Path, offices: dict[int, int]) -> Iterator[FacesHouse]:
    """One whose searcher has the keys of this test."""
    keys = str(tmp_path / "register.keys")
    with override_settings(REGISTER_KEYS=keys):
        sealing.newest()
        with running(SALA_REGISTER_KEYS=keys, SALA_FACES_WORKERS="1") as house, asking(house.address):
            yield house


def found(name: str, besides: int | None = None) -> list[int]:
    return [one.person for one in services.candidates(data=picture(name), besides=besides, purpose="enrol", by=BY)]


@pytest.mark.requirement("R-004.2")
def test_somebody_who_is_there_already_is_found_and_the_person_themselves_is_not(house: FacesHouse) -> None:
    people = [registered(number) for number in (1, 2)]
    for person, name in zip(people, ("obama/1", "biden/1"), strict=True):
        assert services.enrol(person=person, data=picture(name), source="enrolment", by=BY).ok
    assert found("obama/2") == [people[0]]
    assert found("obama/2", besides=people[0]) == []
    rows = list(Comparison.objects.filter(kind="many").order_by("id"))
    assert [(row.person_id, row.found, row.likeness is not None) for row in rows] == [
        (None, 1, True), (people[0], 0, False),
    ]  # fmt: skip
    services.forget(person=people[0])
    until(lambda: found("obama/2") == [])
