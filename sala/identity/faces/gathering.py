"""Pictures in folders, a folder a person, made into templates for an evaluation. Nothing of it is kept. No Django."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from sala.identity.faces import engines, pictures
from sala.identity.faces.engine import Template

_AT_ONCE = 8
"""Files that a worker process is given together."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """One file: whose it is (the folder's place in the alphabet), and its template or why there is none."""

    file: Path
    person: int
    template: Template | None
    fault: str = ""


def files(folder: Path) -> list[tuple[int, Path]]:
    """Every file below the folder's own folders, and the number of its person; hidden ones aside."""
    people = sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
    return [
        (number, file)
        for number, person in enumerate(people)
        for file in sorted(person.rglob("*"))
        if file.is_file() and not file.name.startswith(".")
    ]


def gather(found: list[tuple[int, Path]], *, workers: int, engine: str = "") -> Iterator[Gathered]:
    """The templates, in the order of the files, by that many processes. Raises EngineError."""
    engines.chosen(engine).load()  # what is wrong with the engine is said once, and here
    tasks = [(person, file, engine) for person, file in found]
    if workers == 1:
        yield from map(_made, tasks)
        return
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield from pool.map(_made, tasks, chunksize=_AT_ONCE)


def _made(task: tuple[int, Path, str]) -> Gathered:
    person, file, named = task
    engine = engines.chosen(named)
    try:
        with file.open("rb") as opened:  # a film among the pictures is not read whole
            picture = pictures.decode(opened.read(pictures.MOST_BYTES + 1))
    except OSError as error:
        return Gathered(file, person, None, error.strerror or str(error))
    except pictures.PictureError as error:
        return Gathered(file, person, None, error.message.en)
    faces = engine.faces(picture)
    if not faces:
        return Gathered(file, person, None, "No face was found")
    return Gathered(file, person, engine.template(picture, faces[0]))
