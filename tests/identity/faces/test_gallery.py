"""What every index of faces does, whichever it is; and the one in memory against plain products."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from sala.identity.faces.engine import Template
from sala.identity.faces.gallery import sign_bits
from sala.identity.faces.gallery.index import GalleryError, Index, Templates, chosen
from sala.identity.faces.gallery.places import NOWHERE, Places
from sala.identity.faces.gallery.sign_bits import SignBits
from sala.identity.faces.gallery.signs import Signs

SIZE = 16
NEAR = 0.005
"""How far a likeness may be from that of the numbers as they were put."""
Make = Callable[[], Index]
people_of = some.lists(some.integers(1, 10), min_size=1, max_size=6)


def people(*numbers: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array(numbers, np.int64)


def faces(seeds: Sequence[int], size: int = SIZE, *, aside: float = 0.0) -> Templates:
    """A face a seed; with `aside`, all of them to one side of zero, as dlib's are."""
    numbers = np.array([np.random.default_rng(seed).standard_normal(size) + aside for seed in seeds], np.float32)
    return numbers / np.linalg.norm(numbers, axis=1, keepdims=True)


@pytest.fixture(params=["memory", "milvus"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Make:
    if request.param == "milvus":
        pytest.importorskip("milvus_lite")
    named = "memory" if request.param == "memory" else f"milvus:{tmp_path / 'faces.db'}"
    return lambda: chosen("of-the-tests-1", SIZE, named)


@pytest.mark.requirement("R-004.2")
def test_who_is_like_it_comes_the_likest_first_over_the_threshold_and_at_most_so_many(make: Make) -> None:
    index = make()
    assert (len(index), index.search(faces([1])[0], least=-1, most=5)) == (0, [])
    index.put(people(*range(1, 31)), faces(range(1, 31)))
    alike = faces(range(1, 31)) @ faces([7])[0]
    best = [int(place) + 1 for place in np.argsort(-alike)]
    found = index.search(faces([7])[0], least=-1, most=10)
    assert [person for person, _ in found] == best[:10]
    assert [likeness for _, likeness in found] == pytest.approx([alike[person - 1] for person in best[:10]], abs=NEAR)
    least = float(alike[best[3] - 1] + alike[best[4] - 1]) / 2
    assert [person for person, _ in index.search(faces([7])[0], least=least, most=10)] == best[:4]
    assert [person for person, _ in index.search(faces([7])[0], least=least, most=2)] == best[:2]


@pytest.mark.requirement("R-004.2")
def test_another_face_takes_the_place_of_the_former_and_who_is_removed_is_gone(make: Make) -> None:
    index = make()
    index.put(people(1, 2, 3), faces([1, 2, 3]))
    index.put(people(2, 4, 2), faces([92, 4, 22]))
    assert len(index) == 4
    assert [person for person, _ in index.search(faces([22])[0], least=0.99, most=5)] == [2]
    assert index.search(faces([2])[0], least=0.99, most=5) == []
    index.remove(people(1, 99))
    index.remove(people(1))
    index.remove(people())
    assert index.search(faces([1])[0], least=0.99, most=5) == []
    assert len(index) == 3
    index.put(people(1), faces([1]))
    assert [person for person, _ in index.search(faces([1])[0], least=0.99, most=5)] == [1]
    index.clear()
    assert (len(index), index.search(faces([1])[0], least=-1, most=5)) == (0, [])
    index.put(people(5), faces([5]))
    assert len(index) == 1


def test_templates_of_another_size_are_refused(make: Make) -> None:
    with pytest.raises(ValueError, match="8 numbers"):
        make().put(people(1), faces([1], 8))


def test_milvus_has_everybody_still_when_it_is_opened_anew(tmp_path: Path) -> None:
    pytest.importorskip("milvus_lite")
    named = f"milvus:{tmp_path / 'faces.db'}"
    index = chosen("one", SIZE, named)
    assert index.lasting
    index.put(people(1, 2), faces([1, 2]))
    del index
    again = chosen("one", SIZE, named)
    assert [person for person, _ in again.search(faces([2])[0], least=0.99, most=5)] == [2]
    assert len(chosen("another", SIZE, named)) == 0


def test_milvus_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pymilvus")
    monkeypatch.setattr("sala.identity.faces.gallery.milvus._SECONDS", 0.2)
    with pytest.raises(GalleryError, match="does not answer"):
        chosen("one", SIZE, "milvus:http://127.0.0.1:9").search(faces([1])[0], least=0.5, most=5)


@pytest.mark.parametrize("named", ["milvus", "milvus:", "memory:here", "faiss", "milvus :x"])
def test_an_index_that_there_is_not_is_refused(named: str) -> None:
    with pytest.raises(GalleryError, match="SALA_FACES_INDEX must be"):
        chosen("one", SIZE, named)


@pytest.mark.parametrize("how", ["{", "[]", "{}", '{"index_type": 3}'])
def test_how_milvus_searches_must_be_said_well(monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    pytest.importorskip("pymilvus")
    monkeypatch.setenv("SALA_FACES_MILVUS_INDEX", how)
    with pytest.raises(GalleryError, match="SALA_FACES_MILVUS_INDEX"):
        chosen("one", SIZE, "milvus:x.db")


class AnyOrder(RuleBasedStateMachine):
    """Put, replace, remove and clear in any order, in blocks of four: always what plain products find."""

    def __init__(self) -> None:
        super().__init__()
        self.index = SignBits(SIZE, room=4)
        self.known: dict[int, Template] = {}
        self.seed = 0

    @rule(who=people_of)
    def put(self, who: list[int]) -> None:
        seeds = range(self.seed, self.seed + len(who))
        self.seed += len(who)
        self.index.put(people(*who), faces(seeds))
        self.known |= dict(zip(who, faces(seeds), strict=True))

    @rule(who=people_of)
    def remove(self, who: list[int]) -> None:
        self.index.remove(people(*who))
        for person in who:
            self.known.pop(person, None)

    @rule()
    def clear(self) -> None:
        self.index.clear()
        self.known.clear()

    @invariant()
    def finds_what_plain_products_find(self) -> None:
        assert len(self.index) == len(self.known)
        asked = faces([1_000])[0]
        found = dict(self.index.search(asked, least=-2, most=100))
        assert found == pytest.approx({who: float(face @ asked) for who, face in self.known.items()}, abs=NEAR)


AnyOrder.TestCase.settings = settings(max_examples=30, stateful_step_count=10, deadline=None)
TestAnyOrder = AnyOrder.TestCase


@given(some.lists(some.tuples(some.integers(1, 1 << 40), some.integers(0, 1_000)), max_size=20))
def test_places_are_those_that_were_put_last(pairs: list[tuple[int, int]]) -> None:
    places, known = Places(), dict(pairs)
    for person, row in pairs:
        places.put(people(person), people(row))
    assert places.of(people(*known)).tolist() == list(known.values())
    gone = list(known)[:3]
    places.put(people(*gone), np.full(len(gone), NOWHERE))
    assert places.of(people(*gone)).tolist() == [NOWHERE] * len(gone)
    assert places.of(people(3 << 40)).tolist() == [NOWHERE]


@pytest.mark.parametrize(("size", "aside"), [(512, 0.7), (128, 0.0), (128, 3.0)])
def test_bits_keep_the_likest_though_faces_lie_to_one_side(
    monkeypatch: pytest.MonkeyPatch, size: int, aside: float
) -> None:
    """Of 8,000, the 50 nearest by bits; what is asked for has a cosine of about 0.5 to its mate, around the
    middle of all."""
    monkeypatch.setattr(sign_bits, "NEAREST", 50)
    count, asked = 8_000, 100
    chance = np.random.default_rng(5)
    plain = chance.standard_normal((count, size), dtype=np.float32)
    mates = plain[:asked] * 0.5 + chance.standard_normal((asked, size), dtype=np.float32) * 0.87
    both = np.vstack([plain, mates]) + np.float32(aside)
    both /= np.linalg.norm(both, axis=1, keepdims=True)
    index = SignBits(size, room=3_000, cores=2)
    index.put(np.arange(count), both[:count])
    found = [index.search(mate, least=-1, most=1)[0][0] for mate in both[count:]]
    assert np.mean(np.array(found) == (both[count:] @ both[:count].T).argmax(axis=1)) >= 0.99


def test_sizes_below_512_get_512_bits_and_the_same_in_every_process() -> None:
    assert [Signs(size).bytes for size in (16, 128, 512, 513, 1024)] == [64, 64, 64, 72, 128]
    assert (Signs(128).of(faces([1], 128)) == Signs(128).of(faces([1], 128))).all()


def test_what_is_removed_is_overwritten() -> None:
    index = SignBits(SIZE)
    index.put(people(1, 2), faces([1, 2]))
    index.remove(people(1, 2))
    block = index._blocks[0]  # noqa: SLF001 - what is in memory is the point
    assert not any(array[:2].any() for array in (block.bits, block.numbers, block.scales, block.people))


def test_searches_go_on_while_faces_come_and_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sign_bits, "_AT_A_TIME", 64)
    monkeypatch.setattr(sign_bits, "NEAREST", 50)
    index = SignBits(SIZE, room=256)
    stay = faces(range(100, 150))
    index.put(people(*range(100, 150)), stay)
    stop, failed = threading.Event(), []

    def search() -> None:
        while not stop.is_set():
            for number, face in enumerate(stay):
                if index.search(face, least=0.99, most=1)[0][0] != 100 + number:
                    failed.append(number)

    thread = threading.Thread(target=search)
    thread.start()
    others = faces(range(1_000, 2_000))
    try:
        for _ in range(3):
            index.put(np.arange(1_000, 2_000), others)
            index.remove(np.arange(1_000, 2_000))
    finally:
        stop.set()
        thread.join(20)
    assert failed == []
    assert len(index) == 50
