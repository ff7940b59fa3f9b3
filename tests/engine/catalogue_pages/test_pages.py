"""Finding a service: the front, search, the Online Service menu, places by postcode."""

from __future__ import annotations

import json
import re

import pytest
from django.test import Client

from sala.engine.catalogue import browsing, queries
from sala.engine.catalogue import services as catalogue
from sala.engine.catalogue.declaration import Leg
from sala.engine.catalogue.loaded import Loaded
from sala.identity.accounts.actor import system
from sala.services.immigration import declarations
from tests.engine.drafts.conftest import words
from tests.factories import client_for, make_account

pytestmark = pytest.mark.django_db


@pytest.fixture
def tm47(offices: dict[int, int]) -> Loaded:
    return declarations.publish_all(by=system("tests"))[0]


@pytest.fixture
def english(client: Client) -> Client:
    client.cookies["lang"] = "en"
    return client


def test_the_front_shows_what_is_open(english: Client, tm47: Loaded) -> None:
    page = words(english.get("/"))
    assert "90-day report (TM.47)" in page
    assert "Sign in or make an account" in page
    catalogue.set_open(slug="tm47", is_open=False, by=system("tests"))
    assert "90-day report" not in words(english.get("/"))
    assert english.get("/services/tm47/").status_code == 404


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("90 days", True), ("90-day", True), ("TM47", True), ("ตม.47", True), ("ตม47", True), ("90 วัน", True),
        ("IMMIGRATION report", True), ("passport renewal", False), ("<script>", False), ("%", False), ("", True),
    ],
)  # fmt: skip
def test_search_in_either_language(english: Client, tm47: Loaded, query: str, found: bool) -> None:
    answer = english.get("/services/", {"q": query})
    assert answer.status_code == 200
    assert ("/services/tm47/" in answer.content.decode()) is found
    assert b"<script>alert" not in answer.content


@pytest.mark.requirement("R-001.7", "R-001.9", "R-001.19", "R-001.30")
def test_menu_online_service_over_90_days_new_application(english: Client, tm47: Loaded) -> None:
    assert "/online-service/over-90-days/" in english.get("/online-service/").content.decode()
    page = english.get("/online-service/over-90-days/").content.decode()
    assert "New Application (TM.47)" in page
    assert 'href="/services/tm47/"' in page
    assert 'href="/track/"' in page
    assert english.get("/online-service/nothing/").status_code == 404


@pytest.mark.requirement("R-001.49", "R-001.50")
def test_menu_online_service_imm_service_online_appointment(english: Client, tm47: Loaded) -> None:
    menu = english.get("/online-service/").content.decode()
    assert "Imm.service Online Appointment" in menu
    href = re.search(r'href="(/online-service/[^"]*appointment[^"]*)"', menu)
    assert href
    section = english.get(href.group(1)).content.decode()
    assert "Extension of a temporary stay (TM.7)" in section
    assert "/services/extension-of-stay/" in section
    page = english.get("/services/extension-of-stay/").content.decode()
    assert "The fee of 1,900 baht" in page


def test_the_start_page_says_what_it_takes(english: Client, tm47: Loaded) -> None:
    page = words(english.get("/services/tm47/"))
    for said in ("You hear within 3 days", "The passport of everyone you report", "Immigration Act", "Trial"):
        assert said in page


@pytest.mark.requirement("R-001.48")
def test_a_trial_is_marked(english: Client, tm47: Loaded) -> None:
    assert "This service is being tried out" in words(english.get("/services/tm47/"))


def test_start_signs_in_first_and_comes_back(english: Client, tm47: Loaded) -> None:
    assert 'href="/apply/start/tm47/"' in english.get("/services/tm47/").content.decode()
    answer = english.get("/apply/start/tm47/")
    assert answer.headers["Location"] == "/account/sign-in/?next=%2Fapply%2Fstart%2Ftm47%2F"
    assert 'action="/apply/start/tm47/"' in client_for(make_account()).get("/services/tm47/").content.decode()


@pytest.mark.parametrize("query", ["10500", "Bang Rak", "บางรัก"])
def test_places_by_postcode_or_name(client: Client, offices: dict[int, int], query: str) -> None:
    answer = client.get("/areas/", {"q": query, "language": "en"})
    texts = [area["text"] for area in json.loads(answer.content)["areas"]]
    assert any("Bang Rak" in text for text in texts)
    assert "public" in answer.headers["Cache-Control"]


@pytest.mark.parametrize(
    "given", [{}, {"q": ""}, {"q": "x" * 5000}, {"chosen": "99999999"}, {"chosen": "٣"}, {"q": "\0"}]
)
def test_odd_places_are_no_failure(client: Client, offices: dict[int, int], given: dict[str, str]) -> None:
    assert client.get("/areas/", given).status_code == 200


@pytest.mark.parametrize(
    ("within", "calendar", "said"),
    [("1d", "calendar_days", "1 day"), ("3d", "calendar_days", "3 days"), ("30h", "calendar_days", "30 hours"),
     ("5d", "business_days", "5 working days")],
)  # fmt: skip
def test_a_promise_in_words(within: str, calendar: str, said: str) -> None:
    from django.utils import translation

    leg = Leg(name="result", within=within, warn="1h", calendar=calendar)  # type: ignore[arg-type]
    with translation.override("en"):
        assert browsing.promise(leg) == said


def test_nothing_is_open_yet(english: Client, offices: dict[int, int]) -> None:
    queries.forget()
    assert "No service is open yet" in words(english.get("/"))
