"""`sala offices`: where agencies work."""

from __future__ import annotations

from pathlib import Path

import click

FILE = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))


@click.group()
def offices() -> None:
    """Offices: load them from a file."""


@offices.command("import")
@FILE
@click.option("--dry-run", is_flag=True, help="Judge the file, change nothing.")
def import_(*, file: Path, dry_run: bool) -> None:
    """Create the offices in FILE, or bring them up to date. May be repeated.

    FILE is CSV in UTF-8 with a heading: slug, agency, kind, name_th, name_en, area (the code of the province,
    district or sub-district in which the office stands) and, where known, address_th, address_en, phone, email,
    latitude, longitude, responsible_for (codes of areas). If any line is wrong, nothing is changed.
    """
    from sala.web import database

    database.setup_django()
    from sala.identity.directory import offices_file

    if dry_run:
        click.echo(f"{file}: {len(offices_file.read(file))} offices, good. Nothing was changed.")
        return
    count = offices_file.load(file)
    click.echo(f"{file}: {count} offices are in place.")


@offices.command()
def registration() -> None:
    """Create the offices that keep the civil register, or bring them up to date. May be repeated.

    Those of districts are real in name and place; those of municipalities are plausible, in number like the
    department's. An installation that has the real list imports that instead.
    """
    from sala.web import database

    database.setup_django()
    from sala.identity.directory import registration as made

    click.echo(f"{made.load():,} registration offices are in place.")
