"""People from a file: a first load, or a bulk update, of any size.

A CSV file with a heading, or one JSON object a line; in both the names of `queries.FIELDS`, dates as YYYY-MM-DD. A row
says only what it changes: for somebody who is in the register, a column that is not there stays as it is; an empty
cell empties. `effective_on` says since when it is true, today unless given. `house_id` with an address enters a house.
`laser_code` is that of the card's back: kept as a digest, and no change of the entry.

Each batch, with how far the file has come, is one transaction: a run that was killed goes on after the last whole
batch, and nothing is entered twice. Rows that cannot be true are left out, and told in a file of their own.
"""

from __future__ import annotations

import csv
import hashlib
import io
import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from django.db import transaction

from sala.identity.accounts.actor import Actor
from sala.identity.people import batches, words
from sala.identity.people.batches import Row, Wrong
from sala.identity.people.models import ImportRun
from sala.kit import clock
from sala.kit.errors import Conflict, Fault, Invalid

BATCH = 5_000
_HEADING = ("row", "field", "th", "en")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the file has come: rows read, and what became of them; bytes of the file for a bar."""

    rows: int
    added: int
    changed: int
    unchanged: int
    wrong: int
    at: int


def load(path: Path, *, faults: Path, reason: str, by: Actor) -> Iterator[Progress]:
    """Bring the file's people into the register, batch by batch; `faults` takes the rows that were left out.

    The same file with the same reason goes on where it was cut off; a finished one begins anew, and what is so already
    costs a look. Raises Invalid for a file that is neither, Conflict where another process is at the same file.
    """
    run = _begin(path, reason)
    with path.open("rb") as file, faults.open("ab") as told:
        told.truncate(run.told)
        told.seek(run.told)
        if not run.told:
            _tell(told, [_HEADING])
        rows = itertools.islice(_rows(path, file), run.rows, None)
        while batch := list(itertools.islice(rows, BATCH)):
            _take(run, batch, told, reason, by)
            yield Progress(run.rows, run.added, run.changed, run.unchanged, run.wrong, file.tell())
    ImportRun.objects.filter(id=run.id).update(finished_at=clock.now())


def _begin(path: Path, reason: str) -> ImportRun:
    if not reason.strip():
        raise Invalid([Fault("reason", "missing", words.REASON)])
    digest = hashlib.sha256(reason.encode() + b"\0")
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    found, _ = ImportRun.objects.get_or_create(
        digest=digest.hexdigest(), finished_at=None, defaults={"started_at": clock.now()}
    )
    return found


def _take(run: ImportRun, batch: list[Row | Wrong], told: io.BufferedWriter, reason: str, by: Actor) -> None:
    with transaction.atomic():
        row = ImportRun.objects.select_for_update().get(id=run.id)
        if row.rows != run.rows or row.finished_at:
            raise Conflict(words.IMPORTED_MEANWHILE)
        done = batches.take([one for one in batch if isinstance(one, Row)], reason=reason, by=by)
        wrong = sorted([*(one for one in batch if isinstance(one, Wrong)), *done.wrong], key=lambda one: one.number)
        _tell(told, [(one.number, f.field, f.message.th, f.message.en) for one in wrong for f in one.faults])
        run.rows += len(batch)
        run.added += done.added
        run.changed += done.changed
        run.unchanged += done.unchanged
        run.wrong += len(wrong)
        run.told = told.tell()
        run.save()


def _tell(told: io.BufferedWriter, lines: Iterable[tuple[Any, ...]]) -> None:
    """Written out before the batch is committed: what is told too early is cut off by the next run."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(lines)
    told.write(text.getvalue().encode())
    told.flush()


def _rows(path: Path, file: io.BufferedReader) -> Iterator[Row | Wrong]:
    """The file's rows, numbered as an editor numbers its lines: the first row of a CSV file is the second line."""
    if path.suffix.lower() in {".jsonl", ".ndjson", ".json"}:
        return _of_lines(file)
    return _of_csv(file)


def _of_lines(file: io.BufferedReader) -> Iterator[Row | Wrong]:
    decoder = msgspec.json.Decoder(dict[str, Any])
    for number, line in enumerate(file, start=1):
        if not line.strip():
            continue
        try:
            yield Row(number, decoder.decode(line))
        except (msgspec.DecodeError, UnicodeDecodeError):
            yield Wrong(number, [Fault("", "json", words.NOT_JSON)])


def _of_csv(file: io.BufferedReader) -> Iterator[Row | Wrong]:
    text = (line.decode("utf-8-sig" if number == 0 else "utf-8", "replace") for number, line in enumerate(file))
    reader = csv.reader(text)
    heading = [name.strip() for name in next(reader, [])]
    if faults := [
        Fault(name, "unknown", words.unknown_column(batches.COLUMNS)) for name in heading if name not in batches.COLUMNS
    ]:
        raise Invalid(faults)
    if "pid" not in heading:
        raise Invalid([Fault("pid", "missing", words.NO_PID_COLUMN)])
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            cells = [""]
        if len(cells) == len(heading):
            yield Row(reader.line_num, dict(zip(heading, cells, strict=True)))
        elif cells:
            yield Wrong(reader.line_num, [Fault("", "cells", words.CELLS)])
