"""A morning in the hall: an officer, the screen on the wall and a visitor's phone, in three browsers at once."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import segno
from playwright.sync_api import Browser, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from sala.engine.appointments.keys import key_of
from sala.engine.appointments.models import Booking, Schedule, Visit
from sala.engine.hall import arrivals, counters
from sala.engine.hall.models import Ticket
from sala.engine.hall.states import TicketState
from sala.identity.accounts.models import Account
from sala.identity.directory.models import Office
from sala.kit import clock
from sala.kit.ids import new_reference, uuid7
from tests.database import address
from tests.engine.hall.conftest import SERVICE, make_schedules
from tests.factories import actor_for, make_officer
from tests.flows.conftest import CHROMIUM, DESKTOP, PHONE, QUIET, Visitor
from tests.flows.people import BANGKOK
from tests.waiting import until
from tests.web.test_boards import up

Arrive = Callable[..., Visitor]
WALL = {"width": 1920, "height": 1080}
SOON = 15_000  # ms
# What the browser is asked to say is written down; the machine of the tests has no voice.
LISTENING = "window.said = []; speechSynthesis.speak = (words) => { said.push(words.text); words.onend?.() };"


@pytest.fixture
def hall(tm47: dict[int, int]) -> Office:
    office = Office.objects.get(id=tm47[BANGKOK])
    make_schedules(office)
    return office


@pytest.fixture
def senior(hall: Office) -> Account:
    return make_officer(hall, "senior", given_name="Kanya", surname="Srisuk", language="th")


@pytest.fixture
def booked(hall: Office) -> Visit:
    """Maria's visit: its time has just come."""
    begins = clock.now() - timedelta(minutes=1)
    visit = Visit.objects.create(
        reference=new_reference("EXT"),
        schedule=Schedule.objects.get(office=hall, service=SERVICE),
        office=hall,
        service=SERVICE,
        starts_at=begins,
        ends_at=begins + timedelta(minutes=15),
        people=1,
        name="Maria Santos",
        email="maria@example.org",
        language="en",
        channel="web",
        booked_at=begins - timedelta(days=3),
    )
    Booking.objects.create(visit=visit, service=SERVICE, person="P1", name="Maria Santos")
    return visit


