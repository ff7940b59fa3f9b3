"""The whole house: run it, bring it up to date, fill it for a demonstration."""

from __future__ import annotations

import click


@click.command()
@click.option("--logs", is_flag=True, help="Show the logs of the parts here; else they go to the state directory.")
def run(*, logs: bool) -> None:
    """Start everything and keep it running until Ctrl-C.

    Starts a PostgreSQL of its own unless DATABASE_URL names one, brings its tables and data up to date, then runs
    web, live, worker and faces; one that ends is started again. SALA_PORT (8000), SALA_DATA (./var), DATABASE_URL and
    EMAIL_URL choose otherwise.
    """
    from sala.web import supervisor

    raise SystemExit(supervisor.run(logs=logs))


@click.command()
def prepare() -> None:
    """Bring everything up to date: tables, words, style, areas, offices, services, in a demo its people and cases.

    Part of `run`. An installation calls it once after each update, before its parts start. May be repeated.
    """
    from sala.web import database

    database.setup_django()
    from sala.web import preparing

    preparing.prepare()


@click.command()
def migrate() -> None:
    """Bring the database's tables up to date, and nothing else."""
    from sala.web import database

    database.setup_django()
    from sala.web import preparing

    click.echo(f"{preparing.migrate()} migrations applied.")


@click.command()
def demo() -> None:
    """Load the demonstration's people, officers and cases, and say who can sign in. May be repeated."""
    from sala.web import database

    database.setup_django()
    from sala.web import preparing

    preparing.demo()
