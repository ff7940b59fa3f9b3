"""Seeing a doctor, by two files and no code: a declaration and a list of hospitals (R-003.13).

Offices loaded, service published, schedules begun; booked by API and by pages, found by the hospital's officer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from sala.engine.appointments import availability, queries
from sala.engine.appointments.models import Booking, Visit
from sala.engine.appointments.office import schedules
from sala.engine.cases import decisions, queues, services
from sala.engine.cases.models import Case
from sala.engine.catalogue import checking
from sala.engine.catalogue import queries as catalogue
from sala.engine.catalogue import services as publishing
from sala.engine.catalogue.loaded import Loaded
from sala.engine.messages.models import Message
from sala.identity.accounts.actor import Actor, system
from sala.identity.directory import offices_file
from sala.identity.directory import queries as directory
from sala.identity.directory import services as directory_services
from sala.identity.directory.models import Office
from sala.kit import clock, throttle
from tests.background import settle
from tests.factories import actor_for, make_officer

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("R-003.13")]
FOLDER = Path(__file__).parents[2] / "sala" / "services" / "health"
MONDAY = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
TUESDAY = date(2026, 11, 24)
HOSPITAL = "samut-sakhon-hospital"
ADDRESS = {"line": "99/1 หมู่ 4", "subdistrict": 740101}


def patient(pid: str = "1101700230708") -> dict[str, Any]:
    return {
        "patient": {"pid": pid, "given_name": "สมชาย", "surname": "ใจดี", "birth_date": "1980-05-01"},
        "visit": {"clinic": "general", "complaint": "ไอมาสามวัน", "right": "universal"},
        "contact": {"address": ADDRESS, "email": "somchai@example.org", "phone": "+66812345678"},
    }


def book(client: Client, answers: dict[str, Any], starts_at: str) -> Any:
    body = {"service": "see-a-doctor", "office": HOSPITAL, "starts_at": starts_at, "answers": [answers]}
    return client.post("/api/v1/bookings", body, content_type="application/json")


@pytest.fixture(autouse=True)
def doctor(offices: dict[int, int]) -> Iterator[Loaded]:
    """The agency's folder, as an installation loads it."""
    throttle.forget()
    assert not list(FOLDER.glob("**/*.py")), "by declaration alone"
    directory_services.load_agencies()
    offices_file.load(FOLDER / "offices.csv")
    with clock.frozen(MONDAY):
        service = publishing.publish(checking.load_text((FOLDER / "see-a-doctor.yaml").read_text()), by=system("tests"))
        catalogue.forget()
        for office in schedules.lacking(service):
            schedules.ensure(service, office)
        yield service
    catalogue.forget()
    directory.forget_offices()


@pytest.fixture
def officer() -> Actor:
    return actor_for(make_officer(Office.objects.get(slug=HOSPITAL)))


def test_every_hospital_has_places(doctor: Loaded) -> None:
    found = availability.offices_with(doctor.slug)
    assert len(found) == len(directory.offices_of_kind("hospital")) >= 10
    with clock.frozen(MONDAY + timedelta(hours=1)):
        assert all(choice.next_free for choice in availability.offices_with(doctor.slug))


@pytest.mark.requirement("R-001.54", "R-001.57")
def test_booked_by_api_and_seen(client: Client, officer: Actor) -> None:
    with clock.frozen(MONDAY + timedelta(hours=1)):
        listed = client.get("/api/v1/offices", {"service": "see-a-doctor", "province": 74}).json()["items"]
        assert [item["office"] for item in listed] == [HOSPITAL]
        asked = {"office": HOSPITAL, "service": "see-a-doctor", "from": "2026-11-24", "to": "2026-11-24"}
        slots = client.get("/api/v1/slots", asked).json()["items"]
        assert slots[0]["starts_at"] == "2026-11-24T01:30:00Z"
        first, second = (slot["starts_at"] for slot in slots[:2])
        receipt = book(client, patient(), first).json()
        assert book(client, patient("3100600445635"), first).status_code == 201
        full = book(client, patient("1234567890121"), first)
        assert (full.status_code, full.json()["code"]) == (409, "place_taken")
        assert len(full.json()["alternatives"]) == 3
        again = book(client, patient(), second)
        assert (again.status_code, again.json()["code"]) == (409, "already_booked")
    (filed,) = receipt["cases"]
    with clock.frozen(datetime(2026, 11, 24, 1, 50, tzinfo=UTC)):
        services.claim(reference=filed["reference"], by=officer)
        decisions.complete(reference=filed["reference"], message="พบแพทย์แล้ว", by=officer)
    assert client.get(f"/api/v1/cases/{filed['reference']}", {"key": filed["key"]}).json()["status"] == "completed"


