"""Letters go to real SMTP servers here, good and bad ones."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from django.db import connection, transaction
from procrastinate.contrib.django.models import ProcrastinateJob
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from sala.engine.messages import delivery, queries, services
from sala.engine.messages.models import Message
from sala.kit import clock
from tests.engine.messages.servers import PostOffice, free_port, post_office

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 12, 20, 3, 0, tzinfo=UTC)
REFERENCE = "TM47-P5ZC25CS-S"


@pytest.fixture(autouse=True)
def _frozen() -> Iterator[None]:
    with clock.frozen(NOW):
        yield


@pytest.fixture
def office(settings: Settings) -> Iterator[PostOffice]:
    with post_office() as office:
        use(settings, office.port)
        yield office


def use(settings: Settings, port: int) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    settings.DEFAULT_FROM_EMAIL = "Sala <no-reply@sala.example>"


def letter(key: str = "k1", **changes: Any) -> Message:
    given = {
        "to": "ploy@mail.example",
        "language": "th",
        "subject": f"รับเรื่องแล้ว {REFERENCE}",
        "text": "ผลภายใน 3 วัน\n",
        "html": "<p>ผลภายใน 3 วัน</p>",
        "kind": "case_submitted",
        "case_reference": REFERENCE,
        **changes,
    }
    services.send(key=key, **given)
    return Message.objects.get(key=key)


def parts(mail: EmailMessage) -> dict[str, str]:
    return {part.get_content_type(): str(part.get_content()) for part in mail.walk() if not part.is_multipart()}


def test_a_letter_arrives_whole(office: PostOffice) -> None:
    sent = letter(calendar="BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n")
    assert delivery.deliver_due().sent == 1
    (mail,) = office.mails
    assert office.recipients == ["ploy@mail.example"]
    assert mail["Subject"] == f"รับเรื่องแล้ว {REFERENCE}"
    assert mail["From"] == "Sala <no-reply@sala.example>"
    assert mail["Message-ID"] == f"<{sent.id}@sala.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert "List-Unsubscribe" not in mail
    assert mail.get_content_type() == "multipart/mixed"
    found = parts(mail)
    assert found["text/plain"].strip() == "ผลภายใน 3 วัน"
    assert found["text/html"].strip() == "<p>ผลภายใน 3 วัน</p>"
    assert "VCALENDAR" in found["text/calendar"]
    assert all(byte < 128 for byte in office.raw[0]), "needs no 8BITMIME"


def test_its_state_is_seen_on_the_case(office: PostOffice) -> None:
    letter()
    assert [(s.state, s.attempts) for s in queries.of_case(REFERENCE)] == [("queued", 0)]
    delivery.deliver_due()
    (seen,) = queries.of_case(REFERENCE)
    assert (seen.state, seen.attempts, seen.sent_at) == ("sent", 1, NOW)
    assert queries.of_case("") == []
    assert queries.waiting() == 0


def test_letters_of_a_case_make_one_thread(office: PostOffice) -> None:
    first = letter("k1")
    letter("k2", case_reference="TM47-OTHER000-0")
    letter("k3", unsubscribe="https://sala.example/stop")
    delivery.deliver_due()
    one, other, reply = office.mails
    assert one["References"] is None
    assert other["References"] is None
    assert reply["In-Reply-To"] == reply["References"] == f"<{first.id}@sala.example>"
    assert reply["List-Unsubscribe"] == "<https://sala.example/stop>"
    assert reply["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert office.connections == 1, "one connection for the whole round"


def test_the_same_key_is_one_letter(office: PostOffice) -> None:
    letter()
    services.send(
        key="k1", to="other@mail.example", language="en", subject="again", text="x", html="x", kind="case_submitted"
    )
    delivery.deliver_due()
    delivery.deliver_due()
    assert office.recipients == ["ploy@mail.example"]


def test_the_subject_names_the_case_in_any_case(office: PostOffice) -> None:
    letter(subject="A result")
    delivery.deliver_due()
    assert office.mails[0]["Subject"] == f"A result [{REFERENCE}]"


@pytest.mark.parametrize("evil", ["Hello\r\nBcc: all@world.example", "Hello\nX-Evil: 1", "Hello\u2028Bcc: a@b.c\x00"])
def test_no_header_can_be_slipped_in(office: PostOffice, evil: str) -> None:
    letter("subject", subject=evil)
    services.send(
        key="to",
        to="ploy@mail.example\r\nBcc: all@world.example",
        language="th",
        subject="s",
        text="t",
        html="h",
        kind="case_submitted",
        case_reference=REFERENCE,
    )
    delivery.deliver_due()
    (mail,) = office.mails
    assert office.recipients == ["ploy@mail.example"]
    assert mail["Bcc"] is None
    assert mail["X-Evil"] is None
    assert mail.defects == []
    assert {s.state for s in queries.of_case(REFERENCE)} == {"sent", "bounced"}


def test_an_unsubscribe_address_cannot_smuggle_either(office: PostOffice) -> None:
    letter(unsubscribe="https://sala.example/\r\nBcc: all@world.example")
    assert delivery.deliver_due().bounced == 1
    assert office.mails == []


@pytest.mark.parametrize("address", ["", "nobody", "a@b@c", "a b@c.example", "x" * 400 + "@mail.example"])
def test_an_impossible_address_bounces_at_once(office: PostOffice, address: str) -> None:
    assert letter(to=address).state == Message.State.BOUNCED
    assert queries.of_case(REFERENCE)[0].last_error == "not an e-mail address"
    delivery.deliver_due()
    assert office.mails == []


def test_refused_for_good_is_a_bounce_and_never_tried_again(settings: Settings) -> None:
    with post_office(refusals=["550 5.1.1 no such user"]) as office:
        use(settings, office.port)
        letter("gone")
        letter("fine")
        done = delivery.deliver_due()
        assert (done.sent, done.bounced) == (1, 1), "the next letter goes all the same"
        with clock.frozen(NOW + timedelta(days=1)):
            delivery.deliver_due()
    states = {s.kind + s.state: s for s in queries.of_case(REFERENCE)}
    assert states["case_submittedbounced"].last_error == "550 5.1.1 no such user"
    assert len(office.raw) == 1


def test_refused_for_now_is_tried_again_after_a_minute(settings: Settings) -> None:
    with post_office(refusals=["451 4.7.1 greylisted, try later"]) as office:
        use(settings, office.port)
        letter()
        assert delivery.deliver_due().postponed == 1
        (seen,) = queries.of_case(REFERENCE)
        assert (seen.state, seen.attempts) == ("retrying", 1)
        assert seen.last_error == "451 4.7.1 greylisted, try later"
        assert delivery.deliver_due().sent == 0, "not before its time"
        with clock.frozen(NOW + timedelta(minutes=1)):
            assert delivery.deliver_due().sent == 1
    assert queries.of_case(REFERENCE)[0].state == "sent"
    assert len(office.raw) == 1


def test_hung_up_in_the_middle_is_tried_again(settings: Settings) -> None:
    with post_office(hang_ups=1) as office:
        use(settings, office.port)
        letter("first")
        letter("second")
        done = delivery.deliver_due()
        assert (done.sent, done.postponed) == (0, 1), "no use in trying the next on a server that hangs up"
        with clock.frozen(NOW + timedelta(minutes=2)):
            assert delivery.deliver_due().sent == 2
    assert {s.state for s in queries.of_case(REFERENCE)} == {"sent"}


def test_a_server_that_hangs_up_on_a_used_connection_gets_a_new_one_at_once(settings: Settings) -> None:
    with post_office() as office:
        use(settings, office.port)
        letter("first")
        server = delivery._Server()  # noqa: SLF001  # the connection between two letters is the subject
        server.send(Message.objects.get(key="first"), None)
        office.hang_ups = 1
        server.send(Message.objects.get(key="first"), None)
        server.close()
    assert len(office.raw) == 2
    assert office.connections == 2


def test_nobody_at_home_keeps_all_letters(settings: Settings) -> None:
    port = free_port()
    use(settings, port)
    letter("first")
    letter("second")
    assert delivery.deliver_due().postponed == 1
    assert sorted(s.state for s in queries.of_case(REFERENCE)) == ["queued", "retrying"]
    with post_office() as office, clock.frozen(NOW + timedelta(hours=20)):
        use(settings, office.port)
        assert delivery.deliver_due().sent == 2


def test_given_up_after_two_days(settings: Settings) -> None:
    use(settings, free_port())
    letter()
    with clock.frozen(NOW + timedelta(days=2, minutes=1)):
        delivery.deliver_due()
    (seen,) = queries.of_case(REFERENCE)
    assert seen.state == "bounced"
    assert "refused" in seen.last_error


def test_a_one_time_link_is_forgotten_once_it_was_sent(office: PostOffice) -> None:
    letter(secret=True, text="https://sala.example/account/x/SECRET", html="SECRET")
    delivery.deliver_due()
    assert "SECRET" in parts(office.mails[0])["text/plain"]
    kept = Message.objects.get()
    assert kept.text == kept.html == ""


def test_one_bad_letter_does_not_stop_the_others(office: PostOffice) -> None:
    letter("bad", to="ploy@mail.example")
    Message.objects.filter(key="bad").update(to="ploy@ม\ud7ff..example")
    letter("good")
    done = delivery.deliver_due()
    assert done.sent == 1
    assert Message.objects.get(key="good").state == "sent"
    assert Message.objects.get(key="bad").state in {"bounced", "retrying"}


def test_a_round_has_an_end(office: PostOffice) -> None:
    for number in range(3):
        letter(f"k{number}")
    assert delivery.deliver_due(limit=2).more
    assert not delivery.deliver_due(limit=2).more
    assert len(office.raw) == 3


def test_posting_wakes_one_worker_after_commit(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        letter("k1")
        letter("k2")
    jobs = ProcrastinateJob.objects.filter(task_name="messages.deliver", status="todo")
    assert jobs.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_rolled_back_letter_was_never_posted() -> None:
    with transaction.atomic():
        letter()
        transaction.set_rollback(True)
    assert not Message.objects.exists()
    assert not ProcrastinateJob.objects.exists()


def test_a_worker_that_dies_after_the_server_took_it_sends_twice_but_never_not_at_all(
    office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    letter()

    def die(message: Message) -> str:
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr(delivery, "_sent", die)
        with pytest.raises(SystemExit):
            delivery.deliver_due()
    assert queries.of_case(REFERENCE)[0].state == "queued"
    assert delivery.deliver_due().sent == 1
    once, again = office.mails
    assert once["Message-ID"] == again["Message-ID"], "a mailbox can tell that it is the same letter"


@pytest.mark.django_db(transaction=True)
def test_two_workers_share_the_letters_and_send_none_twice(office: PostOffice) -> None:
    for number in range(12):
        letter(f"k{number}", to=f"p{number}@mail.example")

    def work(_: int) -> int:
        try:
            with clock.frozen(NOW):
                return delivery.deliver_due().sent
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        sent = list(pool.map(work, range(2)))
    assert sum(sent) == 12
    assert sorted(office.recipients) == sorted(f"p{n}@mail.example" for n in range(12))
