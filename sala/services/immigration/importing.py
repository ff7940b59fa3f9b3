"""Filling the register tables from CSV files.

A file is read as a stream and loaded in batches, each a transaction of its own: a run
that was cut off is simply started again, and what is already there costs no write.
Rows that cannot be taken are written to a file beside it, with what is wrong and what
to do; the good ones are loaded all the same.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

from django.db import connection, transaction

from sala.identity.accounts.actor import Actor
from sala.kit import audit
from sala.kit.errors import Fault, Invalid
from sala.kit.text import Language, Text
from sala.services.immigration.columns import Sheet, WrongValueError

BATCH = 5000
_CHUNK = 1 << 20
_LONGEST_FIELD = 10_000
_SHAPE = "CREATE TEMP TABLE incoming ON COMMIT DROP AS SELECT {columns} FROM {table} LIMIT 0"

Progress = Callable[[int], None]
Row = dict[str, Any]


@dataclass(slots=True)
class Outcome:
    """What became of a file's rows. `errors` is the file that lists the faulty ones, None if there were none."""

    read: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    faulty: int = 0
    errors: Path | None = None

    @property
    def good(self) -> int:
        return self.read - self.faulty


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong with one row; `column` is empty where it is the row as a whole."""

    line: int
    column: str
    what: Text
    cure: Text


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the file: its values, or what is wrong with them."""

    number: int
    row: Row = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()


def import_file(
    *,
    sheet: Sheet,
    path: Path,
    by: Actor,
    encoding: str | None = None,
    overwrite: bool = False,
    dry_run: bool = False,
    language: Language = "en",
    progress: Progress = lambda _bytes: None,
) -> Outcome:
    """Load a file into the sheet's table; what became of its rows.

    `overwrite` also takes rows that are older than what is known (to correct a mistake);
    `dry_run` only judges. `progress` is told how many bytes have been read. Raises Invalid
    where the file as a whole cannot be taken: another encoding, missing columns, no rows.
    """
    outcome = Outcome()
    with ExitStack() as stack:
        raw = stack.enter_context(path.open("rb"))
        report = stack.enter_context(_Report(path.with_suffix(".errors.csv"), language))
        lines = stack.enter_context(closing(read_lines(sheet, raw, encoding or encoding_of(raw))))
        for batch in _batches(lines):
            good = _judge(batch, report, outcome)
            if not dry_run:
                _load(sheet, good, outcome, overwrite=overwrite)
            progress(raw.tell())
        outcome.errors = report.written
    if not outcome.read:
        raise _unusable("empty", Text(th="ไฟล์ไม่มีข้อมูล", en="The file has no rows"))
    if not dry_run:
        detail = {"file": path.name, "rows": outcome.read, "new": outcome.new, "changed": outcome.changed}
        audit.record(by.label, "register.imported", f"register:{sheet.name}", {**detail, "faulty": outcome.faulty})
    return outcome


def encoding_of(raw: BinaryIO) -> str:
    """utf-8, utf-16 (with its mark) or else cp874, the Windows superset of TIS-620; leaves `raw` at its start."""
    start = raw.read(4)
    raw.seek(0)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while chunk := raw.read(_CHUNK):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "cp874"
    finally:
        raw.seek(0)
    return "utf-8-sig"


def read_lines(sheet: Sheet, raw: BinaryIO, encoding: str) -> Generator[Line, None, None]:
    """Every row under the heading, judged."""
    text = io.TextIOWrapper(raw, encoding=_known(encoding), newline="")
    csv.field_size_limit(_LONGEST_FIELD)
    try:
        heading = text.readline()
        delimiter = max(",;\t", key=heading.count)
        reader = csv.reader(text, delimiter=delimiter)
        places = _places(sheet, next(csv.reader([heading], delimiter=delimiter), []))
        before = 1
        for values in reader:
            if any(map(str.strip, values)):
                yield _line(sheet, places, before + 1, values)
            before = reader.line_num + 1
    except UnicodeDecodeError as error:
        raise _unusable(
            "encoding",
            Text(
                th=f"อ่านไฟล์ด้วยรหัส {encoding} ไม่ได้ ระบุด้วย --encoding",
                en=f"The file cannot be read as {encoding}; name its encoding with --encoding",
            ),
        ) from error
    except csv.Error as error:
        raise _unusable(
            "quotes",
            Text(
                th=f"อ่านไฟล์ไม่ได้หลังบรรทัดที่ {before}: อาจมีเครื่องหมายคำพูดที่ไม่ปิด",
                en=f"The file cannot be read after line {before}: a quotation mark may not be closed there",
            ),
        ) from error
    finally:
        text.detach()


def _places(sheet: Sheet, heading: list[str]) -> list[int | None]:
    """Where each of the sheet's columns stands; None for an optional one that is not there."""
    stands = {name.strip().lstrip("\ufeff").casefold(): i for i, name in enumerate(heading)}
    places = []
    for column in sheet.columns:
        accepted = (column.name, column.title.th, column.title.en)
        places.append(next((stands[n.casefold()] for n in accepted if n.casefold() in stands), None))
    missing = [c.name for c, place in zip(sheet.columns, places, strict=True) if place is None and c.required]
    if missing:
        listed, known = ", ".join(missing), ", ".join(sheet.names)
        raise _unusable(
            "columns",
            Text(
                th=f"บรรทัดแรกไม่มีช่อง {listed} (ช่องที่รู้จัก: {known})",
                en=f"The first line has no column {listed} (known columns: {known})",
            ),
        )
    return places


