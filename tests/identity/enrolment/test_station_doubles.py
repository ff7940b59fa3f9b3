"""Somebody who stands in the register twice is found by the face, by the processes that search among everybody."""

from __future__ import annotations

from contextlib import suppress

import pytest

from sala.identity.enrolment import candidates
from sala.identity.enrolment.station import services
from sala.identity.faces import services as faces
from sala.kit.errors import SalaError
from tests.faces_house import FacesHouse, picture
from tests.factories import actor_for, make_officer
from tests.identity.enrolment.office import citizen, office_card, recognised, registration_office, row
from tests.waiting import until


@pytest.mark.django_db(transaction=True)
@pytest.mark.requirement("R-004.2", "R-004.14")
def test_who_stands_in_the_register_twice_is_found_and_not_refused(
    faces_house: FacesHouse, offices: dict[int, int]
) -> None:
    office, by = office_card(registration_office()), actor_for(make_officer(registration_office()))
    person, again = citizen(), citizen(8, photograph="obama/2")
    faces.enrol(person=again.id, data=picture("obama/2"), source="photograph", by=by)
    enrolment = recognised(person, office, by)

    def found() -> bool:
        with suppress(SalaError):  # still loading everybody: that is said, and asked again
            services.search(enrolment=enrolment, office=office, by=by)
        return bool(candidates.found(enrolment))

    until(found, 40)
    assert [(one.person, one.decision) for one in candidates.found(enrolment)] == [(again.id, "")]
    assert row(enrolment).state == "started"
