"""Test login: for programs, for invented people, never where real people are, and loud."""

from __future__ import annotations

import os
import subprocess
import sys
from urllib.parse import urlencode

import pytest
from django.test import Client as Browser
from pytest_django import Settings

from sala.identity.accounts.models import Account, Session
from sala.identity.people.models import Person
from sala.identity.people.rules import invented_pid
from sala.identity.provider import scripted
from sala.kit.models import AuditEntry
from tests.factories import make_account, make_officer
from tests.identity.provider.conftest import AUTH, Rp, agree, begin, make_person

pytestmark = pytest.mark.django_db
PATH = "/test-login/"


@pytest.fixture
def on(settings: Settings) -> None:
    settings.TEST_LOGIN = True


def test_it_is_off_unless_it_is_switched_on(citizen: Account, client: Browser) -> None:
    assert client.get(PATH, {"account": citizen.email}).status_code == 404
    assert b"test-login" not in client.get("/").content


@pytest.mark.requirement("R-004.1")
def test_a_program_signs_in_by_an_address(on: None, citizen: Account, rp: Rp) -> None:
    program = Browser()
    wanted = f"{AUTH}?a=b&c=d"
    done = program.get(PATH, {"account": citizen.email, "next": wanted})
    assert (done.status_code, done.headers["Location"]) == (303, wanted)
    assert agree(program, begin(program, rp))["code"]
    entry = AuditEntry.objects.get(action="account.signed_in")
    assert entry.detail == {"with": "test login"}


def test_as_if_by_a_passkey(on: None, citizen: Account, client: Browser) -> None:
    client.get(PATH, {"account": citizen.email})
    client.get(PATH, {"account": citizen.email, "acr": "AAL2"})
    first, second = Session.objects.order_by("created_at")
    assert first.methods == ["pwd"]
    assert "hwk" in second.methods


def test_real_people_officers_and_strangers_are_not_signed_in(
    on: None, citizen: Account, client: Browser, offices: dict[int, int]
) -> None:
    officer = make_officer()
    make_person(officer, number=11)
    unlinked = make_account()
    Person.objects.filter(pid=invented_pid(7)).update(pid="3100600445635")
    for email in (citizen.email, unlinked.email, officer.email, "nobody@example.org"):
        assert client.get(PATH, {"account": email}).status_code == 404, email
    assert not Session.objects.exists()


def test_it_leads_to_no_other_site(on: None, citizen: Account, client: Browser) -> None:
    for bad in ("https://evil.example/", "//evil.example/", "/\\evil.example"):
        done = client.get(PATH, {"account": citizen.email, "next": bad})
        assert "evil" not in done.headers["Location"]


def test_every_page_says_so_and_leads_there(on: None, citizen: Account, client: Browser) -> None:
    page = client.get("/services/?lang=en").content.decode()
    assert "Test login is on" in page
    assert f"{PATH}?{urlencode({'next': '/services/?lang=en'})}" in page
    listed = client.get(PATH, {"next": "/services/"}).content.decode()
    assert "Mr. Somchai Jaidee" in listed
    assert "account=somchai%40example.org" in listed
    assert "ทดสอบ" in client.get("/?lang=th").content.decode()


def test_the_log_says_so(caplog: pytest.LogCaptureFixture) -> None:
    scripted.warn()
    assert "TEST LOGIN IS ON" in caplog.text


def _started(**environment: str) -> subprocess.CompletedProcess[str]:
    program = "import django; django.setup(); from sala.web import worker; print(sorted(worker.app.tasks))"
    everything = {**os.environ, "SALA_TEST_LOGIN": "1", **environment}
    return subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-c", program], env=everything, capture_output=True, text=True, check=False
    )


def test_a_production_refuses_to_start_with_it() -> None:
    done = _started(SALA_MODE="production", SALA_SECRET_KEY="x" * 50)
    assert done.returncode == 1
    assert "without proof" in done.stderr


def test_its_minutely_line_is_a_job_only_while_it_is_on() -> None:
    assert "provider.test_login_is_on" in _started().stdout
    assert "provider.test_login_is_on" not in _started(SALA_TEST_LOGIN="").stdout