@pytest.fixture
def streams(settings: Settings, live_server: LiveServer, tmp_path: Path) -> Iterator[None]:
    """The live process beside the test's server, as in a real house."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = int(found.getsockname()[1])
    settings.LIVE_URL = f"http://127.0.0.1:{port}"
    policy = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"] | {"connect-src": ["'self'", settings.LIVE_URL]}
    settings.CONTENT_SECURITY_POLICY = {"DIRECTIVES": policy}
    settings.PUBLIC_URL = live_server.url
    environment = os.environ | {
        "DATABASE_URL": address(),
        "SALA_SECRET_KEY": settings.SECRET_KEY,
        "SALA_PUBLIC_URL": live_server.url,
        "SALA_DATA": str(tmp_path),
    }
    command = [sys.executable, "-m", "sala.web.cli", "live", "--port", str(port)]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603
    try:
        until(lambda: up(port))
        yield
    finally:
        process.terminate()
        process.wait(timeout=20)


@pytest.mark.requirement("R-001.58")
def test_a_visitor_is_checked_in_called_and_told_on_the_screen_and_on_the_phone(
    visitor: Arrive, hall: Office, senior: Account, booked: Visit, streams: None
) -> None:
    # Given a screen on the wall with its sound on, and Maria's phone with her visit
    wall = visitor(language="th", size=WALL)
    wall.page.add_init_script(LISTENING)
    screen = wall.open(f"/hall/{hall.slug}/")
    assert "ยังไม่มีการเรียกคิว" in screen.locator("main").inner_text()
    screen.get_by_role("button", name="Turn on sound").click()
    phone = visitor(language="en", size=PHONE)
    phone.open(f"/visits/{booked.reference}/queue/?key={key_of(booked.id, booked.key_version)}")
    expect(phone.page.get_by_text("Show this code at the check-in desk")).to_be_visible()
    # And an officer who sets up a counter and sits down
    desk = visitor(language="en", size=DESKTOP)
    desk.sign_in(senior)
    page = desk.open("/desk/hall/")
    desk.press("Set up counters", "link")
    desk.type("Name", "3")
    desk.press("Add the counter")
    desk.press("My counter", "link")
    desk.press("Sit down here")
    # When Maria is checked in by the number she says, with the keyboard alone
    desk.press("Today’s list", "link")
    page.get_by_label("Number of the appointment").focus()
    page.keyboard.type(booked.reference.lower())
    page.keyboard.press("Enter")
    expect(page.get_by_text("Number A001, booked for")).to_be_visible()
    desk.see()
    # Then the screen shows her number among the next, and her phone her place, by themselves
    expect(screen.locator("[data-next] li")).to_have_text("A001", timeout=SOON)
    expect(phone.page.locator("[data-waiting]")).to_contain_text("You are next", timeout=SOON)
    phone.see()
    # When the officer calls the next
    desk.press("My counter", "link")
    page.get_by_role("button", name="Call the next").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".hall-serving__number")).to_have_text("A001")
    desk.see()
    # Then the screen and the phone say where she is expected, and the hall hears it in both languages
    expect(screen.locator("[data-number]")).to_have_text("A001", timeout=SOON)
    expect(screen.locator("[data-where-th]")).to_have_text("ช่องบริการ 3")
    expect(phone.page.locator("[data-called]")).to_contain_text("counter 3", timeout=SOON)
    wall.see()
    phone.see()
    until(lambda: len(screen.evaluate("window.said")) == 2)
    assert screen.evaluate("window.said") == [
        "หมายเลข เอ ศูนย์ ศูนย์ หนึ่ง เชิญที่ช่องบริการ 3",
        "Number A 0 0 1, please go to counter 3",
    ]
    # And when she has been served her phone thanks her
    desk.press("Done")
    expect(phone.page.get_by_text("Served. Thank you for coming.")).to_be_visible(timeout=SOON)
    assert Ticket.objects.get().state == TicketState.SERVED


def test_a_phone_whose_line_is_cut_finds_its_place_again(
    visitor: Arrive, hall: Office, senior: Account, streams: None
) -> None:
    by = actor_for(senior)
    first, mine = (
        arrivals.walk_in(office=hall.id, service=SERVICE, language="th", by=by, once=uuid7()) for _ in range(2)
    )
    from sala.engine.hall import calling
    from sala.engine.hall.keys import key_of as ticket_key

    counter = counters.define(office=hall.id, name="1", services=(), by=by)
    counters.sit(counter=counter, by=by)
    phone = visitor(language="th", size=PHONE)
    page = phone.open(f"/hall/{hall.slug}/ticket/{ticket_key(mine.id)}/")
    expect(page.locator("[data-waiting]")).to_contain_text("รออีก 1 คิว")
    phone.context.set_offline(True)
    called = calling.call_next(counter=counter, by=by)
    assert called
    assert called.id == first.id
    phone.context.set_offline(False)
    expect(page.locator("[data-waiting]")).to_contain_text("คิวถัดไปเป็นของท่าน", timeout=SOON)


def test_the_hall_works_without_scripts_on_a_phone_in_thai(
    visitor: Arrive, hall: Office, senior: Account, booked: Visit
) -> None:
    desk = visitor(language="th", size=PHONE, javascript=False)
    desk.sign_in(senior)
    page = desk.page
    counters.define(office=hall.id, name="1", services=(), by=actor_for(senior))
    page.goto(f"{desk.address}/desk/hall/{hall.slug}/")
    desk.fits()
    page.get_by_role("button", name="เช็กอิน Maria Santos").click()
    assert "A001" in page.locator("main").inner_text()
    page.goto(f"{desk.address}/desk/hall/{hall.slug}/counter/")
    desk.fits()
    page.get_by_role("button", name="นั่งที่ช่องนี้").click()
    page.get_by_role("button", name="เรียกคิวถัดไป").click()
    desk.fits()
    assert "A001" in page.locator(".hall-serving__number").inner_text()
    page.goto(f"{desk.address}/hall/{hall.slug}/")
    assert "A001" in page.locator("[data-number]").inner_text()
    desk.fits()


@pytest.mark.parametrize("language", ["th", "en"])
@pytest.mark.usefixtures("booked")
def test_every_page_of_the_desk_fits_a_phone_and_is_for_everybody(
    visitor: Arrive, hall: Office, senior: Account, language: str
) -> None:
    by = actor_for(senior)
    counters.define(office=hall.id, name="1", services=[SERVICE], by=by)
    ticket = arrivals.walk_in(office=hall.id, service=SERVICE, language="th", by=by, once=uuid7())
    phone = visitor(language=language, size=PHONE)
    phone.sign_in(senior)
    for path in ("", "scan/", "walk-in/", f"tickets/{ticket.id}/", "counter/", "counters/", "?day=2026-01-05"):
        phone.open(f"/desk/hall/{hall.slug}/{path}")
    phone.open(f"/hall/{hall.slug}/")


@pytest.fixture
def filmed(booked: Visit, tmp_path: Path) -> Path:
    """A film of somebody holding the QR of the visit before a camera, as the browser's fake camera plays it."""
    code = segno.make(booked.reference, error="m", micro=False)
    rows = [bytes(16 if dark else 235 for dark in row) for row in code.matrix_iter(scale=12, border=4)]
    width, height = 640, 480
    side, across = (width - len(rows[0])) // 2, (height - len(rows)) // 2
    blank = bytes([235]) * width
    picture = [blank] * across + [bytes([235]) * side + row + bytes([235]) * (width - side - len(row)) for row in rows]
    picture += [blank] * (height - len(picture))
    frame = b"FRAME\n" + b"".join(picture) + bytes([128]) * (width * height // 2)
    film = tmp_path / "camera.y4m"
    film.write_bytes(f"YUV4MPEG2 W{width} H{height} F10:1 Ip A1:1 C420jpeg\n".encode() + frame * 5)
    return film


@pytest.fixture
def camera(browser: Browser, filmed: Path) -> Iterator[Any]:
    """A browser whose camera sees the film. It has no BarcodeDetector here, so our own decoder reads it."""
    fake = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
    film = f"--use-file-for-fake-video-capture={filmed}"
    chromium = browser.browser_type.launch(executable_path=CHROMIUM, args=[*QUIET, *fake, film])
    yield chromium
    chromium.close()


def test_the_camera_reads_the_qr_and_checks_in(
    camera: Browser, live_server: LiveServer, hall: Office, senior: Account, booked: Visit
) -> None:
    with contextlib.closing(
        camera.new_context(viewport={"width": 390, "height": 844}, permissions=["camera"])
    ) as context:
        context.add_cookies([{"name": "lang", "value": "en", "url": live_server.url}])
        phone = Visitor(context.new_page(), context, live_server.url)
        phone.sign_in(senior)
        phone.page.goto(f"{live_server.url}/desk/hall/{hall.slug}/scan/")
        expect(phone.page.get_by_text("Number A001, booked for")).to_be_visible(timeout=SOON)
        assert Ticket.objects.get().visit_id == booked.id
        phone.see()
