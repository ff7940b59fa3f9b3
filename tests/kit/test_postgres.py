"""The launcher, with real servers."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from sala.kit.postgres import Postgres, PostgresError, place
from tests.waiting import until

USER_OF_IT = """
import sys
from pathlib import Path
from sala.kit.postgres import Postgres
Postgres(Path(sys.argv[1])).start()
print("started", flush=True)
sys.stdin.read()
"""


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """One that the server's user can reach (pytest's own are closed to others), with a short path."""
    folder = Path(tempfile.mkdtemp(prefix="sala-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def pristine(folder: Path) -> Path:
    """An initialised state directory, to be copied: initialising takes long."""
    with Postgres(folder / "pristine"):
        return folder / "pristine"


@pytest.fixture
def empty(folder: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """A state directory in which nothing was started yet."""
    state = folder / request.node.name[:40]
    yield state
    server = Postgres(state)
    until(lambda: not server.alive())


@pytest.fixture
def state(empty: Path, pristine: Path) -> Path:
    subprocess.run(["cp", "-a", str(pristine), str(empty)], check=True)  # noqa: S603, S607 - keeps the owners
    (empty / "location").unlink()
    (empty / "server.log").unlink()
    return empty


@pytest.fixture
def server(state: Path) -> Iterator[Postgres]:
    with Postgres(state) as server:
        yield server


def count(server: Postgres) -> int:
    """Write a row, committed; how many there are."""
    with psycopg.connect(server.url) as connection:
        connection.execute("create table if not exists kept (n int)")
        connection.execute("insert into kept values (1)")
        row = connection.execute("select count(*) from kept").fetchone()
    assert row
    return int(row[0])


def postmaster(server: Postgres) -> int:
    return int((server.place.data / "postmaster.pid").read_text().splitlines()[0])


def keeper(server: Postgres) -> int:
    return int(Path(f"/proc/{postmaster(server)}/stat").read_text().rpartition(")")[2].split()[1])


def another_user(state: Path) -> subprocess.Popen[str]:
    user = subprocess.Popen(  # noqa: S603 - ourselves
        [sys.executable, "-c", USER_OF_IT, str(state)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert user.stdout
    assert user.stdout.readline() == "started\n"
    return user


def test_what_is_written_outlives_a_stop(state: Path) -> None:
    with Postgres(state) as server:
        assert count(server) == 1
    assert not server.alive()
    with Postgres(state) as server:
        assert count(server) == 2


def test_starting_twice_is_starting_once(server: Postgres) -> None:
    first = postmaster(server)
    assert server.start() == server.url
    assert postmaster(server) == first


def test_strangers_are_kept_out(server: Postgres) -> None:
    assert (server.state / "password").stat().st_mode & 0o777 == 0o600
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(server.url.replace("sala:", "sala:not-"))
    with psycopg.connect(server.url) as connection:
        settings = connection.execute(
            "select current_setting('listen_addresses'), current_setting('data_checksums'),"
            " (select rolsuper from pg_roles where rolname = current_user)"
        ).fetchone()
    assert settings == ("", "on", False)


def test_it_brings_what_the_tables_need(server: Postgres) -> None:
    with psycopg.connect(server.url) as connection:
        for extension in ("pg_trgm", "btree_gist", "unaccent"):
            connection.execute(f"create extension {extension}")
        assert connection.execute("select show_trgm('ศาลา') <> '{}'").fetchone() == (True,)


def test_the_server_stays_as_long_as_anybody_uses_it(server: Postgres, state: Path) -> None:
    other = another_user(state)
    server.stop()
    assert server.alive()
    assert count(server) == 1
    other.communicate()
    until(lambda: not server.alive())


def test_a_killed_app_leaves_no_server_behind(state: Path) -> None:
    app = another_user(state)
    server = Postgres(state)
    assert server.alive()
    app.kill()
    app.communicate()
    until(lambda: not server.alive())
    with Postgres(state):
        assert count(server) == 1


def test_a_killed_server_recovers_what_was_committed(server: Postgres) -> None:
    assert count(server) == 1
    os.kill(postmaster(server), signal.SIGKILL)
    until(lambda: not server.alive())
    server.start()
    assert count(server) == 2


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the next start sees to it")
def test_a_killed_keeper_takes_the_server_with_it(server: Postgres) -> None:
    assert count(server) == 1
    old = postmaster(server)
    os.kill(keeper(server), signal.SIGKILL)
    until(lambda: not server.alive())
    server.start()
    assert postmaster(server) != old
    assert count(server) == 2


def test_a_process_that_got_the_old_pid_is_not_taken_for_the_server(state: Path) -> None:
    with Postgres(state) as server:
        assert count(server) == 1
        left_behind = (server.place.data / "postmaster.pid").read_text().splitlines()
        until(lambda: len(left_behind) >= 7)
    uid = server.place.user.uid if os.getuid() == 0 else None  # PostgreSQL only minds processes of its own user
    innocent = subprocess.Popen(["cat"], stdin=subprocess.PIPE, user=uid)  # noqa: S607
    (server.place.data / "postmaster.pid").write_text("\n".join([str(innocent.pid), *left_behind[1:], ""]))
    with Postgres(state) as server:
        assert count(server) == 2
    assert innocent.poll() is None
    innocent.communicate()


def test_processes_that_start_at_once_share_one_server(state: Path) -> None:
    users = [another_user(state) for _ in range(3)]
    server = Postgres(state)
    assert count(server) == 1
    for user in users:
        user.communicate()
    log = (state / "server.log").read_text()
    assert log.count("database system is ready to accept connections") == 1


def test_an_initialisation_cut_off_begins_anew(empty: Path) -> None:
    half = Postgres(empty).place.home / "data.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18")
    with Postgres(empty) as server:
        assert count(server) == 1


def test_data_of_a_version_that_is_not_here_is_named(empty: Path) -> None:
    server = Postgres(empty)
    server.place.data.mkdir(parents=True)
    (server.place.data / "PG_VERSION").write_text("9")
    with pytest.raises(PostgresError, match=r"made by PostgreSQL 9.*pg_upgrade.*DATABASE_URL"):
        place.binaries(server.place)


def test_a_long_path_has_its_socket_elsewhere() -> None:
    deep = place.Place(Path("/s"), Path("/" + "long/" * 30), place.User(1, 1))
    assert len(str(deep.sockets)) < 40


@pytest.mark.skipif(os.getuid() != 0, reason="only root starts it as another user")
def test_root_runs_it_as_another_where_that_one_can_reach(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    chosen = place.choose(closed / "postgres")
    assert chosen.home.is_relative_to("/var/lib/sala")
    assert chosen.user.uid != 0
    assert place.choose(closed / "postgres") == chosen


def test_copied_binaries_find_their_libraries(empty: Path) -> None:
    there = place.choose(empty)
    there.home.mkdir(parents=True)
    copy = place.copied(place.binaries(there), there)
    assert copy.is_relative_to(there.home)
    told = subprocess.run([copy / "initdb", "--version"], capture_output=True, text=True, check=True)  # noqa: S603
    assert "PostgreSQL" in told.stdout
    assert place.copied(place.binaries(there), there) == copy
