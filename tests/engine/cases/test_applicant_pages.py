"""A request's page for its applicant: by sign-in, by key, by number and e-mail address; nobody else; no holds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

from sala.engine.cases import decisions, services
from sala.engine.cases.filing import Filed
from sala.engine.cases.keys import key_of
from sala.engine.cases.models import Attachment, Case
from sala.engine.catalogue import queries as catalogue
from sala.identity.accounts.actor import Actor
from sala.identity.accounts.models import Account
from sala.kit import clock
from sala.kit.ids import new_reference
from tests.engine.cases.conftest import NOW, File
from tests.engine.drafts.conftest import PNG, words
from tests.factories import client_for, make_account

pytestmark = pytest.mark.django_db
Officer = Callable[..., Actor]


@pytest.fixture
def filed(file: File) -> Filed:
    return file()


@pytest.fixture
def owner(filed: Filed) -> Client:
    client = client_for(Account.objects.get(email="maria@example.org"))
    client.cookies["lang"] = "en"
    return client


@pytest.fixture
def stranger() -> Client:
    client = Client()
    client.cookies["lang"] = "en"
    return client


def page_of(client: Client, filed: Filed, **query: str) -> HttpResponse:
    return client.get(f"/cases/{filed.reference}/", query, follow=True)


@pytest.fixture
def asked(filed: Filed, officer_at: Officer) -> Filed:
    officer = officer_at()
    services.ask(
        reference=filed.reference,
        fields=["person.passport", "contact.photo"],
        message="Which one?\nA photo, please",
        by=officer,
    )
    return filed


class TestWhoSees:
    def test_the_owner_sees_it_whole(self, owner: Client, filed: Filed) -> None:
        page = words(page_of(owner, filed))
        assert "We have received your request" in page
        assert "25 November 2026, 10:00" in page
        assert "AB123456" in page

    def test_another_account_is_told_there_is_none(self, filed: Filed) -> None:
        assert client_for(make_account()).get(f"/cases/{filed.reference}/").status_code == 404

    def test_a_stranger_is_led_to_the_look_up_whether_it_exists_or_not(self, stranger: Client, filed: Filed) -> None:
        for reference in (filed.reference, "PRM-00000000-0"):
            answer = stranger.get(f"/cases/{reference}/")
            assert answer.headers["Location"] == f"/track/?reference={reference}"

    def test_the_key_opens_it_and_leaves_the_address(self, stranger: Client, filed: Filed) -> None:
        answer = stranger.get(f"/cases/{filed.reference}/", {"key": filed.key})
        assert answer.status_code == 303
        assert answer.headers["Location"] == f"/cases/{filed.reference}/"
        assert "AB123456" in words(page_of(stranger, filed))
        assert answer.headers["Cache-Control"] == "no-store"

    def test_a_wrong_or_revoked_key_does_not(self, stranger: Client, filed: Filed) -> None:
        assert stranger.get(f"/cases/{filed.reference}/", {"key": "x" * 22}).status_code == 404
        stranger.get(f"/cases/{filed.reference}/", {"key": filed.key})
        Case.objects.update(key_version=2)
        assert stranger.get(f"/cases/{filed.reference}/").status_code == 404 or "track" in stranger.get(
            f"/cases/{filed.reference}/"
        ).headers.get("Location", "")

    def test_a_key_of_one_case_opens_no_other(self, stranger: Client, filed: Filed, file: File) -> None:
        other = file()
        assert stranger.get(f"/cases/{other.reference}/", {"key": filed.key}).status_code == 404

    def test_a_number_typed_carelessly_is_understood(self, owner: Client, filed: Filed) -> None:
        loose = filed.reference.lower().replace("-", "")
        assert owner.get(f"/cases/{loose}/").headers["Location"] == f"/cases/{filed.reference}/"


class TestTrack:
    @pytest.mark.requirement("R-001.30", "R-001.37")
    def test_number_and_email_show_the_status_and_no_answers(self, stranger: Client, filed: Filed) -> None:
        answer = stranger.post("/track/", {"reference": filed.reference, "email": "Maria@Example.org"}, follow=True)
        page = words(answer)
        assert "We have received your request" in page
        assert "AB123456" not in page
        assert "Maria Silva" not in page
        assert stranger.get(f"/cases/{filed.reference}/withdraw/").status_code == 404
        assert stranger.get(f"/cases/{filed.reference}/receipt.pdf").status_code == 404

    def test_the_same_words_for_unknown_and_for_another_address(self, stranger: Client, filed: Filed) -> None:
        unknown = "PRM-7K3M9QXT-" + next(c for c in "0123456789ABCDEFGHJKMNPQRSTV" if _valid(f"PRM-7K3M9QXT-{c}"))
        one = stranger.post("/track/", {"reference": unknown, "email": "maria@example.org"})
        two = stranger.post("/track/", {"reference": filed.reference, "email": "eve@example.org"})
        assert one.status_code == two.status_code == 422
        assert words(one) == words(two)

    def test_a_mistyped_number_is_told_from_an_unknown_one(self, stranger: Client) -> None:
        page = words(stranger.post("/track/", {"reference": "PRM-123", "email": "maria@example.org"}))
        assert "not complete or mistyped" in page

    def test_cannot_be_guessed(self, stranger: Client, filed: Filed) -> None:
        for _ in range(20):
            stranger.post("/track/", {"reference": filed.reference, "email": "eve@example.org"})
        answer = stranger.post("/track/", {"reference": filed.reference, "email": "maria@example.org"})
        assert answer.status_code == 429
        assert int(answer.headers["Retry-After"]) > 0


def _valid(reference: str) -> bool:
    from sala.kit.ids import normal_reference

    return normal_reference(reference) is not None


class TestAnswering:
    @pytest.mark.requirement("R-001.31")
    def test_the_question_is_answered_in_the_same_place(self, owner: Client, asked: Filed) -> None:
        page = owner.get(f"/cases/{asked.reference}/").content.decode()
        assert 'value="AB123456"' in page
        assert "Which one?<br>A photo, please" in page
        answer = owner.post(
            f"/cases/{asked.reference}/",
            {
                "person--passport": "CD654321",
                "contact--photo": SimpleUploadedFile("me.png", PNG),
                "message": "It was renewed",
            },
        )
        assert answer.status_code == 303
        case = Case.objects.get(reference=asked.reference)
        assert case.answers["person"]["passport"] == "CD654321"
        assert case.answers["contact"]["photo"]["name"] == "me.png"
        assert Attachment.objects.get().case_id == case.id
        assert "Your answer has arrived" in words(owner.get(answer.headers["Location"]))

    def test_wrong_answers_stay_as_typed(self, owner: Client, asked: Filed) -> None:
        answer = owner.post(f"/cases/{asked.reference}/", {"person--passport": "nonsense!", "message": "Hm"})
        page = answer.content.decode()
        assert answer.status_code == 422
        assert 'value="nonsense!"' in page
        assert 'href="#person--passport"' in page
        assert ">Hm</textarea>" in page
        assert Case.objects.get(reference=asked.reference).state == "info_requested"

    def test_by_key_without_a_sign_in(self, stranger: Client, asked: Filed) -> None:
        stranger.get(f"/cases/{asked.reference}/", {"key": asked.key})
        answer = stranger.post(f"/cases/{asked.reference}/", {"person--passport": "CD654321"})
        assert answer.status_code == 303
        assert Case.objects.get(reference=asked.reference).answers["person"]["passport"] == "CD654321"

    def test_by_number_and_email_it_is_neither_seen_nor_answered(self, stranger: Client, asked: Filed) -> None:
        stranger.post("/track/", {"reference": asked.reference, "email": "maria@example.org"})
        page = words(page_of(stranger, asked))
        assert "Which one?" not in page
        assert "sign in or open the link" in page
        stranger.post(f"/cases/{asked.reference}/", {"person--passport": "CD654321"})
        assert Case.objects.get(reference=asked.reference).answers["person"]["passport"] == "AB123456"

    def test_a_double_click_answers_once(self, owner: Client, asked: Filed) -> None:
        for _ in range(2):
            assert owner.post(f"/cases/{asked.reference}/", {"person--passport": "CD654321"}).status_code == 303

    def test_only_what_was_asked_is_changed(self, owner: Client, asked: Filed) -> None:
        owner.post(f"/cases/{asked.reference}/", {"person--passport": "CD654321", "person--name": "Eve"})
        assert Case.objects.get(reference=asked.reference).answers["person"]["name"] == "Maria Silva"


class TestWithdraw:
    def test_after_asking(self, owner: Client, filed: Filed) -> None:
        assert owner.get(f"/cases/{filed.reference}/withdraw/").status_code == 200
        for _ in range(2):
            assert owner.post(f"/cases/{filed.reference}/withdraw/").status_code == 303
        assert "You took this request back" in words(page_of(owner, filed))

    def test_not_once_it_is_decided(self, owner: Client, filed: Filed, officer_at: Officer) -> None:
        decisions.approve(reference=filed.reference, by=officer_at())
        answer = owner.post(f"/cases/{filed.reference}/withdraw/")
        assert answer.status_code == 409
        assert "can no longer be taken back" in words(answer)


@pytest.mark.requirement("R-001.36")
def test_a_held_request_looks_like_any_other(owner: Client, filed: Filed, file: File, officer_at: Officer) -> None:
    other = file()
    decisions.hold(reference=filed.reference, reason="A warrant", by=officer_at(role="senior"))
    held, free = (words(page_of(owner, one)).replace(one.reference, "") for one in (filed, other))
    assert held == free


def test_a_promise_not_kept_is_owned_up_to(owner: Client, filed: Filed) -> None:
    from sala.identity.accounts import requests

    with clock.frozen(NOW + timedelta(days=4)):
        client = client_for(Account.objects.get(email="maria@example.org"))
        client.cookies["lang"] = "en"
        assert requests.COOKIE in client.cookies
        page = words(client.get(f"/cases/{filed.reference}/"))
    assert "have not kept to it" in page


def test_the_result_with_its_papers(owner: Client, filed: Filed, officer_at: Officer) -> None:
    decisions.approve(reference=filed.reference, by=officer_at())
    page = words(page_of(owner, filed))
    assert "Your request is approved" in page
    answer = owner.get(f"/cases/{filed.reference}/reminder.ics")
    assert answer.headers["Content-Type"].startswith("text/calendar")
    assert b"BEGIN:VCALENDAR" in answer.content


def test_a_refusal_says_why_and_what_next(owner: Client, filed: Filed, officer_at: Officer) -> None:
    officer = officer_at()
    decisions.refuse(reference=filed.reference, reason="not_yours", by=officer)
    page = words(page_of(owner, filed))
    assert "Not the applicant's" in page
    assert "Please file again" in page


def test_after_a_refusal_it_is_begun_again_with_what_was_answered(
    owner: Client, stranger: Client, filed: Filed, officer_at: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "File again" not in words(page_of(owner, filed))
    decisions.refuse(reference=filed.reference, reason="not_yours", by=officer_at())
    assert "File again" in words(page_of(stranger, filed, key=key_of(filed.id)))
    answer = owner.post("/apply/start/test-permit/", follow=True)
    assert "Some answers come from your last report" in words(answer)
    assert "AB123456" in words(answer)
    monkeypatch.setattr(catalogue, "catalogue", list)
    assert "File again" not in words(page_of(owner, filed)), "the service is closed"


def test_keys_are_never_in_the_page(owner: Client, filed: Filed) -> None:
    assert key_of(filed.id) not in page_of(owner, filed).content.decode()


def test_a_file_is_a_download_of_its_own_case_only(owner: Client, asked: Filed, file: File) -> None:
    given: Any = {"person--passport": "CD654321", "contact--photo": SimpleUploadedFile("me.png", PNG)}
    owner.post(f"/cases/{asked.reference}/", given)
    kept = Attachment.objects.get()
    answer = owner.get(f"/cases/{asked.reference}/files/{kept.id}/")
    assert answer.content == PNG
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert owner.get(f"/cases/{file().reference}/files/{kept.id}/").status_code == 404


def test_looking_up_is_counted_by_the_reader_s_own_address_behind_our_proxy(filed: Filed, settings: Any) -> None:
    """Else all readers would share the proxy's twenty looks."""
    settings.PROXIES = 1
    client = Client()

    def look(number: str, address: str) -> int:
        given = {"reference": number, "email": "nobody@example.org"}
        return client.post("/track/", given, headers={"X-Forwarded-For": f"6.6.6.6, {address}"}).status_code

    numbers = [new_reference("TM47") for _ in range(21)]
    assert {look(number, "192.0.2.1") for number in numbers[:20]} == {422}
    assert look(numbers[20], "192.0.2.1") == 429
    assert look(numbers[20], "192.0.2.2") == 422
