"""`sala services`: checking and publishing declarations."""

from __future__ import annotations

from pathlib import Path

import click

FILES = click.argument(
    "files", nargs=-1, required=True, metavar="FILE…", type=click.Path(exists=True, dir_okay=False, path_type=Path)
)


@click.group()
def services() -> None:
    """Declarations of services: check them, publish them."""


@services.command()
@FILES
@click.option("--language", type=click.Choice(["en", "th"]), default="en", show_default=True, help="Of the findings.")
def check(*, files: tuple[Path, ...], language: str) -> None:
    """Say what is wrong in each FILE, where, and how to mend it. Changes nothing, needs no database."""
    _django_alone()
    from sala.engine.catalogue.checking import check_text

    wrong = 0
    for file in files:
        problems = check_text(file.read_bytes())
        wrong += bool(problems)
        for problem in problems:
            click.echo(f"{file}:{problem.line}:{problem.column}: {problem.path}")
            click.echo(f"    {problem.message.in_(language)}")
            click.echo(f"    → {problem.cure.in_(language)}")
        if not problems:
            click.echo(f"{file}: good")
    if wrong:
        raise SystemExit(1)


@services.command()
@FILES
def publish(*, files: tuple[Path, ...]) -> None:
    """Publish each FILE: from now on cases are filed under it. One that is published already stays as it is."""
    from sala.web import database

    database.setup_django()
    from sala.web import preparing

    for file in files:
        loaded = preparing.publish(file)
        click.echo(f"{file}: {loaded.slug}, version {loaded.number} ({loaded.hash[:12]})")
    if begun := preparing.begin_appointments():
        click.echo(f"{begun} offices begin to give appointments")


def _django_alone() -> None:
    """Django without a database: a fault in a declaration is found on any machine."""
    import os

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sala.web.settings")
    import django

    django.setup()
