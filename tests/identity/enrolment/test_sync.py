"""Records that were made without connection: sealed, entered once, none dropped, each answered."""

from __future__ import annotations

import base64
import json
import os
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from django.db import connection
from django.test import Client
from hypothesis import given
from hypothesis import strategies as some

from sala.identity.accounts.actor import Actor
from sala.identity.accounts.models import Account
from sala.identity.directory.queries import OfficeCard
from sala.identity.enrolment import envelopes, portraits, syncing
from sala.identity.enrolment import services as own
from sala.identity.enrolment.models import Enrolment
from sala.identity.enrolment.station import services
from sala.identity.people import queries, sealing
from sala.identity.people import services as people
from sala.kit import clock
from tests.faces_house import picture
from tests.factories import actor_for, client_for, client_in_english, make_account, make_officer
from tests.identity.enrolment.office import (
    BY,
    EXPIRES,
    LASER,
    citizen,
    link,
    registration_office,
    row,
    searched,
)  # fmt: skip

SYNC = "/desk/enrolment/sync/"
pytestmark = pytest.mark.usefixtures("register_keys", "no_faces_house")
CODE = "K7M39QXT"


@pytest.fixture
def station(officer: Account) -> Client:
    return client_in_english(officer)


def record(person: queries.PersonCard, by: Actor | None = None, **given: Any) -> dict[str, Any]:
    """As a station captures it, an hour ago."""
    return {
        "pid": person.pid, "birth_date": person.birth_date.isoformat(), "laser": LASER,
        "expires_on": EXPIRES.isoformat(), "picture": base64.b64encode(picture("obama/1")).decode(), "code": CODE,
        "captured_at": (datetime.now(UTC) - timedelta(hours=1)).isoformat(),
        "officer": syncing.word(by) if by else "",
    } | given  # fmt: skip


def sealed(content: Any, enrolment: UUID | None = None) -> bytes:
    """As a browser sends it."""
    text = content if isinstance(content, bytes) else json.dumps(content).encode()
    about, key = enrolment or uuid4(), envelopes.public_key()
    return msgspec.json.encode(envelopes.sealed(text, about=about, recipient=key, iv=os.urandom(12)))


def send(station: Client, body: bytes) -> dict[str, Any]:
    response = station.post(SYNC, body, content_type="application/json")
    assert response.status_code == 200, response.content.decode()
    answer: dict[str, Any] = response.json()
    return answer


@pytest.fixture
def person(offices: dict[int, int]) -> queries.PersonCard:
    """In the register since yesterday."""
    with clock.frozen(clock.now() - timedelta(days=1)):
        return citizen(photograph="obama/2")


@pytest.mark.django_db
def test_a_record_comes_in_once_however_often_it_is_sent(
    station: Client, person: queries.PersonCard, by: Actor, office: OfficeCard
) -> None:
    body = sealed(record(person, by))
    first, second = send(station, body), send(station, body)
    assert (first["state"], second["state"]) == ("entered", "known")
    assert first["id"] == second["id"]
    entered = row(UUID(first["id"]))
    assert Enrolment.objects.count() == 1
    told = entered.proofs["offline"]["detail"]
    assert told["captured_by"] == by.label
    assert datetime.fromisoformat(told["captured_at"]) < entered.started_at - timedelta(minutes=50)
    assert {"card", "laser", "taken", "compared"} <= set(entered.proofs)
    # The slip of then works when the officer has finished, and not before
    account = actor_for(make_account())
    with pytest.raises(Exception, match="correcting"):
        own.redeem(code=CODE, birth="13 4 2528", by=account)
    services.decide(enrolment=entered.id, same=True, reason="By the ears", office=office, by=by)
    searched(entered.id, office, by)
    services.finish(enrolment=entered.id, valid="slip", office=office, by=by)
    assert own.redeem(code=CODE, birth="13 4 2528", by=account).ial == "2.3"


@pytest.mark.django_db(transaction=True)
def test_the_same_record_at_the_same_moment_is_entered_once(
    person: queries.PersonCard, by: Actor, office: OfficeCard
) -> None:
    envelope = msgspec.json.decode(sealed(record(person, by)), type=envelopes.Envelope)
    together = Barrier(4)

    def enter(_: int) -> str:
        together.wait()
        try:
            return syncing.enter(envelope, office=office, by=by).state
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        states = sorted(pool.map(enter, range(4)))
    assert states == ["entered", "known", "known", "known"]
    assert Enrolment.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "why"),
    [({"pid": "1234567890123"}, "unknown"), ({"birth_date": "1985-04-14"}, "birth_date"),
     ({"laser": "AA0-0000000-00"}, "card"), ({"picture": "R0lGODlh"}, "picture"),
     ({"picture": "no base64"}, "picture")],
)  # fmt: skip
def test_what_is_not_plain_is_kept_and_waits_for_the_officer(
    station: Client, person: queries.PersonCard, by: Actor, change: dict[str, str], why: str
) -> None:
    answer = send(station, sealed(record(person, by) | change))
    assert answer["state"] == "needs_you"
    entered = row(UUID(answer["id"]))
    assert entered.proofs["offline"]["detail"]["why"] == [why]
    assert (entered.person_id is not None) == (why in {"card", "picture"})
    assert (portraits.opened(entered.id) is None) == (why == "picture")
    assert answer["id"] in station.get("/desk/enrolment/").content.decode()
    step = station.get(answer["url"]).headers["Location"].rstrip("/").rpartition("/")[2]
    assert step == {"card": "card", "picture": "photograph"}.get(why, "who")
    page = station.get(f"/desk/enrolment/{answer['id']}/{step}/")
    assert page.status_code == 200
    assert "Captured without connection" in page.content.decode()


