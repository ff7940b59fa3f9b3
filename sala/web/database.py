"""Which database: the one that DATABASE_URL names, else a server of our own in the state directory."""

from __future__ import annotations

import os
from pathlib import Path

from sala.kit.postgres import Postgres


def state_directory() -> Path:
    """SALA_DATA, by default `var` where the command was called (the same as `settings.DATA_DIR`)."""
    return Path(os.environ.get("SALA_DATA", "var")).resolve()


def attach() -> Postgres | None:
    """See to it that DATABASE_URL is set and its server runs; the server, if it is one of our own.

    To be called before the settings are read. A server of our own runs while this process, or another, uses it.
    """
    if os.environ.get("DATABASE_URL"):
        return None
    server = Postgres(state_directory() / "postgres")
    os.environ["DATABASE_URL"] = server.start()
    return server


def setup_django() -> None:
    """The database, then Django."""
    attach()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sala.web.settings")
    import django

    django.setup()
