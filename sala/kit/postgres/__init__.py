"""A PostgreSQL of one's own for a laptop, a demonstration and the tests.

Where `DATABASE_URL` is not set, a server is started from the binaries that pip brought; it stops with its last
user. See docs/decisions/embedded-postgresql.md for what else was weighed.

    keeper   the process that starts the server and stops it when its last user has gone
    place    whose user it runs as, and in which directories
    server   starting, asking, stopping
"""

from __future__ import annotations

from sala.kit.postgres.place import PostgresError
from sala.kit.postgres.server import Postgres

__all__ = ["Postgres", "PostgresError"]
