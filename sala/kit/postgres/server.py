"""Starting, asking and stopping the server."""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Self
from urllib.parse import quote

from sala.kit.postgres import keeper
from sala.kit.postgres.place import Place, PostgresError, binaries, choose

ROLE = DATABASE = "sala"
PATIENCE = 60
"""Seconds to wait for a start; after a crash the server first recovers, or old backends have yet to go."""
_NO_CONNECTION = 2
"""What `psql` ends with where the server is not there yet, or no longer."""
_SEE_TO_IT = r"""
\getenv password PGPASSWORD
SELECT format('CREATE ROLE %I LOGIN CREATEDB PASSWORD %L', :'role', :'password')
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'role') \gexec
SELECT format('CREATE DATABASE %I OWNER %I', :'database', :'role')
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'database') \gexec
"""
_NO_SUCH_PID = 2**31 - 1
_LOG_LIMIT = 10_000_000

OPTIONS = {
    "listen_addresses": "",  # by Unix socket only: no port to clash, nothing on the network
    "unix_socket_permissions": "0700",
    "max_connections": "60",
    "jit": "off",
    "log_line_prefix": "%m [%p] ",
    "timezone": "UTC",
}


class Postgres:
    """One server, shared by every process that names the same state directory; each is a user of it until `stop`.

    `options` are server settings; they hold for the start that this object makes.
    """

    def __init__(self, state: Path, *, options: Mapping[str, str] | None = None) -> None:
        self.state = state.resolve()
        self.options = OPTIONS | dict(options or {})
        self._using: int | None = None
        self._place: Place | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def place(self) -> Place:
        self._place = self._place or choose(self.state)
        return self._place

    @cached_property
    def _programs(self) -> Path:
        return binaries(self.place)

    @property
    def url(self) -> str:
        """The address of the database, in the form of `DATABASE_URL`."""
        return self._address(ROLE, DATABASE)

    def start(self) -> str:
        """See to it that the server runs and has the role and the database; its address. May be called again."""
        self.place.make()
        if self._using is None:
            self._using = _open_lock(self.state / "users.lock")
            fcntl.flock(self._using, fcntl.LOCK_SH)  # waits while a keeper is shutting the server down
        with _locked(self.state / "start.lock"):
            self._initialise()
            self._stop_orphan()
            self._await()
        return self.url

    def alive(self) -> bool:
        """Whether a keeper, and with it the server, is running."""
        return not _free(self.state / "keeper.lock")

    def stop(self) -> None:
        """Stop using the server; wait for its end if nobody else uses it."""
        if self._using is None:
            return
        os.close(self._using)
        self._using = None
        deadline = time.monotonic() + keeper.PATIENCE + 5
        while self.alive() and not self._used_by_others() and time.monotonic() < deadline:
            time.sleep(0.02)

    def _used_by_others(self) -> bool:
        # A shared lock shows users; an exclusive one is the keeper's, who is shutting the server down.
        return not _free(self.state / "users.lock") and _free(self.state / "users.lock", shared=True)

    def _address(self, role: str, database: str) -> str:
        password = (self.state / "password").read_text().strip()
        return f"postgres://{role}:{quote(password)}@{quote(str(self.place.sockets), safe='')}/{database}"

    def _initialise(self) -> None:
        """Make the data directory, wholly or not at all."""
        if self.place.data.exists():
            return
        password = self.state / "password"
        if not password.exists():
            password.touch(mode=0o600)
            password.write_text(f"{secrets.token_urlsafe(24)}\n")
        fresh = self.place.home / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)  # of an attempt that was cut off
        lent = self.place.home / "password.lent"
        lent.touch(mode=0o600)
        lent.write_text(password.read_text())
        os.chown(lent, self.place.user.uid, self.place.user.gid)
        try:
            self._run(
                *("initdb", "-D", str(fresh), "-U", "postgres", f"--pwfile={lent}"),
                *("--auth=scram-sha-256", "--data-checksums", "--encoding=UTF8", "--no-instructions"),
                *("--lc-collate=C", f"--lc-ctype={_ctype()}"),
            )
        finally:
            lent.unlink()
        fresh.rename(self.place.data)

    def _run(self, *command: str) -> None:
        root = os.getuid() == 0
        done = subprocess.run(  # noqa: S603 - fixed programs
            [str(self._programs / command[0]), *command[1:]],
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            user=self.place.user.uid if root else None,
            group=self.place.user.gid if root else None,
            extra_groups=[] if root else None,
        )
        if done.returncode:
            raise PostgresError(f"{command[0]} failed: {done.stderr.strip()}")

    def _stop_orphan(self) -> None:
        """A server without a keeper (killed where the kernel cannot tell its child) is started anew under one."""
        if not self.alive() and self._answers():
            try:
                self._run("pg_ctl", "stop", "-D", str(self.place.data), "-m", "fast", "-w")
            except PostgresError:  # it may have been ending by itself
                if self._answers():
                    raise

    def _await(self) -> None:
        deadline = time.monotonic() + PATIENCE
        next_try = 0.0
        while not self._ready():
            if time.monotonic() > deadline:
                raise PostgresError(
                    f"PostgreSQL did not start in {PATIENCE} seconds. Its last words:\n{self._last_words()}"
                )
            if not self.alive() and time.monotonic() > next_try:
                self._spawn()
                next_try = time.monotonic() + 0.5
            time.sleep(0.02)

    def _spawn(self) -> None:
        self._disown_stale_pid()
        if self.place.log.exists() and self.place.log.stat().st_size > _LOG_LIMIT:
            self.place.log.replace(self.place.log.with_suffix(".log.1"))
        settings = self.options | {"unix_socket_directories": str(self.place.sockets)}
        server = [str(self._programs / "postgres"), "-D", str(self.place.data)]
        subprocess.run(  # noqa: S603 - fixed programs
            [
                *(sys.executable, "-I", "-S", keeper.__file__),
                *(str(self.state / "users.lock"), str(self.state / "keeper.lock"), str(self.place.log)),
                *(str(self.place.user.uid), str(self.place.user.gid), *server),
                *(f"--{name}={value}" for name, value in settings.items()),
            ],
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # a Ctrl-C at the terminal is for the app, which stops the server in its turn
        )

    def _answers(self) -> bool:
        return self._asked("SELECT")

    def _ready(self) -> bool:
        return self._asked(_SEE_TO_IT)

    def _asked(self, script: str) -> bool:
        """Run a script of `psql`; whether the server was there for it. A driver would be the half of `sala run`."""
        settings = {"ON_ERROR_STOP": "1", "role": ROLE, "database": DATABASE}
        done = subprocess.run(  # noqa: S603 - a fixed program
            [
                *(str(self._programs / "psql"), "--no-psqlrc", "--quiet", "--no-password", "--file=-"),
                *(f"--set={name}={value}" for name, value in settings.items()),
                *("--host", str(self.place.sockets), "--username=postgres", "postgres"),
            ],
            input=script,
            capture_output=True,
            text=True,
            check=False,
            env=os.environ | {"PGPASSWORD": (self.state / "password").read_text().strip(), "PGCONNECT_TIMEOUT": "5"},
        )
        if done.returncode not in {0, _NO_CONNECTION}:
            raise PostgresError(f"The database cannot be made: {done.stderr.strip()}")
        return done.returncode == 0

    def _disown_stale_pid(self) -> None:
        """After a crash another process may have got the server's pid; PostgreSQL would wait for that one for ever.

        Only the pid is made void: the rest of the file lets PostgreSQL see whether old backends still use the data.
        """
        path = self.place.data / "postmaster.pid"
        if not path.exists():
            return
        first, _, rest = path.read_text().partition("\n")
        if first.strip().isdigit() and not _is_server(int(first), self.place.data):
            path.write_text(f"{_NO_SUCH_PID}\n{rest}")

    def _last_words(self) -> str:
        if not self.place.log.exists():
            return "(none)"
        return "\n".join(self.place.log.read_text(errors="replace").splitlines()[-8:])


def _is_server(pid: int, data: Path) -> bool:
    """Whether `pid` is a living PostgreSQL server of that data directory (it works in it)."""
    if sys.platform != "linux":
        seen = subprocess.run(["ps", "-o", "comm=", "-p", str(pid)], capture_output=True, text=True, check=False)  # noqa: S603, S607
        return "postgres" in seen.stdout
    try:
        return Path(f"/proc/{pid}/cwd").readlink() == data
    except OSError:  # ended, a zombie, or of another user
        return False


def _ctype() -> str:
    # pg_trgm sees Thai letters only under a UTF-8 character type; macOS has no C.UTF-8.
    return "en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8"


def _open_lock(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    handle = _open_lock(path)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _free(path: Path, *, shared: bool = False) -> bool:
    """Whether nobody holds the lock (for `shared`: nobody holds it exclusively)."""
    if not path.exists():
        return True
    handle = _open_lock(path)
    try:
        fcntl.flock(handle, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(handle)
    return True