@pytest.mark.django_db
def test_the_officer_says_who_it_is_and_compares_the_card_again(
    station: Client, person: queries.PersonCard, by: Actor
) -> None:
    answer = send(station, sealed(record(person, by, pid="1234567890123")))
    at = f"/desk/enrolment/{answer['id']}/"
    assert station.post(f"{at}who/", {"pid": person.pid}).status_code == 303
    assert row(UUID(answer["id"])).person_id == person.id
    assert station.post(f"{at}card/", {"laser": "x", "expires_on": "18 7 2574"}).status_code == 422
    assert station.post(f"{at}card/", {"laser": LASER, "expires_on": "18 7 2574"}).status_code == 303
    assert station.get(at).headers["Location"] == f"{at}compare/"


@pytest.mark.django_db
def test_an_entry_that_was_changed_meanwhile_is_said_so(station: Client, person: queries.PersonCard, by: Actor) -> None:
    people.amend(pid=person.pid, changes={"given_name_th": "สมหมาย"}, by=BY, reason="Renamed")
    answer = send(station, sealed(record(person, by)))
    assert answer["state"] == "needs_you"
    assert "changed after" in answer["why"][0]
    assert row(UUID(answer["id"])).person_id == person.id


@pytest.mark.django_db
def test_nobody_enrols_themself_without_connection_either(
    station: Client, person: queries.PersonCard, officer: Account, by: Actor, office: OfficeCard
) -> None:
    link(officer, person)
    assert send(station, sealed(record(person, by)))["why"] == [str(services.words.OWN.en)]
    colleague = actor_for(make_officer(registration_office()))
    envelope = msgspec.json.decode(sealed(record(person, by)), type=envelopes.Envelope)
    assert syncing.enter(envelope, office=office, by=colleague).why == ("own",)


@pytest.mark.django_db
@pytest.mark.parametrize("content", [b"nothing", b"{}", b'{"pid": 1}'])
def test_what_cannot_be_read_stays_with_the_station(station: Client, content: bytes) -> None:
    assert send(station, sealed(content))["state"] == "kept"
    assert Enrolment.objects.count() == 0


@pytest.mark.django_db
def test_another_record_under_the_same_number_stays_with_the_station(
    station: Client, person: queries.PersonCard, by: Actor
) -> None:
    enrolment = uuid4()
    assert send(station, sealed(record(person, by), enrolment))["state"] == "entered"
    other = send(station, sealed(record(person, by, laser="AA0-0000000-00"), enrolment))
    assert other["state"] == "kept"
    theirs = client_for(make_officer(registration_office("registration-7402")))
    assert theirs.get(f"/desk/enrolment/{enrolment}/").status_code == 404


@pytest.mark.django_db
def test_a_rotated_key_opens_what_was_sealed_before_and_a_lost_one_drops_nothing(
    station: Client, person: queries.PersonCard, by: Actor, register_keys: Path
) -> None:
    before = sealed(record(person, by))
    sealing.rotate()
    assert msgspec.json.decode(before)["key"] != station.get(SYNC).json()["key"]
    assert send(station, before)["state"] == "entered"
    lost = sealed(record(person, by))
    register_keys.unlink()
    assert send(station, lost)["state"] == "kept"


@pytest.mark.django_db
def test_who_is_not_signed_in_signs_in_first_and_nothing_comes_in(person: queries.PersonCard, by: Actor) -> None:
    body = sealed(record(person, by))
    assert Client().get(SYNC).status_code == 302
    Client().post(SYNC, body, content_type="application/json")
    assert client_for(make_account()).post(SYNC, body, content_type="application/json").status_code == 404
    assert Enrolment.objects.count() == 0


@pytest.mark.django_db
@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"id": "x"}'])
def test_what_is_no_record_is_said_so(station: Client, body: bytes) -> None:
    response = station.post(SYNC, body, content_type="application/json")
    assert response.status_code == 422
    assert response.json()["error"]


@pytest.mark.django_db
def test_the_page_and_the_worker_are_the_same_for_everybody(station: Client, officer: Account) -> None:
    for path in ("away/", "sw.js"):
        address = f"/desk/enrolment/{path}?lang=en"
        mine, anybodys = station.get(address), Client().get(address)
        assert mine.content == anybodys.content
        assert officer.email not in mine.content.decode()


@given(some.binary(max_size=200), some.uuids(), some.integers(0, 10_000))
def test_a_sealed_record_opens_whole_or_not_at_all(content: bytes, about: UUID, place: int) -> None:
    from tempfile import TemporaryDirectory

    from django.test import override_settings

    with TemporaryDirectory() as folder, override_settings(REGISTER_KEYS=f"{folder}/keys"):
        envelope = envelopes.sealed(content, about=about, recipient=envelopes.public_key(), iv=os.urandom(12))
        assert envelopes.opened(envelope) == content
        body = bytearray(base64.b64decode(envelope.sealed))
        body[place % len(body)] ^= 1
        changed = msgspec.structs.replace(envelope, sealed=base64.b64encode(bytes(body)).decode())
        for wrong in (changed, msgspec.structs.replace(envelope, id=uuid4())):
            with pytest.raises(envelopes.EnvelopeError):
                envelopes.opened(wrong)
