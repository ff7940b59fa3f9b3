"""`sala faces`: the house of faces, its keys and its templates."""

from __future__ import annotations

import os
from pathlib import Path

import click

from sala.web.commands.evaluation import evaluate
from sala.web.commands.parts import begin


@click.group()
def faces() -> None:
    """Recognising people by their faces."""


faces.add_command(evaluate)


@faces.command()
@click.option("--workers", type=click.IntRange(1), envvar="SALA_FACES_WORKERS",
              help="Processes that look at pictures, of about 270 MB each.  [as many as cores, at most 2]")  # fmt: skip
@click.option("--keep/--lazy", envvar="SALA_FACES_KEEP", default=None,
              help="Load at once and stay ready (production), or only while there is work (demo).")  # fmt: skip
def serve(*, workers: int | None, keep: bool | None) -> None:
    """Look at pictures, for web and worker, at a socket in the state directory."""
    begin()
    from sala.identity.faces.serving import house
    from sala.web import logs

    logs.configure()
    ready = os.environ.get("SALA_MODE", "demo") == "production" if keep is None else keep
    raise SystemExit(house.run(workers=workers, keep=ready))


@faces.command()
def status() -> None:
    """Say how the house of faces is, and what is kept."""
    _setup()
    from sala.identity.faces import client, queries, rotating

    state = client.state(5.0)
    for line in _told(state) if state else ("It does not answer. It is started by: sala faces serve",):
        click.echo(line)
    for count in queries.counts():
        click.echo(f"{count.engine}: {count.kept:,} templates, {count.broken:,} that do not open")
    click.echo(f"Keys wrapped by an older key of the installation: {rotating.left():,}")
    if queries.broken():
        raise click.ClickException("Templates that do not open are made anew from photographs by: sala faces templates")


@faces.command()
@click.option("--workers", type=click.IntRange(1), envvar="SALA_FACES_WORKERS", default=2, show_default=True,
              help="Pictures at a time.")  # fmt: skip
def templates(*, workers: int) -> None:
    """Make the templates of the register's photographs that are missing, older, or broken.

    The house of faces must run. May be repeated: a run that was cut off goes on where it stopped.
    """
    _setup()
    from rich.progress import Progress

    from sala.identity.faces import making
    from sala.identity.people import biometrics
    from sala.web.preparing import console

    done = making.Made(0, 0, 0, 0)
    with Progress(console=console, transient=True) as bar:
        task = bar.add_task("Photographs", total=biometrics.photographs())
        for done in making.of_everybody(at_once=workers):
            bar.update(task, completed=done.people)
    click.echo(f"{done.people:,} photographs, {done.made:,} templates made.")
    if done.faceless or done.unread:
        raise click.ClickException(
            f"{done.faceless:,} photographs show no usable face, {done.unread:,} could not be read."
        )


@faces.group()
def keys() -> None:
    """The keys of the installation, under which every person's own key lies."""


@keys.command()
def rotate() -> None:
    """Add a key, and wrap every person's own key by it. May be repeated: a run that was cut off goes on."""
    _setup()
    from rich.progress import Progress

    from sala.identity.faces import rotating
    from sala.web.preparing import console

    done = rotating.Turned(0, 0, 0)
    with Progress(console=console, transient=True) as bar:
        task = bar.add_task("Keys")
        for done in rotating.rotate():
            bar.update(task, completed=done.wrapped + done.broken, total=done.total)
    click.echo(f"{done.wrapped:,} keys of people were wrapped anew.")
    if done.broken:
        raise click.ClickException(f"{done.broken:,} do not open and stay as they are; their templates were put aside.")


def _setup() -> Path:
    from sala.web import database

    database.setup_django()
    return database.state_directory()


def _told(state: object) -> tuple[str, ...]:
    from sala.identity.faces.serving.wire import State

    if not isinstance(state, State):
        return ()
    name = f"{state.engine.name}: {state.engine.uses}" if state.engine else "not loaded yet"
    lines = [
        f"Engine: {name}",
        f"Workers: {state.workers} loaded, {state.busy} busy, {state.waiting} requests wait",
        f"Answered {state.answered:,}, refused {state.refused:,}, crashed {state.crashed:,}",
        f"Search among everybody: {'running' if state.searching else 'not loaded yet'}",
    ]
    return (*lines, state.engine.warning) if state.engine and state.engine.warning else tuple(lines)
