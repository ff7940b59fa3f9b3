"""A gallery is filled from the sealed rows and follows their changes; until it is whole it answers nothing."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from django.db import connection, transaction
from django.test import override_settings

from sala.identity.faces import keeping, queries
from sala.identity.faces.engine import Template
from sala.identity.faces.gallery import changes, loading, marks
from sala.identity.faces.gallery.index import People, Templates, chosen
from sala.identity.faces.gallery.loading import Gallery, LockedError, NotReadyError, StaleError
from sala.identity.faces.gallery.sign_bits import SignBits
from sala.identity.faces.models import FaceKey, FaceTemplate, TemplateChange
from sala.identity.faces.serving import searching, wire
from sala.identity.faces.serving.looking import packed
from sala.identity.people import sealing
from sala.kit import clock
from tests.identity.faces.people import BY, registered

ENGINE, SIZE = "of-the-tests-1", 16
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _keys(tmp_path: Path, offices: dict[int, int]) -> Iterator[None]:
    with override_settings(REGISTER_KEYS=str(tmp_path / "register.keys")):
        yield


def face(number: int) -> Template:
    numbers = np.random.default_rng(number).standard_normal(SIZE).astype(np.float32)
    return numbers / np.float32(np.linalg.norm(numbers))


def kept(number: int, template: bytes | None = None) -> int:
    person = registered(number)
    keep(person, template or packed(face(number)))
    return person


def keep(person: int, template: bytes, engine: str = ENGINE) -> None:
    keeping.keep(person=person, engine=engine, template=template, source="enrolment", by=BY)


def gallery() -> Gallery:
    return Gallery(ENGINE, SIZE, chosen(ENGINE, SIZE, "memory"))


def filled() -> Gallery:
    made = gallery()
    made.fill()
    return made


def who(made: Gallery, number: int, *, least: float = 0.99) -> list[int]:
    return [person for person, _ in made.search(face(number), least=least, most=5)]


@pytest.mark.requirement("R-004.14")
def test_everybody_of_the_engine_is_found_by_their_face(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "_BATCH", 2)
    people = [kept(number) for number in range(1, 6)]
    keep(people[0], b"of another engine", "another")
    made = filled()
    assert [who(made, number) for number in range(1, 6)] == [[person] for person in people]
    assert who(made, 99) == []
    assert (made.loaded, made.total) == (5, 5)


def test_until_everybody_is_in_it_it_says_how_far_it_is() -> None:
    kept(1)
    made = gallery()
    with pytest.raises(NotReadyError) as early:
        made.search(face(1), least=0.5, most=5)
    assert (early.value.loaded, early.value.total) == (0, 0)
    made.fill()
    assert len(who(made, 1)) == 1


@pytest.mark.requirement("R-004.14")
def test_new_faces_other_faces_and_erased_ones_are_followed() -> None:
    one, two = kept(1), kept(2)
    made = filled()
    three = kept(3)
    keep(one, packed(face(11)))
    keeping.forget(two)
    assert made.follow() == 3
    assert [who(made, number) for number in (1, 2, 3, 11)] == [[], [], [three], [one]]
    assert made.total == 2


def test_what_was_told_is_not_taken_in_twice() -> None:
    kept(1)
    made = filled()
    assert made.follow() == 0
    kept(2)
    assert (made.follow(), made.follow()) == (1, 0)


@pytest.mark.django_db(transaction=True)
def test_a_change_that_ends_after_later_ones_is_not_missed() -> None:
    one, two = kept(1), kept(2)
    made = filled()
    begun, go_on = threading.Event(), threading.Event()

    def slow() -> None:
        with transaction.atomic():
            keep(one, packed(face(11)))
            begun.set()
            go_on.wait(10)
        connection.close()

    thread = threading.Thread(target=slow)
    thread.start()
    begun.wait(10)
    keep(two, packed(face(12)))
    assert made.follow() == 1
    assert (who(made, 12), who(made, 11)) == ([two], [])
    go_on.set()
    thread.join(10)
    assert made.follow() == 1
    assert who(made, 11) == [one]


@pytest.mark.requirement("R-004.14")
def test_rows_that_do_not_open_or_are_no_template_are_put_aside_and_the_others_served(
    caplog: pytest.LogCaptureFixture,
) -> None:
    good, torn = kept(1), kept(2)
    odd = [kept(3, b"short"), kept(4, packed(face(4) * np.nan)), kept(5, packed(face(5) * 3))]
    FaceTemplate.objects.filter(person_id=torn).update(sealed=b"not what it was, and long enough to be something")
    with caplog.at_level(logging.ERROR, "sala.faces"):
        made = filled()
    assert who(made, 1, least=-1) == [good]
    assert queries.broken() == 1 + len(odd)
    assert sum(record.count for record in caplog.records) == 4  # type: ignore[attr-defined]


@pytest.mark.requirement("R-004.14")
def test_without_the_keys_it_does_not_say_that_there_is_nobody_and_goes_on_once_they_are_there() -> None:
    people = [kept(number) for number in (1, 2)]
    lines = sealing.path().read_text()
    sealing.path().write_text("00000000 " + lines.split()[1] + "\n")
    made = gallery()
    for _ in range(2):
        with pytest.raises(LockedError):
            made.fill()
        with pytest.raises(NotReadyError) as early:
            made.search(face(1), least=0.5, most=5)
        assert (early.value.loaded, early.value.total) == (0, 2)
    sealing.path().write_text(lines)
    made.fill()
    assert [who(made, number) for number in (1, 2)] == [[person] for person in people]


def test_one_row_of_a_key_that_is_gone_does_not_stop_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "_FEW_LOCKED", 3)
    people = [kept(number) for number in (1, 2, 3)]
    FaceKey.objects.filter(person_id=people[1]).update(key="00000000")
    made = filled()
    assert [who(made, number) for number in (1, 2, 3)] == [[people[0]], [], [people[2]]]
    assert (made.loaded, made.total) == (2, 3)
    assert queries.broken() == 0


def test_it_says_when_it_could_not_ask_for_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    kept(1)
    made = filled()
    monkeypatch.setattr(loading, "STALE", -1.0)
    with pytest.raises(StaleError):
        made.search(face(1), least=0.5, most=5)


def test_who_was_away_longer_than_changes_are_kept_begins_anew() -> None:
    one = kept(1)
    made = filled()
    keeping.forget(one)
    TemplateChange.objects.all().delete()
    made.fill()
    assert who(made, 1) == [one]
    with clock.frozen(clock.now() + changes.KEPT):
        made.fill()
    assert who(made, 1) == []


def test_an_index_that_lasts_is_followed_from_where_it_was_left(monkeypatch: pytest.MonkeyPatch) -> None:
    people = [kept(number) for number in (1, 2, 3)]
    index = SignBits(SIZE)
    index.lasting = True
    monkeypatch.setattr(loading, "_BATCH", 1)
    with monkeypatch.context() as cut:
        cut.setattr(index, "put", cut_off_after(2, index.put))
        with pytest.raises(OSError, match="cut off"):
            Gallery(ENGINE, SIZE, index).fill()
    first = Gallery(ENGINE, SIZE, index)
    first.fill()
    assert [who(first, number) for number in (1, 2, 3)] == [[person] for person in people]
    keep(people[0], packed(face(11)))
    keeping.forget(people[1])
    monkeypatch.setattr(keeping, "opened", lambda *_: pytest.fail("everybody is read anew"))
    second = Gallery(ENGINE, SIZE, index)
    second.fill()
    assert [who(second, number) for number in (11, 2, 3)] == [[people[0]], [], [people[2]]]


def cut_off_after(times: int, put: Callable[[People, Templates], None]) -> Callable[[People, Templates], None]:
    done = []

    def some(people: People, templates: Templates) -> None:
        if len(done) == times:
            raise OSError("cut off")
        done.append(people)
        put(people, templates)

    return some


@pytest.mark.django_db(transaction=True)
def test_one_at_a_time_fills_an_index_that_hosts_share() -> None:
    going, done = threading.Event(), threading.Event()

    def other() -> None:
        going.set()
        with marks.alone(ENGINE):
            done.set()
        connection.close()

    thread = threading.Thread(target=other)
    with marks.alone(ENGINE):
        thread.start()
        going.wait(10)
        assert not done.wait(0.2)
    assert done.wait(10)
    thread.join(10)


def test_old_changes_go() -> None:
    kept(1)
    assert changes.sweep() == 0
    with clock.frozen(clock.now() + changes.KEPT * 1.01):
        assert changes.sweep() == 1


@pytest.mark.django_db(transaction=True)
def test_a_thread_keeps_it_so_and_answers_are_those_of_the_wire(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "EVERY", 0.01)
    one, made, stop = kept(1), gallery(), threading.Event()
    monkeypatch.setattr(searching, "_gallery", [made])
    monkeypatch.setattr(searching, "PATIENCE", 0.0)
    request = wire.Search(packed(face(1)), ENGINE, 0.9, 5)
    assert searching.answer(request) == wire.Failed("not_ready", "0/0")
    monkeypatch.setattr(searching, "PATIENCE", 10.0)
    thread = threading.Thread(target=made.run, args=(stop,))
    thread.start()
    try:
        found = searching.answer(request)
        assert isinstance(found, wire.Found)
        assert [(person, round(likeness, 2)) for person, likeness in found.people] == [(one, 1.0)]
        assert (found.loaded, found.total) == (1, 1)
        keeping.forget(one)
        deadline = time.monotonic() + 10
        while made.loaded and time.monotonic() < deadline:
            stop.wait(0.01)
        assert searching.answer(request) == wire.Found([], 0, 0)
    finally:
        stop.set()
        thread.join(10)
    for template, engine in ((packed(face(1)), "another"), (b"short", ENGINE)):
        assert searching.answer(wire.Search(template, engine, 0.9, 5)) == wire.Failed("engine")
    nothing = wire.Search(packed(face(1) * np.nan), ENGINE, 0.9, 5)
    assert searching.answer(nothing) == wire.Failed("error", "no template")
