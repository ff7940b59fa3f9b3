from __future__ import annotations

from datetime import UTC, datetime
from email.message import EmailMessage

import pytest
from django.core.mail import get_connection
from django.test import Client
from pytest_django import Settings

from sala.engine.messages import queries, services
from sala.engine.messages.compose import compose
from sala.engine.messages.models import DemoMail, Message
from sala.kit import clock
from sala.kit.errors import NotFound

pytestmark = pytest.mark.django_db

REFERENCE = "TM47-P5ZC25CS-S"


def receive(to: str = "Ploy@mail.example", subject: str = "ได้รับเรื่องแล้ว") -> int:
    mail = EmailMessage()
    mail["Subject"], mail["From"], mail["To"] = subject, "no-reply@sala.example", to
    mail["Content-Language"] = "th"
    mail.set_content("ดู https://sala.example/x\n")
    mail.add_alternative("<html><head></head><body><script>alert(1)</script><p>ดู</p></body></html>", subtype="html")
    mail.add_attachment(b"BEGIN:VCALENDAR", maintype="text", subtype="calendar", filename='due";x="ครบกำหนด.ics')
    services.receive_demo_mail(mail.as_bytes(), [to])
    return DemoMail.objects.latest("id").id


@pytest.fixture(autouse=True)
def demo(settings: Settings) -> None:
    settings.DEMO = True


def test_the_inbox_shows_the_newest_first_and_filters(client: Client) -> None:
    receive(subject="one")
    receive(subject="two")
    receive(to="tom@mail.example", subject="three")
    page = client.get("/demo/mail/").content.decode()
    assert page.index("three") < page.index("two") < page.index("one")
    mine = client.get("/demo/mail/", {"to": "PLOY@mail.example"}).content.decode()
    assert "three" not in mine
    assert "two" in mine


def test_a_message_is_shown_with_its_parts(client: Client) -> None:
    mail = receive()
    page = client.get(f"/demo/mail/{mail}/").content.decode()
    assert "ได้รับเรื่องแล้ว" in page
    assert f'src="/demo/mail/{mail}/letter/"' in page
    assert 'sandbox="allow-top-navigation-by-user-activation' in page
    assert 'href="https://sala.example/x"' in page
    assert "alert(1)" not in page


def test_the_letter_is_caged(client: Client) -> None:
    response = client.get(f"/demo/mail/{receive()}/letter/")
    policy = dict(part.strip().partition(" ")[::2] for part in response["Content-Security-Policy"].split(";"))
    assert policy == {
        "default-src": "'none'",
        "style-src": "'unsafe-inline'",
        "img-src": "data:",
        "frame-ancestors": "'self'",
        "sandbox": "allow-top-navigation-by-user-activation allow-popups allow-popups-to-escape-sandbox",
    }
    assert response["X-Frame-Options"] == "SAMEORIGIN"
    assert '<base target="_top">' in response.content.decode()


def test_a_code_that_came_with_a_letter_is_shown_in_it(client: Client) -> None:
    message = Message(
        to="ploy@mail.example",
        subject="A visit",
        text="Q-48MA33Q9-2",
        html='<html><head></head><body><img src="cid:code" alt="code"></body></html>',
        language="en",
        code="Q-48MA33Q9-2",
    )
    mail = compose(message, thread=None, connection=get_connection()).message()
    services.receive_demo_mail(mail.as_bytes(), ["ploy@mail.example"])
    page = client.get(f"/demo/mail/{DemoMail.objects.latest('id').id}/letter/").content.decode()
    assert 'src="data:image/png;base64,' in page
    assert "cid:" not in page


def test_an_attachment_downloads_under_a_safe_name(client: Client) -> None:
    mail = receive()
    response = client.get(f"/demo/mail/{mail}/attachments/0/")
    assert response.content == b"BEGIN:VCALENDAR"
    assert response["Content-Type"] == "text/calendar"
    assert response["Content-Disposition"].startswith('attachment; filename="due')
    assert response["Content-Disposition"].count('"') == 2
    assert client.get(f"/demo/mail/{mail}/attachments/1/").status_code == 404


@pytest.mark.parametrize("path", ["", "1/", "1/letter/", "1/attachments/0/"])
def test_there_is_no_mailbox_in_production(client: Client, settings: Settings, path: str) -> None:
    DemoMail.objects.create(id=1, raw=b"Subject: x\n\nx", to=["a@b.example"])
    settings.DEMO = False
    assert client.get(f"/demo/mail/{path}").status_code == 404


def test_rubbish_is_shown_as_it_is(client: Client) -> None:
    services.receive_demo_mail(b"\xff\xfe\x00no mail at all", ["a@b.example"])
    assert client.get("/demo/mail/").status_code == 200
    assert client.get(f"/demo/mail/{DemoMail.objects.latest('id').id}/").status_code == 200
    assert client.get("/demo/mail/999999/").status_code == 404


def test_old_mail_goes() -> None:
    with clock.frozen(datetime(2026, 1, 1, tzinfo=UTC)):
        receive()
    with clock.frozen(datetime(2026, 2, 2, tzinfo=UTC)):
        receive()
        services.forget_demo_mail()
    assert DemoMail.objects.count() == 1


def test_reminders_stop_by_the_link_alone(client: Client) -> None:
    path = services.stop_link(REFERENCE).removeprefix("http://127.0.0.1:8000")
    page = client.get(path)
    assert page.status_code == 200
    assert REFERENCE in page.content.decode()
    assert queries.stopped([REFERENCE]) == set(), "looking stops nothing: mail scanners look at every link"
    for _ in range(2):
        done = client.post(path)
        assert done.status_code == 303
    assert client.get(done["Location"]).status_code == 200
    assert queries.stopped([REFERENCE, "TM47-OTHER000-0"]) == {REFERENCE}


def test_a_mail_program_stops_them_with_one_click() -> None:
    path = services.stop_link(REFERENCE).removeprefix("http://127.0.0.1:8000")
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 204
    assert queries.stopped([REFERENCE]) == {REFERENCE}


def test_another_key_stops_nothing(client: Client) -> None:
    assert client.post(f"/letters/{REFERENCE}/stop-reminders/wrong/").status_code == 404
    assert client.post("/letters/NONSENSE/stop-reminders/wrong/").status_code == 404
    with pytest.raises(NotFound):
        services.stop_reminders(reference=REFERENCE, key="ไทย")
    assert queries.stopped([REFERENCE]) == set()