def _line(sheet: Sheet, places: list[int | None], number: int, values: list[str]) -> Line:
    row: Row = {}
    findings = []
    for column, place in zip(sheet.columns, places, strict=True):
        raw = values[place] if place is not None and place < len(values) else ""
        try:
            row[column.name] = column.value(raw)
        except WrongValueError as wrong:
            findings.append(Finding(number, column.name, wrong.what, wrong.cure))
    if not findings and (broken := sheet.check(row)):
        findings.append(Finding(number, broken[0], broken[1].what, broken[1].cure))
    if findings:
        return Line(number, findings=tuple(findings))
    return Line(number, row={**row, **sheet.derive(row)})


def _batches(lines: Iterable[Line]) -> Iterator[list[Line]]:
    batch: list[Line] = []
    for line in lines:
        batch.append(line)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _judge(batch: list[Line], report: _Report, outcome: Outcome) -> list[Row]:
    outcome.read += len(batch)
    good = []
    for line in batch:
        if line.findings:
            outcome.faulty += 1
            report.write(line.findings)
        else:
            good.append(line.row)
    return good


def _load(sheet: Sheet, rows: list[Row], outcome: Outcome, *, overwrite: bool) -> None:
    if not rows:
        return
    fresh = list(_latest(sheet, rows).values())
    columns = list(fresh[0])
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_SHAPE.format(columns=_list(columns), table=sheet.table))
        with cursor.copy(f"COPY incoming ({_list(columns)}) FROM STDIN") as copy:
            for row in fresh:
                copy.write_row([row[name] for name in columns])
        cursor.execute(_upsert(sheet, columns, overwrite=overwrite))
        new = sum(inserted for (inserted,) in cursor.fetchall())
        changed = cursor.rowcount - new
        cursor.execute("DROP TABLE incoming")
    outcome.new += new
    outcome.changed += changed
    outcome.unchanged += len(rows) - new - changed


def _latest(sheet: Sheet, rows: list[Row]) -> dict[tuple[Any, ...], Row]:
    """Of several rows for one key, the newest (the last one in the file where none is newer)."""
    latest: dict[tuple[Any, ...], Row] = {}
    for row in rows:
        key = tuple(row[name] for name in sheet.key)
        known = latest.get(key)
        if known is None or sheet.newer is None or row[sheet.newer] >= known[sheet.newer]:
            latest[key] = row
    return latest


def _upsert(sheet: Sheet, columns: list[str], *, overwrite: bool) -> str:
    """Insert or bring up to date; rows that say nothing new are not touched. Yields whether each was new."""
    changing = [name for name in columns if name not in sheet.key]
    updates = ", ".join(f"{name} = excluded.{name}" for name in changing)
    old, new = (", ".join(f"{source}.{name}" for name in changing) for source in ("known", "excluded"))
    newer = "" if overwrite or sheet.newer is None else f" AND excluded.{sheet.newer} >= known.{sheet.newer}"
    return (
        f"INSERT INTO {sheet.table} AS known ({_list(columns)}) SELECT {_list(columns)} FROM incoming "  # noqa: S608 - names of this program
        f"ON CONFLICT ({_list(sheet.key)}) DO UPDATE SET {updates}, imported_at = now() "
        f"WHERE ({old}) IS DISTINCT FROM ({new}){newer} RETURNING xmax = 0"
    )


def _list(names: Iterable[str]) -> str:
    return ", ".join(names)


def _known(encoding: str) -> str:
    try:
        return codecs.lookup(encoding).name
    except LookupError as error:
        raise _unusable(
            "encoding", Text(th=f"ไม่รู้จักรหัสอักขระ {encoding}", en=f"There is no encoding called {encoding}")
        ) from error


def _unusable(code: str, message: Text) -> Invalid:
    return Invalid([Fault("file", code, message)])


class _Report:
    """The file beside the imported one that lists what is wrong; it exists only if something is."""

    def __init__(self, path: Path, language: Language) -> None:
        self._path = path
        self._language = language
        self._file: io.TextIOWrapper | None = None
        self._writer: Any = None
        self.written: Path | None = None

    def __enter__(self) -> _Report:
        self._path.unlink(missing_ok=True)  # what an earlier run found
        return self

    def write(self, findings: Iterable[Finding]) -> None:
        if self._file is None:
            # The mark tells Excel that it is UTF-8.
            self._file = self._path.open("w", encoding="utf-8-sig", newline="")
            self._writer = csv.writer(self._file)
            self._writer.writerow(["line", "column", "what", "cure"])
            self.written = self._path
        for finding in findings:
            in_words = (finding.what.in_(self._language), finding.cure.in_(self._language))
            self._writer.writerow([finding.line, finding.column, *in_words])

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()
