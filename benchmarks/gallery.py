"""What a search among everybody's faces costs, and whether it finds who is there: with made-up templates.

A made-up identity lies around one of 1,000 middles (people resemble each other by kinds), in directions of which some
count for more than others, as a network's do; so two strangers have a cosine of 0 ± 0.06, with a longer tail than
chance alone gives. A mate is its identity turned by so much that their cosines are 0.6 ± 0.12. `_DLIB` is as dlib's
are: 128 numbers, all to one side, few directions that count; strangers 0.90 ± 0.016, mates 0.979 ± 0.008.

Recall: of the mates whom comparing with everybody puts first, how many the index puts first too.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from benchmarks.measures import Bench, Line, Step

FEW = 1_000_000
_ROOMY = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") > 16e9
MANY = int(os.environ.get("SALA_BENCH_GALLERY", "10000000" if _ROOMY else "4000000"))
MATES = 500
NEEDED = 50.0
"""Milliseconds at FEW, on one core."""
RECALL = 0.99
_CHUNK = 16_384
_KINDS, _KIND_SHARE = 1_000, 0.15


@dataclass(frozen=True)
class Spread:
    """How templates lie. `strangers`: how far their cosines spread around the middle of all; `aside`: how much of a
    template is that middle; `mates`: mean and spread of the cosines of mates, around it."""

    size: int
    strangers: float
    aside: float
    mates: tuple[float, float]


_USUAL = Spread(512, 0.06, 0.0, (0.6, 0.12))
_DLIB = Spread(128, 0.16, 0.90, (0.79, 0.08))


@dataclass(frozen=True)
class Found:
    """Milliseconds of one search, on the clock and of the processor; recall; bytes a template."""

    clock: float
    processor: float
    recall: float
    bytes: float


def gallery(bench: Bench, step: Step) -> list[Line]:
    """(n) The search among all faces: at a million, at more, and with templates of few numbers."""
    few, many = _measured(_USUAL, [FEW, MANY], step)
    (dlib,) = _measured(_DLIB, [FEW], step)
    whole = _compared_with_all(_USUAL)
    growth = many.processor / few.processor
    return [
        Line(
            f"A face among {FEW:,}, one core", f"{few.clock:.1f} ms", f"{whole:.0f} ms", f"{few.clock / whole:.2f}",
            f"≤ {NEEDED:.0f} ms", few.clock <= NEEDED,
        ),
        Line("  processor time", f"{few.processor:.1f} ms"),
        _recall(few),
        Line("  bytes a template (512 numbers)", f"{few.bytes:.0f}", "2,048", f"{few.bytes / 2048:.2f}"),
        Line(
            f"A face among {MANY:,}, one core", f"{many.clock:.1f} ms", f"{whole * MANY / FEW:,.0f} ms",
            f"{many.clock * FEW / whole / MANY:.2f}",
        ),
        Line(f"  processor time, against that at {FEW:,}", f"{growth:.1f} ×", f"{MANY / FEW:.1f} ×"),
        _recall(many),
        Line(f"A face among {FEW:,} of 128 numbers, all to one side", f"{dlib.clock:.1f} ms"),
        _recall(dlib),
        Line("  bytes a template (128 numbers)", f"{dlib.bytes:.0f}", "512", f"{dlib.bytes / 512:.2f}"),
    ]  # fmt: skip


def _recall(found: Found) -> Line:
    return Line("  recall", f"{found.recall:.3f}", target=f"≥ {RECALL}", met=found.recall >= RECALL)


def _measured(spread: Spread, sizes: list[int], step: Step) -> Iterator[Found]:
    """The index grows from size to size, and is searched at each. Never is more than a chunk there in full numbers."""
    import numpy as np

    from sala.identity.faces.gallery.sign_bits import SignBits

    index, made = SignBits(spread.size), Made(spread)
    best, likest = np.full(MATES, -2.0, np.float32), np.zeros(MATES, np.int64)
    asked: Any = None
    for size in sizes:
        while len(index) < size:
            first = len(index)
            templates = made.templates(min(_CHUNK, size - first))
            asked = made.mates if asked is None else asked
            index.put(np.arange(first, first + len(templates)), templates)
            alike = asked @ templates.T
            top = alike.argmax(axis=1)
            better = (now := alike[np.arange(MATES), top]) > best
            best[better], likest[better] = now[better], top[better] + first
            step(f"{len(index):,} faces of {spread.size} numbers")
        yield _searched(index, asked, likest)


def _searched(index: Any, asked: Any, likest: Any) -> Found:
    for mate in asked[:5]:
        index.search(mate, least=-1, most=1)
    clocks, right, used = [], [], time.process_time()
    for mate in asked:
        start = time.perf_counter()
        ((person, _),) = index.search(mate, least=-1, most=1)
        clocks.append((time.perf_counter() - start) * 1000)
        right.append(person)
    processor = (time.process_time() - used) * 1000 / len(asked)
    findable = [number for number in range(len(asked)) if likest[number] == number]
    recall = sum(right[number] == number for number in findable) / len(findable)
    return Found(statistics.median(clocks), processor, recall, index.bytes / len(index))


def _compared_with_all(spread: Spread) -> float:
    """Milliseconds of plain products with FEW templates: of a part that no cache holds, so many times."""
    import numpy as np

    part = np.ones((8 * _CHUNK, spread.size), np.float32)
    taken = []
    for _ in range(5):
        start = time.perf_counter()
        part @ part[0]
        taken.append(time.perf_counter() - start)
    return min(taken) * 1000 * FEW / len(part)


class Made:
    """Made-up templates, a chunk at a time; `mates` are of the first MATES, once these were made."""

    def __init__(self, spread: Spread) -> None:
        import numpy as np

        self._spread = spread
        self._chance = np.random.default_rng(7)
        self._weights = _weights(spread.size, spread.strangers)
        self._kinds = self._plain(_KINDS)
        self._middle = np.ones(spread.size, np.float32) / np.float32(spread.size**0.5)
        self._turn = np.linalg.qr(self._chance.standard_normal((spread.size, spread.size)))[0].astype(np.float32)
        self.mates: Any = None

    def templates(self, count: int) -> Any:
        """So many identities."""
        kinds = self._kinds[self._chance.integers(0, _KINDS, count)]
        identities = _long_one(_KIND_SHARE**0.5 * kinds + (1 - _KIND_SHARE) ** 0.5 * self._plain(count))
        if self.mates is None:
            self.mates = self._placed(self._turned(identities[:MATES]))
        return self._placed(identities)

    def _turned(self, identities: Any) -> Any:
        """Away from themselves, by chance."""
        import numpy as np

        mean, spread = self._spread.mates
        near = np.clip(self._chance.normal(mean, spread, (len(identities), 1)), 0.05, 0.98).astype(np.float32)
        noise = _long_one(self._plain(len(identities)))
        noise = _long_one(noise - (noise * identities).sum(axis=1, keepdims=True) * identities)
        return near * identities + np.sqrt(1 - near * near) * noise

    def _plain(self, count: int) -> Any:
        return self._chance.standard_normal((count, self._spread.size), dtype="f4") * self._weights

    def _placed(self, around: Any) -> Any:
        """In a network's own directions, and to the side on which all lie."""
        aside = self._spread.aside
        if not aside:
            return around @ self._turn
        return _long_one(aside**0.5 * self._middle + (1 - aside) ** 0.5 * around @ self._turn)


def _long_one(numbers: Any) -> Any:
    import numpy as np

    return numbers / np.linalg.norm(numbers, axis=1, keepdims=True)


def _weights(size: int, strangers: float) -> Any:
    """How much each direction counts: a falling power, so steep that strangers' cosines spread so far."""
    import numpy as np

    low, high = 0.0, 3.0
    for _ in range(50):
        power = (low + high) / 2
        shares = np.arange(1, size + 1) ** -power
        shares /= shares.sum()
        low, high = (power, high) if (shares**2).sum() ** 0.5 < strangers else (low, power)
    return np.sqrt(shares).astype(np.float32)


if __name__ == "__main__":  # alone, without a house
    for line in gallery(None, lambda what: print(f"\r{what}", end="", file=sys.stderr, flush=True)):  # type: ignore[arg-type]  # noqa: T201
        print(line)  # noqa: T201
