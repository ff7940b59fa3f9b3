"""The parts of the house as processes of their own."""

from __future__ import annotations

import os

import click

HOST = click.option("--host", default="127.0.0.1", envvar="SALA_HOST", show_default=True, help="Address to listen at.")


@click.command()
@HOST
@click.option("--port", type=int, envvar="SALA_PORT", default=8000, show_default=True)
@click.option("--workers", type=click.IntRange(1), envvar="SALA_WEB_WORKERS", default=2, show_default=True,
              help="Processes; as many as there are cores.")  # fmt: skip
@click.option("--threads", type=click.IntRange(1), envvar="SALA_WEB_THREADS", default=4, show_default=True,
              help="Requests at a time in each; each keeps a connection to the database.")  # fmt: skip
def web(*, host: str, port: int, workers: int, threads: int) -> None:
    """Serve the pages and the API."""
    begin()
    from sala.web import serving

    serving.web(host=host, port=port, workers=workers, threads=threads)


@click.command()
@HOST
@click.option("--port", type=int, envvar="SALA_LIVE_PORT", help="By default the web's and one.")
def live(*, host: str, port: int | None) -> None:
    """Serve the live streams, by which open pages hear of changes."""
    begin()
    from sala.web import serving

    serving.live(host=host, port=port)


@click.command()
def worker() -> None:
    """Run the jobs: letters, reminders, figures, everything that happens by itself."""
    begin()
    from sala.web import database

    database.setup_django()
    from sala.web import worker as work

    work.run()


def begin() -> None:
    """To be called first: a part that `sala run` started ends with it, even if it was killed."""
    if parent := os.environ.pop("SALA_SUPERVISOR", ""):
        from sala.kit.process import end_with_parent

        end_with_parent(int(parent))
