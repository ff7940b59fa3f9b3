"""`sala people`: the civil register."""

from __future__ import annotations

import click


@click.group("people")
def population() -> None:
    """The civil register: people by their number."""


@population.command()
@click.argument("count", type=click.IntRange(1, 100_000_000))
def generate(*, count: int) -> None:
    """See to it that COUNT invented people stand in the register, for trials of load.

    Their numbers are valid and nobody's. May be repeated: a run that was cut off goes on where it stopped.
    """
    from sala.web import database

    database.setup_django()
    from rich.progress import Progress

    from sala.identity.people import generating
    from sala.web.preparing import console

    with Progress(console=console, transient=True) as bar:
        task = bar.add_task("People", total=count)
        for done in generating.generate(count):
            bar.update(task, completed=done)
    click.echo(f"{count:,} invented people stand in the register.")
