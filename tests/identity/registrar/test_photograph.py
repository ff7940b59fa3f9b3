"""The register's photograph and fingers at the desk: opened on demand, each look told, given out with a reason."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, override_settings

from sala.identity.accounts.models import Account
from sala.identity.people import biometrics, fingerprints, queries
from sala.kit import audit
from tests.faces_house import picture
from tests.factories import make_officer
from tests.identity.enrolment.office import BY, citizen, link, registration_office

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_faces_house")]


@pytest.fixture
def officer(offices: dict[int, int], tmp_path: Path) -> Account:
    return make_officer(registration_office())


@pytest.fixture
def person(officer: Account) -> queries.PersonCard:
    return citizen(photograph="obama/2")


def at(desk: Client, person: queries.PersonCard) -> str:
    return str(desk.post("/desk/register/", {"pid": person.pid}).headers["Location"])


def acts(person: queries.PersonCard) -> list[str]:
    return [entry.action for entry in audit.of_subject(f"person:{person.id}")]


@pytest.mark.requirement("R-004.10")
def test_the_photograph_is_opened_on_demand_and_the_look_is_told(desk: Client, person: queries.PersonCard) -> None:
    page = f"{at(desk, person)}photograph/"
    assert "picture/" not in desk.get(page).content.decode()
    assert "person.photograph_viewed" not in acts(person)
    assert "picture/" in desk.get(page, {"show": "yes"}).content.decode()
    found = desk.get(f"{page}picture/")
    assert found.content == picture("obama/2")
    assert found.headers["Cache-Control"] == "no-store"
    assert "person.photograph_viewed" in acts(person)


def test_another_photograph_takes_its_place_without_the_files_own_data(
    desk: Client, person: queries.PersonCard, officer: Account
) -> None:
    page = f"{at(desk, person)}photograph/"
    sent = SimpleUploadedFile("0.jpg", picture("obama/1") + b"secret tail")
    assert desk.post(page, {"picture": sent}).status_code == 303
    kept = biometrics.photograph(person.id)
    assert kept
    assert kept.data not in {picture("obama/1"), picture("obama/2")}
    assert b"secret tail" not in kept.data
    assert desk.post(page, {}).status_code == 422
    assert desk.post(page, {"picture": SimpleUploadedFile("0.jpg", b"no picture")}).status_code == 422
    link(officer, person)
    assert desk.post(page, {"picture": SimpleUploadedFile("0.jpg", picture("obama/1"))}).status_code == 403


@pytest.mark.requirement("R-004.9")
def test_a_finger_is_given_out_with_a_reason_that_stands_in_the_audit(desk: Client, person: queries.PersonCard) -> None:
    record = fingerprints.synthetic(1, 2)
    biometrics.keep_finger(person=person.id, finger=2, record=record, by=BY)
    page = f"{at(desk, person)}fingers/"
    assert desk.post(page, {"finger": "2"}).status_code == 422
    assert desk.post(page, {"finger": "3", "reason": "A court’s order"}).status_code == 422
    assert "person.finger_exported" not in acts(person)
    given = desk.post(page, {"finger": "2", "reason": "A court’s order"})
    assert given.content == record
    assert "finger-2.fmr" in given.headers["Content-Disposition"]
    (entry,) = [one for one in audit.of_subject(f"person:{person.id}") if one.action == "person.finger_exported"]
    assert entry.detail["reason"] == "A court’s order"


def test_what_does_not_open_is_no_picture(desk: Client, person: queries.PersonCard, tmp_path: Path) -> None:
    page = f"{at(desk, person)}photograph/"
    with override_settings(REGISTER_KEYS=str(tmp_path / "others")):
        assert desk.get(page, {"show": "yes"}).status_code == 200
        assert desk.get(f"{page}picture/").status_code == 404