def test_no_result_is_promised_of_what_nobody_decides(client: Client) -> None:
    client.cookies["lang"] = "en"
    page = client.get("/services/see-a-doctor/").content.decode()
    assert "about 15 minutes for each person" in page
    assert "working day" not in page
    with clock.frozen(MONDAY + timedelta(hours=1)):
        (filed,) = book(client, patient(), "2026-11-24T10:00:00+07:00").json()["cases"]
        shown = client.get(f"/cases/{filed['reference']}/", {"key": filed["key"]}, follow=True).content.decode()
    assert filed["reference"] in shown
    with clock.frozen(MONDAY + timedelta(days=9)):
        late = client.get(f"/cases/{filed['reference']}/", {"key": filed["key"]}, follow=True).content.decode()
    assert "You hear by" not in shown
    assert "We promised" not in late
    assert "The result" not in shown


def test_a_request_alone_is_refused_with_the_way(client: Client) -> None:
    answer = client.post("/api/v1/services/see-a-doctor/cases", {"answers": patient()}, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (409, "needs_visit")
    assert not Case.objects.exists()


def test_the_officer_of_the_hospital_finds_the_visit_and_the_case(client: Client, officer: Actor) -> None:
    with clock.frozen(MONDAY + timedelta(hours=1)):
        receipt = book(client, patient(), "2026-11-24T10:00:00+07:00").json()
    (visit,) = queries.day_list(Office.objects.get(slug=HOSPITAL).id, TUESDAY)
    assert visit.reference == receipt["reference"]
    assert Booking.objects.get(visit=visit).person == "1101700230708"
    assert [c.reference for c in queues.queue(name="new", by=officer).cases] == [receipt["cases"][0]["reference"]]
    assert Visit.objects.get().office_id == Case.objects.get().office_id


@pytest.mark.requirement("R-001.51", "R-001.52", "R-001.53", "R-001.56")
def test_booked_by_pages_without_a_sign_in(client: Client) -> None:
    """Hospital, day, time, the form of the declaration, sent: a number on the screen, and the letter."""
    client.cookies["lang"] = "en"
    with clock.frozen(MONDAY + timedelta(hours=1)):
        draft = client.post("/apply/start/see-a-doctor/").headers["Location"].split("/")[2]
        page = client.get(f"/apply/{draft}/", follow=True)
        page = client.get(page.redirect_chain[-1][0], {"province": "74"})
        day = client.get(_link(page, "visit-day"))
        times = _link(day, f"visit-time/[0-9]+/{TUESDAY}")
        page = client.post(times, {"at": "2026-11-24T09:00"}, follow=True)
        assert "until" in page.content.decode()  # the place is kept while the form is filled in
        for key, answers in _typed().items():
            page = client.post(f"/apply/{draft}/{key}/", answers | _hidden(page), follow=True)
            assert page.status_code == 200, (key, page.content.decode())
        assert page.redirect_chain[-1][0].endswith("/check-answers/")
        shown = client.post(page.redirect_chain[-1][0], _hidden(page), follow=True).content.decode()
    visit = Visit.objects.get()
    assert visit.reference in shown
    assert "Samut Sakhon Hospital" in shown
    assert Case.objects.get().office_id == visit.office_id
    settle()
    (letter,) = Message.objects.filter(to="somchai@example.org")
    assert visit.reference in letter.text


def _typed() -> dict[str, dict[str, str]]:
    born = {"birth_date-day": "1", "birth_date-month": "5", "birth_date-year": "2523"}
    return {
        "patient": {"pid": "1101700230708", "given_name": "สมชาย", "surname": "ใจดี", **born},
        "visit": {"clinic": "general", "complaint": "", "right": "universal"},
        "contact": {
            "address-line": "99/1 หมู่ 4",
            "address-find": "74000",
            "address-area": "740101",
            "email": "somchai@example.org",
            "phone": "081 234 5678",
        },
    }


def _link(page: Any, part: str) -> str:
    found = re.search(rf'href="(/apply/[0-9a-f-]+/{part}[^"]*)"', page.content.decode())
    assert found, part
    return found.group(1)


def _hidden(page: Any) -> dict[str, str]:
    text = page.content.decode()
    found = re.findall(r'<input[^>]*type="hidden"[^>]*>', text[text.index("<main") :])
    pairs = ((re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)) for tag in found)
    return {name.group(1): value.group(1) if value else "" for name, value in pairs if name}
