"""Templates at rest: sealed under a key of each person, erased with it; what does not open is put aside and told."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as some

from sala.identity.faces import keeping, queries, rotating
from sala.identity.faces.models import FaceKey, FaceTemplate
from sala.identity.people import sealing
from sala.kit import audit
from tests.identity.faces.people import BY, registered

ENGINE = "of-the-tests-1"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _keys(tmp_path: Path, offices: dict[int, int]) -> Iterator[None]:
    with override_settings(REGISTER_KEYS=str(tmp_path / "register.keys")):
        yield


def kept(number: int, template: bytes = b"") -> int:
    person = registered(number)
    keeping.keep(person=person, engine=ENGINE, template=template or _template(number), source="enrolment", by=BY)
    return person


def _template(number: int) -> bytes:
    return bytes([number % 256]) * 512


def _told(person: int) -> list[str]:
    return [entry.action for entry in audit.of_subject(f"person:{person}") if entry.action.startswith("face.")]


@given(some.binary(min_size=4, max_size=64), some.binary(min_size=4, max_size=64))
def test_what_one_key_sealed_for_one_person_opens_for_nobody_else(template: bytes, key: bytes) -> None:
    sealed = keeping.sealed(key.ljust(32)[:32], template, "7/e")
    assert template not in sealed
    assert keeping.unsealed(key.ljust(32)[:32], sealed, "7/e") == template
    for other in (("8/e", key), ("7/f", key), ("7/e", bytes([key[0] ^ 1]) + key[1:])):
        with pytest.raises(sealing.SealedError):
            keeping.unsealed(other[1].ljust(32)[:32], sealed, other[0])


@pytest.mark.requirement("R-004.14")
def test_a_template_is_sealed_and_comes_out_as_it_went_in() -> None:
    person = kept(1)
    row = FaceTemplate.objects.get()
    assert _template(1)[:16] not in bytes(row.sealed)
    assert keeping.template(person, ENGINE) == _template(1)
    keeping.keep(person=person, engine=ENGINE, template=_template(2), source="photograph", by=BY)
    assert keeping.template(person, ENGINE) == _template(2)
    assert [one.source for one in queries.kept(person)] == ["photograph"]
    assert keeping.template(person, "another") is None
    assert _told(person) == ["face.template_kept"] * 2


@pytest.mark.requirement("R-004.14")
def test_with_the_persons_key_everything_of_theirs_is_erased_in_back_ups_too() -> None:
    person, other = kept(1), kept(2)
    row = FaceTemplate.objects.get(person_id=person)
    keeping.forget(person)
    keeping.forget(person)
    assert not FaceKey.objects.filter(person_id=person).exists()
    assert not FaceTemplate.objects.filter(person_id=person).exists()
    row.save(force_insert=True)  # somebody plays a back-up in
    assert keeping.template(person, ENGINE) is None
    assert keeping.template(other, ENGINE) == _template(2)
    assert _told(person).count("face.forgotten") == 1


@pytest.mark.requirement("R-004.14")
def test_a_row_that_does_not_open_is_put_aside_and_told_and_the_others_are_served(
    caplog: pytest.LogCaptureFixture,
) -> None:
    people = [kept(number) for number in (1, 2, 3, 4)]
    broken = FaceTemplate.objects.get(person_id=people[1])
    swapped = FaceTemplate.objects.get(person_id=people[2])
    FaceTemplate.objects.filter(id=broken.id).update(sealed=bytes(broken.sealed)[:-1] + b"\0")
    FaceTemplate.objects.filter(id=swapped.id).update(sealed=bytes(broken.sealed))
    with caplog.at_level(logging.ERROR, "sala.faces"):
        for _ in range(2):
            batch = keeping.opened(ENGINE)
            assert [row.person for row in batch.rows] == [people[0], people[3]]
    assert [record.message for record in caplog.records] == ["Templates of faces do not open and were put aside"]
    assert caplog.records[0].count == 2  # type: ignore[attr-defined]
    assert [count[1:] for count in queries.counts()] == [(2, 2)]
    assert _told(people[1]).count("face.template_broken") == 1
    assert keeping.template(people[1], ENGINE) is None
    keeping.keep(person=people[1], engine=ENGINE, template=_template(9), source="photograph", by=BY)
    assert keeping.template(people[1], ENGINE) == _template(9)
    assert queries.broken() == 1


def test_they_are_opened_in_batches_that_go_on_where_the_last_ended() -> None:
    people = [kept(number) for number in range(1, 6)]
    found, after = [], 0
    while True:
        batch = keeping.opened(ENGINE, after, limit=2)
        found += [row.person for row in batch.rows]
        if batch.last is None:
            break
        after = batch.last
    assert found == people


@pytest.mark.requirement("R-004.14")
def test_without_the_installations_key_nothing_is_taken_for_broken() -> None:
    person = kept(1)
    lines = sealing.path().read_text()
    sealing.path().write_text("00000000 " + lines.split()[1] + "\n")
    assert keeping.opened(ENGINE) == keeping.Opened([], None, [], [FaceTemplate.objects.get().id])
    with pytest.raises(keeping.LockedError):
        keeping.template(person, ENGINE)
    with pytest.raises(keeping.LockedError):
        keeping.keep(person=person, engine=ENGINE, template=b"new", source="enrolment", by=BY)
    sealing.path().write_text(lines)
    assert keeping.template(person, ENGINE) == _template(1)
    assert queries.broken() == 0


@pytest.mark.requirement("R-004.14")
def test_a_turn_of_the_keys_passes_over_a_broken_one_and_then_the_old_key_may_go() -> None:
    people = [kept(number) for number in (1, 2, 3)]
    old = sealing.newest()
    FaceKey.objects.filter(person_id=people[1]).update(wrapped=b"not what it was")
    done = list(rotating.rotate())
    assert done[-1] == rotating.Turned(wrapped=2, broken=1, total=3)
    assert rotating.left() == 0
    assert _told(people[1])[0] == "face.template_broken"
    kept_lines = [line for line in sealing.path().read_text().splitlines() if not line.startswith(old)]
    sealing.path().write_text("\n".join(kept_lines) + "\n")
    assert [keeping.template(person, ENGINE) for person in (people[0], people[2])] == [_template(1), _template(3)]
    assert sealing.newest() != old
    keeping.keep(person=people[2], engine=ENGINE, template=_template(7), source="enrolment", by=BY)
    assert keeping.template(people[2], ENGINE) == _template(7)


@pytest.mark.requirement("R-004.14")
def test_a_turn_that_was_cut_off_goes_on_with_the_key_it_had_added(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rotating, "_AT_A_TIME", 1)
    people = [kept(number) for number in (1, 2, 3)]
    first = rotating.rotate()
    next(first), next(first)
    first.close()
    added = sealing.newest()
    assert rotating.left() == 2
    assert list(rotating.rotate())[-1].wrapped == 2
    assert sealing.newest() == added
    assert [keeping.template(person, ENGINE) for person in people] == [_template(n) for n in (1, 2, 3)]
    list(rotating.rotate())
    assert sealing.newest() != added


@pytest.mark.django_db(transaction=True)
def test_two_at_once_make_one_key() -> None:
    person = registered(1)
    barrier = threading.Barrier(2)
    failed: list[Exception] = []

    def work(engine: str) -> None:
        try:
            barrier.wait(10)
            keeping.keep(person=person, engine=engine, template=b"1234", source="enrolment", by=BY)
        except Exception as error:
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(engine,)) for engine in ("a", "b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert not failed
    assert [keeping.template(person, engine) for engine in ("a", "b")] == [b"1234"] * 2
