"""One test run: settings, its database, the requirement marker."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import DjangoDbBlocker

from tests.own_server import TOLD, Claim, claim

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sala.web.settings")

pytest_plugins = ["tests.places", "tests.flows.people", "tests.faces_house"]

ROOT = Path(__file__).resolve().parent.parent
FLOWS = ROOT / "tests" / "flows"
# A test database is made anew each run, so nothing in it needs to survive a loss of power.
HASTY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "300"}


_claim = pytest.StashKey[Claim]()


def pytest_configure(config: pytest.Config) -> None:
    from django.conf import settings
    from django.utils.translation.reloader import translation_file_changed

    from sala.web import words

    for made in words.compile_stale():
        translation_file_changed(None, made)  # Django may have looked before they were there
    # The test server finds files by their plain names; names with a hash, from an earlier `make run`, it does not know.
    settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}

    if not os.environ.get("DATABASE_URL") and not hasattr(config, "workerinput"):
        config.stash[_claim] = claim(ROOT / "var")
        os.environ[TOLD] = str(config.stash[_claim].folder)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The files that take long come first, or one process would work on alone at the end.

    Those with a browser before all, so that each process starts it once.
    """
    cost: Counter[Path] = Counter()
    for item in items:
        cost[item.path] += _guess(item)
    items.sort(key=lambda item: (FLOWS not in item.path.parents, -cost[item.path], str(item.path)))


def _guess(item: pytest.Item) -> int:
    """How long a test takes, in hundredths of a second: those that commit are also those that start servers."""
    names = getattr(item, "fixturenames", ())
    mark = item.get_closest_marker("django_db")
    if "live_server" in names or "transactional_db" in names or (mark and mark.kwargs.get("transaction")):
        return 50
    return 5 if mark or "db" in names else 1


def pytest_unconfigure(config: pytest.Config) -> None:
    if held := config.stash.get(_claim, None):
        held.give_back()


@pytest.fixture(scope="session")
def database_url() -> Iterator[str]:
    """`DATABASE_URL`, else a server of this run's own: one for all xdist workers, stopped with the last of them."""
    from sala.kit.postgres import Postgres

    if url := os.environ.get("DATABASE_URL"):
        yield url
        return
    with Postgres(Path(os.environ[TOLD]), options=HASTY) as server:
        yield server.url


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None, database_url: str) -> None:
    """Point Django, which read its settings before any fixture ran, to that database."""
    import dj_database_url
    from django.db import connections

    address = dj_database_url.parse(database_url)
    for key in ("HOST", "PORT", "USER", "PASSWORD"):
        connections["default"].settings_dict[key] = address[key]  # type: ignore[literal-required]


@pytest.fixture(autouse=True)
def _fresh_catalogue() -> None:
    """A process remembers for two seconds which version of a service is current; a rolled-back test must not."""
    from sala.engine.catalogue import queries

    queries.forget()


@pytest.fixture(autouse=True)
def _nobody_at_the_door() -> None:
    """A process counts who asks for which calendar, by the schedule's number; that of a rolled-back test is no more."""
    from sala.engine.waiting import load

    load.forget()


@pytest.fixture(scope="session")
def django_db_setup(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, django_db_keepdb: bool
) -> Iterator[None]:
    """The places are in the database of this process, and stay; at the end it goes, whoever is still connected.

    A browser's last request may be on its way to the live server when the run is over, and a database with a
    visitor cannot be dropped.
    """
    from django.core.management import call_command
    from django.db import connection

    from tests import places, restoring

    with django_db_blocker.unblock():
        if django_db_keepdb:  # a run that was killed may have left something
            call_command("flush", verbosity=0, interactive=False)
            connection.cursor().execute("truncate procrastinate_jobs, procrastinate_workers cascade")
        places.load()
        start = restoring.look()
    with restoring.restored(start):
        yield
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and usename = current_user and pid <> pg_backend_pid()"
        )
