"""`sala faces`: how the house is, templates, keys; and its figures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from django.test import Client, override_settings

from sala.identity.faces.models import FaceKey, FaceTemplate
from sala.identity.people import biometrics
from sala.web.cli import main
from tests.faces_house import FacesHouse, picture
from tests.identity.faces.people import BY, registered

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, offices: dict[int, int]) -> Iterator[None]:
    """The commands find the test's database as an operator's: named already."""
    monkeypatch.setenv("DATABASE_URL", "postgres://set/by-the-tests")
    with override_settings(REGISTER_KEYS=str(tmp_path / "register.keys")):
        yield


def faces(*arguments: str) -> Result:
    return CliRunner().invoke(main, ("faces", *arguments))


def test_the_state_is_told_whether_the_house_answers_or_not(no_faces_house: None) -> None:
    result = faces("status")
    assert result.exit_code == 0
    assert "does not answer. It is started by: sala faces serve" in result.output
    result = faces("templates")
    assert result.exit_code == 1
    assert "Error: Faces cannot be checked at the moment" in result.output


@pytest.mark.requirement("R-004.14")
def test_templates_are_made_told_when_broken_and_made_anew(faces_house: FacesHouse) -> None:
    biometrics.keep_photograph(person=registered(1), data=picture("biden/1"), by=BY)
    assert "1 photographs, 1 templates made." in faces("templates").output
    status = faces("status")
    assert status.exit_code == 0
    assert "dlib-resnet-1: 1 templates, 0 that do not open" in status.output
    assert "not fit for a nation" in status.output
    FaceKey.objects.update(wrapped=b"broken")
    turned = faces("keys", "rotate")
    assert turned.exit_code == 1
    assert "1 do not open and stay as they are" in turned.output
    status = faces("status")
    assert status.exit_code == 1
    assert "dlib-resnet-1: 0 templates, 1 that do not open" in status.output
    assert "1 templates made." in faces("templates").output
    assert faces("status").exit_code == 0
    assert "1 keys of people were wrapped anew." in faces("keys", "rotate").output
    assert FaceTemplate.objects.count() == 1


def test_figures_tell_how_it_is(client: Client, faces_house: FacesHouse) -> None:
    told = client.get("/metrics", REMOTE_ADDR="127.0.0.1").content.decode()
    assert "sala_faces_up 1.0" in told
    assert "sala_faces_answered_total" in told
    assert "sala_face_templates_broken 0.0" in told


def test_figures_are_there_without_it(client: Client, no_faces_house: None) -> None:
    told = client.get("/metrics", REMOTE_ADDR="127.0.0.1").content.decode()
    assert "sala_faces_up 0.0" in told
    assert "sala_faces_answered" not in told
