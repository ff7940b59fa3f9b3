"""Is it them, who else could it be, and what is written down of it. With the engine that comes along."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings
from PIL import Image

from sala.identity.faces import client, keeping, making, queries, services, tasks
from sala.identity.faces.models import Comparison, FaceTemplate, OperatingPoint
from sala.identity.people import biometrics
from sala.identity.people import services as people
from sala.kit import clock, sql
from sala.kit.errors import SalaError
from tests.faces_house import FacesHouse, picture
from tests.identity.faces.people import BY, details, registered

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _keys(tmp_path: Path, offices: dict[int, int]) -> Iterator[None]:
    with override_settings(REGISTER_KEYS=str(tmp_path / "register.keys")):
        yield


def verify(person: int, name: str = "", data: bytes = b"") -> services.Verdict:
    return services.verify(person=person, data=data or picture(name), purpose="enrolment", by=BY)


def beside(*names: str) -> bytes:
    """These pictures in one."""
    images = [Image.open(io.BytesIO(picture(name))).convert("RGB") for name in names]
    whole = Image.new("RGB", (sum(image.width for image in images), max(image.height for image in images)))
    left = 0
    for image in images:
        whole.paste(image, (left, 0))
        left += image.width
    out = io.BytesIO()
    whole.save(out, "JPEG")
    return out.getvalue()


def grey() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (400, 400), "grey").save(out, "JPEG")
    return out.getvalue()


def told() -> list[tuple[str, Any]]:
    rows = Comparison.objects.order_by("id")
    return [(row.kind, None if row.likeness is None else round(row.likeness, 2)) for row in rows]


@pytest.mark.requirement("R-004.2")
def test_one_is_told_from_another_and_every_comparison_is_written_down(faces_house: FacesHouse) -> None:
    person = registered(1)
    assert services.enrol(person=person, data=picture("obama/1"), source="enrolment", by=BY).ok
    same, other = verify(person, "obama/2"), verify(person, "biden/1")
    assert (same.alike, same.reference, other.alike, other.reference) == (True, True, False, True)
    assert same.likeness is not None
    assert other.likeness is not None
    assert same.likeness >= same.threshold > other.likeness
    rows = services.looks_at(person)
    assert [(row.kind, row.purpose, row.actor, row.likeness) for row in rows] == [
        ("one", "enrolment", "system:test", other.likeness),
        ("one", "enrolment", "system:test", same.likeness),
    ]


@pytest.mark.requirement("R-004.2")
def test_pictures_without_one_plain_face_are_advice_and_refuse_nobody(faces_house: FacesHouse) -> None:
    person = registered(1)
    services.enrol(person=person, data=picture("biden/1"), source="enrolment", by=BY)
    nobody = verify(person, data=grey())
    assert (nobody.alike, nobody.likeness, [one.code for one in nobody.advice]) == (False, None, ["no_face"])
    two = verify(person, data=beside("obama/1", "biden/1"))
    assert (two.alike, two.likeness, "two_faces" in [one.code for one in two.advice]) == (False, None, True)
    assert not verify(person, data=b"not a picture").advice[0].text.en.startswith("Part")
    assert len(told()) == 3
    kept = FaceTemplate.objects.get().made_at
    assert not services.enrol(person=person, data=grey(), source="enrolment", by=BY).ok
    assert FaceTemplate.objects.get().made_at == kept


@pytest.mark.requirement("R-004.2")
def test_the_registers_photograph_is_compared_where_nothing_is_kept_yet(faces_house: FacesHouse) -> None:
    person = registered(1)
    unknown = verify(person, "obama/2")
    assert (unknown.alike, unknown.likeness, unknown.reference) == (False, None, False)
    biometrics.keep_photograph(person=person, data=picture("obama/1"), by=BY)
    assert verify(person, "obama/2").alike
    assert queries.kept(person)[0].source == "photograph"
    assert told()[0] == ("one", None)


def test_a_new_photograph_makes_a_new_template_and_an_old_one_makes_none(faces_house: FacesHouse) -> None:
    person = registered(1)
    biometrics.keep_photograph(person=person, data=picture("obama/1"), by=BY)
    payload = {"person": person}
    assert sql.fetch_one("SELECT payload->>'person' FROM kit_outboxevent WHERE topic = 'person.photographed'") == (
        str(person),
    )
    for _ in range(2):
        tasks.photographed(payload)
    first = FaceTemplate.objects.get()
    tasks.photographed(payload)
    assert FaceTemplate.objects.get().made_at == first.made_at
    biometrics.keep_photograph(person=person, data=picture("biden/1"), by=BY)
    tasks.photographed(payload)
    assert FaceTemplate.objects.get().made_at > first.made_at
    assert verify(person, "biden/1").alike


def test_templates_of_everybody_are_made_once_and_broken_ones_anew(faces_house: FacesHouse) -> None:
    people_ = [registered(number) for number in (1, 2, 3)]
    for person, data in zip(people_, (picture("obama/1"), grey(), b"\xff\xd8\xff no picture"), strict=True):
        biometrics.keep_photograph(person=person, data=data, by=BY)
    assert list(making.of_everybody(at_once=2))[-1] == making.Made(people=3, made=1, faceless=2, unread=0)
    assert list(making.of_everybody(at_once=2))[-1].made == 0
    FaceTemplate.objects.update(sealed=b"broken")
    assert keeping.opened(client.engine().name).rows == []
    assert list(making.of_everybody(at_once=2))[-1].made == 1
    assert queries.broken() == 0


@pytest.mark.requirement("R-004.14")
def test_with_death_the_face_is_forgotten_whether_there_was_an_account_or_not(faces_house: FacesHouse) -> None:
    person = registered(1)
    biometrics.keep_photograph(person=person, data=picture("biden/1"), by=BY)
    services.enrol(person=person, data=picture("biden/1"), source="enrolment", by=BY)
    people.amend(pid=details(1)["pid"], changes={"died_on": clock.today()}, reason="Died", by=BY)
    found = sql.fetch_one("SELECT payload->>'person' FROM kit_outboxevent WHERE topic = 'person.gone'")
    assert found == (str(person),)
    tasks.forget_person({"person": person})
    assert queries.kept(person) == []
    tasks.photographed({"person": person})
    assert queries.kept(person) == []


def test_the_threshold_is_the_one_that_this_installation_measured(faces_house: FacesHouse) -> None:
    person = registered(1)
    services.enrol(person=person, data=picture("obama/1"), source="enrolment", by=BY)
    OperatingPoint.objects.create(
        engine=client.engine().name, threshold=0.9999, fmr=0, fnmr=1, eer=0, genuine=1, impostors=1,
        set_at=clock.now(), set_by="system:test",
    )  # fmt: skip
    verdict = verify(person, "obama/2")
    assert (verdict.alike, verdict.threshold) == (False, 0.9999)


@pytest.mark.requirement("R-004.2")
def test_while_the_house_is_away_that_is_said_and_written_down(no_faces_house: None) -> None:
    person = registered(1)
    with pytest.raises(services.Away) as raised:
        verify(person, "obama/1")
    assert raised.value.status == 503
    with pytest.raises(services.Away):
        services.candidates(data=picture("obama/1"), besides=person, purpose="enrolment", by=BY)
    with pytest.raises(services.Away):
        services.look(picture("obama/1"))
    assert told() == [("one", None), ("many", None)]


def test_who_searches_with_no_face_is_not_told_that_there_is_nobody(faces_house: FacesHouse) -> None:
    with pytest.raises(SalaError) as raised:
        services.candidates(data=grey(), besides=None, purpose="enrolment", by=BY)
    assert raised.value.status == 422
    assert told() == [("many", None)]


def test_points_are_told_for_each_frame_and_none_where_there_is_no_face(faces_house: FacesHouse) -> None:
    found = services.describe_frames([picture("collins/1"), grey(), b"no picture"])
    assert found[1:] == [None, None]
    assert found[0] is not None
    assert len(found[0].outline) == 68
    assert found[0].points["left_eye"][0] > found[0].points["right_eye"][0]


def test_an_uploaded_picture_is_opened_by_a_worker_and_comes_back_as_its_pixels_alone(faces_house: FacesHouse) -> None:
    image = Image.open(io.BytesIO(picture("collins/1")))
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "taken at home"  # lies on its side; a description
    out = io.BytesIO()
    image.save(out, "JPEG", exif=exif)
    clean = services.cleaned(out.getvalue())
    assert Image.open(io.BytesIO(clean)).size == image.size[::-1]
    assert b"taken at home" in out.getvalue()
    assert b"taken at home" not in clean
    with pytest.raises(SalaError) as raised:
        services.cleaned(b"no picture")
    assert raised.value.status == 422
