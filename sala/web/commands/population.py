"""`sala people`: the civil register."""

from __future__ import annotations

from pathlib import Path

import click


@click.group("people")
def population() -> None:
    """The civil register: people by their number."""


@population.command()
@click.argument("count", type=click.IntRange(1, 100_000_000))
@click.option("--fingerprints", type=click.IntRange(0, 100_000), default=0,
              help="How many of them, from the first, get synthetic finger templates.")  # fmt: skip
@click.option("--cards", type=click.IntRange(0, 1_000_000), default=0,
              help="How many of them, from the first, get the code of a card; the first is printed.")  # fmt: skip
def generate(*, count: int, fingerprints: int, cards: int) -> None:
    """See to it that COUNT invented people stand in the register, for trials of load.

    Their numbers are valid and nobody's. May be repeated: a run that was cut off goes on where it stopped.
    """
    from sala.web import database

    database.setup_django()
    from rich.progress import Progress

    from sala.identity.people import cards as backs
    from sala.identity.people import generating
    from sala.web.preparing import console

    with Progress(console=console, transient=True) as bar:
        task = bar.add_task("People", total=count)
        for done in generating.generate(count):
            bar.update(task, completed=done)
    generating.fingerprints(min(count, fingerprints))
    backs.keep_invented(min(count, cards))
    if cards:
        click.echo(f"The first one’s card: {backs.card_of_invented(0)}")
    click.echo(f"{count:,} invented people stand in the register.")


@population.command("rotate-key")
def rotate_key() -> None:
    """Add a key that seals photographs and finger templates, and move what is kept to it. May be repeated."""
    from sala.web import database

    database.setup_django()
    from sala.identity.people import biometrics, sealing

    sealing.rotate()
    moved = 0
    for moved in biometrics.reseal():  # noqa: B007 - the last one counts
        pass
    click.echo(f"{moved:,} were sealed anew. {biometrics.left():,} could not be opened, and stay under their key.")


@population.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--reason", required=True, help="Why: it stands in the history of everybody who is changed.")
@click.option(
    "--faults", type=click.Path(dir_okay=False, path_type=Path), help="Where wrong rows are told.  [FILE.faults.csv]"
)
def import_(*, file: Path, reason: str, faults: Path | None) -> None:
    """Bring the people in FILE into the register, or up to date.

    FILE is CSV in UTF-8 with a heading, or JSON lines (.jsonl), with the fields of the register and, if wanted,
    effective_on. May be repeated: a run that was cut off goes on where it stopped. Wrong rows are left out, and told
    in a file with row, field and cure; then the command ends with status 1.
    """
    from sala.web import database

    database.setup_django()
    from rich.progress import Progress

    from sala.identity.accounts.actor import system
    from sala.identity.people import importing
    from sala.web.preparing import console

    told = faults or file.with_name(f"{file.name}.faults.csv")
    done = importing.Progress(0, 0, 0, 0, 0, 0)
    with Progress(console=console, transient=True) as bar:
        task = bar.add_task("People", total=file.stat().st_size)
        for done in importing.load(file, faults=told, reason=reason, by=system("import")):
            bar.update(task, completed=done.at, description=f"{done.rows:,} people")
    counts = f"{done.added:,} new, {done.changed:,} changed, {done.unchanged:,} as they were, {done.wrong:,} wrong"
    click.echo(f"{done.rows:,} rows: {counts}.")
    if done.wrong:
        raise click.ClickException(f"What is wrong with each stands in {told}")
