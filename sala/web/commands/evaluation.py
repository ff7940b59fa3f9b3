"""`sala faces evaluate`: how often an engine errs on an operator's own pictures."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sala.identity.faces.engine import Engine
    from sala.identity.faces.evaluating import Point, Rate, Tally

SHARE = click.FloatRange(0, 0.5, min_open=True)


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--set", "wanted", type=SHARE, metavar="FMR",
              help="Take the threshold of this false match rate from now on, such as 0.001.")  # fmt: skip
@click.option("--most-impostors", type=click.IntRange(1), default=100_000_000, show_default=True,
              help="If there are more pairs of two people, as many are drawn at random.")  # fmt: skip
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), default=Path(), metavar="DIR",
              help="Where the plot (SVG) and the figures (JSON) are written.  [here]")  # fmt: skip
@click.option("--workers", type=click.IntRange(1), default=os.cpu_count() or 1, help="Processes.  [as many as cores]")
def evaluate(*, folder: Path, wanted: float | None, most_impostors: int, out: Path, workers: int) -> None:
    """Measure the engine's errors on the pictures in FOLDER, which has a folder for each person.

    Pictures are read, and nothing of them is kept. Files that show no face are counted and listed, and end nothing.
    """
    from sala.identity.faces import engines, evaluating

    try:
        engine = engines.chosen()
        templates, people, missed = _templates(folder, workers)
    except engines.EngineError as error:
        raise click.ClickException(str(error)) from error
    tally = _tally(templates, people, most_impostors)
    points = [evaluating.for_fmr(tally, target) for target in evaluating.TARGETS]
    equal = evaluating.eer(tally)
    _show(engine, tally, points, equal, (len(set(people.tolist())), len(people), len(missed)))
    _write(out, engine, tally, points, equal)
    if wanted is not None:
        _settle(engine, evaluating.for_fmr(tally, wanted), equal)


def _templates(folder: Path, workers: int) -> tuple[NDArray[np.float32], NDArray[np.int64], list[str]]:
    import numpy as np
    from rich.progress import Progress

    from sala.identity.faces import gathering

    found = gathering.files(folder)
    templates, people, missed = [], [], []
    with Progress(console=_console(), transient=True) as bar:
        task = bar.add_task("Pictures", total=len(found))
        for one in gathering.gather(found, workers=workers):
            bar.advance(task)
            if one.template is None:
                missed.append(f"{one.file}: {one.fault}")
                click.echo(missed[-1], err=True)
            else:
                templates.append(one.template)
                people.append(one.person)
    if len(set(people)) < 2 or len(set(people)) == len(people):
        raise click.ClickException(
            f"{folder} must hold a folder for each person, of two people or more, and two pictures of at least one; "
            f"faces were found in {len(people)} pictures of {len(set(people))} people"
        )
    return np.stack(templates), np.array(people, dtype=np.int64), missed


def _tally(templates: NDArray[np.float32], people: NDArray[np.int64], most: int) -> Tally:
    import numpy as np
    from rich.progress import Progress

    from sala.identity.faces import evaluating

    genuine = np.sum(list(evaluating.genuine(templates, people)), axis=0)
    impostors = np.zeros(evaluating.BINS, dtype=np.int64)
    with Progress(console=_console(), transient=True) as bar:
        task = bar.add_task("Pairs", total=min(most, evaluating.impostor_pairs(people)))
        for seen, counts in evaluating.impostors(templates, people, most):
            impostors += counts
            bar.advance(task, seen)
    return evaluating.Tally(genuine, impostors)


def _show(engine: Engine, tally: Tally, points: list[Point], equal: float, counts: tuple[int, int, int]) -> None:
    from sala.identity.faces import evaluating

    people, pictures, missed = counts
    current = evaluating.for_threshold(tally, engine.threshold)
    click.echo(f"{engine.name}: {pictures:,} pictures of {people:,} people; {missed:,} without a face that was found.")
    click.echo(f"{current.fnmr.of:,} pairs of one person, {current.fmr.of:,} of two. Equal error rate {equal:.3%}.\n")
    click.echo(f"{'FMR wanted':>12}  {'threshold':>9}  {'FMR':<34}  FNMR")
    for point in points:
        click.echo(f"{point.wanted:>12.3%}  {_row(point) if point.told else 'too few pairs to tell'}")
    click.echo(f"{'as shipped':>12}  {_row(current)}")
    click.echo(
        "\nIn brackets: where the rate lies 95 times of 100, if pairs were independent; they share people, so it may"
    )
    click.echo(
        f"lie further. A rate is told where {evaluating.ENOUGH} errors are expected: for 0.001 %, of 3,000,000 pairs."
    )


def _row(point: Point) -> str:
    return f"{point.threshold:>9.4f}  {_rate(point.fmr):<34}  {_rate(point.fnmr)}"


def _rate(rate: Rate) -> str:
    return f"{rate.rate:.4%} ({rate.low:.4%} to {rate.high:.4%})"


def _write(out: Path, engine: Engine, tally: Tally, points: list[Point], equal: float) -> None:
    from sala.identity.faces import det_plot, evaluating

    out.mkdir(parents=True, exist_ok=True)
    plot, figures = out / f"faces-{engine.name}.svg", out / f"faces-{engine.name}.json"
    plot.write_text(det_plot.svg(tally, points, f"Errors of {engine.name}"), encoding="utf-8")
    shipped = evaluating.for_threshold(tally, engine.threshold)
    said: dict[str, Any] = {"engine": engine.name, "eer": equal, "points": points, "shipped": shipped}
    figures.write_bytes(msgspec.json.format(msgspec.json.encode(said)) + b"\n")
    click.echo(f"\nWritten: {plot} and {figures}")


def _settle(engine: Engine, point: Point, equal: float) -> None:
    from sala.web import database

    database.setup_django()
    from sala.identity.accounts.actor import system
    from sala.identity.faces import operating

    operating.settle(engine=engine.name, point=point, eer=equal, by=system("evaluate"))
    click.echo(f"From now on, two faces are taken for one person from {point.threshold:.4f} on.")


def _console() -> Any:
    from rich.console import Console

    return Console(stderr=True, highlight=False)
