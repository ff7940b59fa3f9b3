"""Pictures and finger templates: judged, sealed, given out, and moved to another key."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as some

from sala.identity.accounts.actor import system
from sala.identity.people import biometrics, fingerprints, rules, sealing, services
from sala.identity.people.models import Biometric
from sala.kit.errors import Invalid, NotFound

BY = system("test")
JPEG = b"\xff\xd8\xff\xe0 a picture"


@pytest.fixture
def person(somchai: dict[str, Any], tmp_path: Path) -> Any:
    with override_settings(REGISTER_KEYS=str(tmp_path / "keys" / "register.keys")):
        yield services.register(person=somchai, by=BY)


@given(some.integers(0, 10**9), some.integers(1, 10), some.integers(0, 60))
def test_a_synthetic_record_is_well_formed(seed: int, position: int, minutiae: int) -> None:
    record = fingerprints.synthetic(seed, position, minutiae)
    assert fingerprints.views(record) == [fingerprints.View(position, 80, minutiae)]


@given(some.data())
def test_a_record_that_is_cut_off_or_goes_on_is_none(data: some.DataObject) -> None:
    record = fingerprints.synthetic(7, 1)
    at = data.draw(some.integers(0, len(record) - 1))
    for wrong in (record[:at], record + b"\0", record[:at] + record[at + 1 :]):
        with pytest.raises(fingerprints.MalformedError):
            fingerprints.views(wrong)


@given(some.binary(max_size=200))
def test_other_bytes_are_no_record(data: bytes) -> None:
    with pytest.raises(fingerprints.MalformedError):
        fingerprints.views(data)


def test_nobody_compares_who_cannot() -> None:
    record = fingerprints.synthetic(7, 1)
    with pytest.raises(fingerprints.NoMatcherError):
        fingerprints.AbsentMatcher().compare(record, record)


@pytest.mark.requirement("R-004.9", "R-004.10")
def test_what_is_kept_is_sealed_and_comes_out_as_it_went_in(person: int) -> None:
    for _ in range(2):
        biometrics.keep_photograph(person=person, data=JPEG, by=BY)
        biometrics.keep_finger(person=person, finger=1, record=fingerprints.synthetic(7, 1), by=BY)
    photograph = biometrics.photograph(person)
    assert photograph
    assert (photograph.data, photograph.media_type) == (JPEG, "image/jpeg")
    assert [(one.finger, one.data) for one in biometrics.fingers(person)] == [(1, fingerprints.synthetic(7, 1))]
    assert Biometric.objects.count() == 2
    assert not any(JPEG in bytes(row.sealed) for row in Biometric.objects.all())
    assert sealing.path().stat().st_mode & 0o077 == 0


def test_what_is_no_picture_and_no_record_is_refused(person: int) -> None:
    for picture in (b"GIF89a", b"", JPEG + b"\0" * biometrics.LARGEST_PICTURE):
        with pytest.raises(Invalid):
            biometrics.keep_photograph(person=person, data=picture, by=BY)
    for record in (b"FMR", fingerprints.synthetic(7, 2)):
        with pytest.raises(Invalid):
            biometrics.keep_finger(person=person, finger=1, record=record, by=BY)
    with pytest.raises(NotFound):
        biometrics.keep_photograph(person=person + 1, data=JPEG, by=BY)


def test_anothers_template_does_not_open_as_ones_own(person: int, somchai: dict[str, Any]) -> None:
    other = services.register(person=somchai | {"pid": rules.invented_pid(8)}, by=BY)
    biometrics.keep_photograph(person=person, data=JPEG, by=BY)
    Biometric.objects.update(person_id=other)
    with pytest.raises(sealing.SealedError):
        biometrics.photograph(other)


def test_keys_are_rotated_and_what_does_not_open_stays(person: int, somchai: dict[str, Any]) -> None:
    biometrics.keep_photograph(person=person, data=JPEG, by=BY)
    biometrics.keep_finger(person=person, finger=1, record=fingerprints.synthetic(7, 1), by=BY)
    Biometric.objects.filter(finger=1).update(sealed=b"broken" * 10)
    before = sealing.newest()
    assert sealing.rotate() == sealing.newest() != before
    assert list(biometrics.reseal()) == [1]
    assert biometrics.left() == 1
    photograph = biometrics.photograph(person)
    assert photograph
    assert photograph.data == JPEG
