from __future__ import annotations

import psycopg
import pytest
from django.db import connection
from django.test import Client
from procrastinate.contrib.django.utils import connector_params

from sala.kit import sql


def _pid() -> int:
    row = sql.fetch_one("select pg_backend_pid()")
    assert row
    return int(row[0])


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_died_meanwhile_fails_no_request() -> None:
    pid = _pid()
    with psycopg.connect(**connector_params(), autocommit=True) as other:
        other.execute("select pg_terminate_backend(%s, 5000)", [pid])
    assert Client().get("/readyz").status_code == 200
    assert _pid() != pid


@pytest.mark.django_db(transaction=True)
def test_a_living_connection_is_kept() -> None:
    pid = _pid()
    assert Client().get("/readyz").status_code == 200
    assert _pid() == pid
    connection.close()
