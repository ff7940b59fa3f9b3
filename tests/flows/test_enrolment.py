"""Somebody shows on their phone, in Thai, that it is they: card, face before the camera, PIN; and what a mistake looks
like. The camera is the film of test_camera."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.test import override_settings
from playwright.sync_api import Browser, ViewportSize, expect
from pytest_django.live_server_helper import LiveServer

from sala.identity.people import queries as people
from tests.faces_house import FacesHouse
from tests.factories import make_account
from tests.flows.conftest import Visitor
from tests.flows.test_camera import HURRY, STEPS, camera  # noqa: F401 - a fixture
from tests.identity.enrolment.office import LASER, citizen
from tests.identity.enrolment.selves import PIN

Arrive = Callable[..., Visitor]


@pytest.fixture(autouse=True)
def _keys(tmp_path: Path) -> Iterator[None]:
    with override_settings(REGISTER_KEYS=str(tmp_path / "register.keys")):
        yield


@pytest.mark.usefixtures("offices")
@pytest.mark.requirement("R-004.1", "R-004.3", "R-004.8", "R-004.22")
def test_card_and_face_are_shown_on_a_phone_in_thai(
    camera: Browser,  # noqa: F811 - the fixture
    live_server: LiveServer,
    faces_house: FacesHouse,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Given somebody who stands in the register, has their card, and an account that is nobody's yet
    person, account = citizen(photograph="collins/1"), make_account(language="th")
    context = camera.new_context(viewport=ViewportSize(width=390, height=844), locale="th-TH")
    context.add_cookies([{"name": "lang", "value": "th", "url": live_server.url}])
    context.add_init_script(HURRY)
    phone = Visitor(context.new_page(), context, live_server.url)
    phone.sign_in(account)
    page = phone.open("/id/")
    phone.press("เริ่ม", role="link")
    expect(page.get_by_text("IAL 2.2")).to_be_visible()
    phone.press("เริ่ม")
    # When they mistype, what is wrong is said, and what they typed stays
    page.get_by_label("เลขประจำตัวประชาชน", exact=True).focus()
    page.keyboard.type("1 2345")
    page.keyboard.press("Tab")
    page.keyboard.type("13 4 2528")
    page.keyboard.press("Tab")
    page.keyboard.type(LASER.lower())
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("13 หลัก")
    phone.see()
    page.get_by_label("เลขประจำตัวประชาชน", exact=True).fill(person.pid)
    phone.press("ดำเนินการต่อ")
    expect(page.get_by_role("heading", name="ข้อมูลบัตรของท่านถูกต้อง")).to_be_visible()
    # And do before the camera what it asks
    monkeypatch.setattr(secrets.SystemRandom, "sample", lambda *_: STEPS)
    phone.press("ต่อไปด้วยใบหน้า")
    page.get_by_role("button", name="เปิดกล้อง").click()
    expect(page.get_by_role("heading", name="ยืนยันแล้วว่าเป็นท่าน")).to_be_visible()
    phone.see()
    page.get_by_label("PIN ใหม่", exact=True).fill(PIN)
    page.get_by_label("ใส่ PIN เดิมอีกครั้ง", exact=True).fill(PIN)
    phone.press("เชื่อมบัญชีของฉัน")
    # Then the account is theirs, at the level of a face
    expect(page.get_by_role("heading", name="เชื่อมบัญชีของท่านแล้ว")).to_be_visible()
    linked = people.of_account(account.id)
    assert linked
    assert (linked.person.id, linked.ial) == (person.id, "2.2")
    context.close()


@pytest.mark.requirement("R-004.1")
def test_who_cannot_sign_in_finds_three_ways_without_a_script(visitor: Arrive) -> None:
    plain = visitor(language="en", javascript=False)
    page = plain.open("/account/sign-in/")
    plain.press("I cannot sign in, and cannot read my e-mail", role="link")
    expect(page.get_by_role("heading", name="I would rather go to an office")).to_be_visible()
    plain.press("Show my card and my face", role="link")
    plain.press("Continue")
    expect(page.get_by_role("heading", name="There is a problem")).to_be_visible()
    phone = visitor(language="en")
    for path in ("/id/recover/", "/id/recover/card/", "/id/recover/code/"):
        phone.open(path)
