"""`make bench`: everything in one run, with the results in docs/performance.md. Exit status 1 where a target is missed.

SALA_BENCH_PORT (8180), SALA_BENCH_SECONDS (10), SALA_BENCH_MANY (1000000 cases), SALA_BENCH_PEOPLE (10000000),
SALA_BENCH_GALLERY (10000000 faces; 4000000 with less than 16 GB) choose otherwise; names given as arguments measure
only these: submit look_up pages book calendar hall desk sign_in token people import faces gallery memory.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks import bookings, faces, gallery, halls, measures, millions, place, register, report, signing_in
from benchmarks.measures import Line

_IN_HOUSE: dict[str, Callable[[measures.Bench, measures.Step], list[Line]]] = {
    "submit": measures.submit,
    "look_up": measures.look_up,
    "pages": measures.pages,
    "book": bookings.book,
    "calendar": bookings.calendar,
    "hall": halls.watch,
    "desk": measures.desk,
    "sign_in": signing_in.sign_in,
    "token": signing_in.token,
    "people": millions.people,
    "import": register.imported,
    "faces": faces.faces,
    "gallery": gallery.gallery,
}
console = Console()


def main(chosen: list[str]) -> int:
    """Run the measures of these names, or all; the exit status."""
    names = chosen or [*_IN_HOUSE, "memory"]
    lines: list[Line] = []
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("A house of its own", total=len(names))

        def step(what: str) -> None:
            bar.update(task, description=what)

        with place.house() as house:
            bench = measures.begin(house)
            server = place.version()
            with place.web(house):
                for name in names:
                    if name in _IN_HOUSE:
                        lines += _IN_HOUSE[name](bench, step)
                        bar.advance(task)
        if "memory" in names:
            lines += measures.memory(step)
            bar.advance(task)
    report.show(lines, console)
    console.print(report.machine(server), style="dim")
    if not chosen:
        report.write(lines, server)
        console.print(f"Written to {report.TARGET.relative_to(report.TARGET.parents[1])}")
    return 0 if measures.all_of(lines) else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
