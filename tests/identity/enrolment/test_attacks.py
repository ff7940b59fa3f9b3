"""What somebody tries who knows another's card: two things at once, and what was shown for one used for another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client

from sala.identity.accounts.actor import ANONYMOUS, Actor
from sala.identity.accounts.models import Account
from sala.identity.accounts.sessions import Browser
from sala.identity.enrolment import codes, deciding, keeping, portraits, recovering, seeing, services, stopping
from sala.identity.enrolment.levels import Proof
from sala.identity.enrolment.models import Enrolment
from sala.identity.enrolment.seeing import Seen
from sala.identity.enrolment.states import Event, WrongState
from sala.identity.faces.challenges import Answered
from sala.identity.people import biometrics
from sala.identity.people import services as register
from sala.identity.people.queries import PersonCard
from sala.kit import clock
from sala.kit.errors import Conflict, Forbidden, Invalid, NotFound, TooMany
from tests.factories import actor_for, add_post, client_for, make_account, make_office, make_officer
from tests.identity.enrolment.office import BY, citizen, link, office_card, registration_office
from tests.identity.enrolment.selves import card_of, typed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("offices", "register_keys")]
Meanwhile = Callable[[], object]


@pytest.fixture
def thief() -> PersonCard:
    return citizen(11)


@pytest.fixture
def victim() -> PersonCard:
    return citizen(12)


def begun(by: Actor, person: PersonCard) -> UUID:
    """An enrolment, or a recovery of nobody, in which the person's card was shown and a live face was seen."""
    enrolment = services.begin(by=by) if by.account_id else services.begin_recovery()
    services.show_card(enrolment=enrolment, card=card_of(person), by=by, network="n")
    live(enrolment)
    return enrolment


def live(enrolment: UUID, portrait: bytes = b"the thief's face") -> None:
    row = Enrolment.objects.get(id=enrolment)
    keeping.prove(row, Proof.LIVENESS, by="system:test")
    portraits.keep(enrolment, portrait)


def while_comparing(monkeypatch: pytest.MonkeyPatch, meanwhile: Meanwhile) -> None:
    """The workers find the face alike; while they look, this happens in another request."""

    def compared(**_: Any) -> Seen:
        meanwhile()
        return Seen.ALIKE

    monkeypatch.setattr(seeing, "compared", compared)


@pytest.mark.parametrize("signed_in", [True, False])
def test_ones_own_face_does_not_count_for_a_card_shown_meanwhile(
    signed_in: bool, thief: PersonCard, victim: PersonCard, monkeypatch: pytest.MonkeyPatch
) -> None:
    by = actor_for(make_account()) if signed_in else ANONYMOUS
    enrolment = begun(by, thief)
    card = card_of(victim)
    while_comparing(monkeypatch, lambda: services.show_card(enrolment=enrolment, card=card, by=by, network="n"))
    with pytest.raises(WrongState):
        services.compare(enrolment=enrolment, by=by)
    row = Enrolment.objects.get(id=enrolment)
    assert (row.person_id, row.level, row.state) == (victim.id, "1.3", "started")
    assert Proof.FACE not in row.proofs


def test_movements_made_for_ones_own_card_do_not_count_for_another(
    thief: PersonCard, victim: PersonCard, monkeypatch: pytest.MonkeyPatch
) -> None:
    enrolment = begun(ANONYMOUS, thief)

    def seen(**_: Any) -> Answered:
        services.show_card(enrolment=enrolment, card=card_of(victim), by=ANONYMOUS, network="n")
        return Answered(passed=True, advice=[], portrait=b"the thief's face")

    monkeypatch.setattr(seeing, "live", seen)
    with pytest.raises(WrongState):
        services.show_face(enrolment=enrolment, challenge=uuid4(), session="s", frames=[b"f"], by=ANONYMOUS)
    assert set(Enrolment.objects.get(id=enrolment).proofs) == {"card", "laser"}
    assert portraits.opened(enrolment) is None


def test_the_picture_that_is_compared_is_the_one_that_moved(
    victim: PersonCard, monkeypatch: pytest.MonkeyPatch
) -> None:
    enrolment = begun(ANONYMOUS, victim)
    while_comparing(monkeypatch, lambda: portraits.keep(enrolment, b"another picture"))
    with pytest.raises(WrongState):
        services.compare(enrolment=enrolment, by=ANONYMOUS)
    assert Proof.FACE not in Enrolment.objects.get(id=enrolment).proofs


@pytest.mark.parametrize("event", [Event.PROVEN, Event.SENT])
def test_what_is_proven_or_lies_before_an_officer_stays_about_whom_it_was(
    event: Event, thief: PersonCard, victim: PersonCard
) -> None:
    enrolment = begun(ANONYMOUS, thief)
    keeping.move(Enrolment.objects.get(id=enrolment), event)
    # When the form of the card was sent at the same moment, and comes to its turn only now
    with pytest.raises(WrongState):
        services.show_card(enrolment=enrolment, card=card_of(victim), by=ANONYMOUS, network="n")
    assert Enrolment.objects.get(id=enrolment).person_id == thief.id
    assert portraits.opened(enrolment)


def waiting(person: PersonCard) -> UUID:
    """A recovery for which everything was shown, and whose day has begun."""
    enrolment = begun(ANONYMOUS, person)
    keeping.prove(Enrolment.objects.get(id=enrolment), Proof.FACE, by="system:test")
    recovering.wait(enrolment=enrolment)
    return enrolment


def test_an_account_that_was_not_written_to_is_not_opened(victim: PersonCard) -> None:
    enrolment = waiting(victim)  # nobody to write to yet
    link(make_account(), victim, "2.3")
    with clock.frozen(clock.now() + recovering.DELAY * 1.1), pytest.raises(Conflict):
        recovering.renew(enrolment=enrolment, password="a password that is long", browser=Browser())


def test_one_press_stops_all_that_were_begun_at_once(victim: PersonCard) -> None:
    link(make_account(), victim, "2.2")
    first, second = waiting(victim), waiting(victim)
    recovering.stop(token=stopping.url_of(first).rstrip("/").rpartition("/")[2])
    assert set(Enrolment.objects.filter(id__in=[first, second]).values_list("state", flat=True)) == {"ended"}


def test_whoever_is_nobody_fills_no_table(victim: PersonCard) -> None:
    for _ in range(services.CARDS_A_NETWORK):
        services.begin_recovery("n")
    with pytest.raises(TooMany):
        services.begin_recovery("n")
    visitor = Client(REMOTE_ADDR="192.0.2.7")
    wrong = typed(victim, laser="JT9-0000000-00")
    for _ in range(services.CARDS_A_NETWORK + 2):
        visitor.cookies.clear()
        visitor.post("/id/recover/card/", wrong)
    assert Enrolment.objects.count() <= 2 * services.CARDS_A_NETWORK


def test_no_officer_decides_on_what_they_sent_from_their_own_phone(victim: PersonCard) -> None:
    office = registration_office()
    by = actor_for(make_officer(office))  # whose account the register does not know yet
    enrolment = begun(by, victim)
    keeping.move(Enrolment.objects.get(id=enrolment), Event.SENT)
    with pytest.raises(Forbidden):
        deciding.decide(enrolment=enrolment, word="approve", reason="", office=office_card(office), by=by)
    colleague = actor_for(make_officer(office))
    biometrics.keep_photograph(person=victim.id, data=b"\xff\xd8\xff their photograph", by=by)
    deciding.decide(enrolment=enrolment, word="approve", reason="", office=office_card(office), by=colleague)
    assert Enrolment.objects.get(id=enrolment).level == "2.2"


@pytest.mark.parametrize("recovery", [False, True])
def test_nobody_approves_a_face_that_there_was_nothing_to_compare_with(victim: PersonCard, *, recovery: bool) -> None:
    office = registration_office()
    by = actor_for(make_officer(office))
    enrolment = begun(ANONYMOUS if recovery else actor_for(make_account()), victim)
    keeping.move(Enrolment.objects.get(id=enrolment), Event.SENT)
    with pytest.raises(Invalid):
        deciding.decide(enrolment=enrolment, word="approve", reason="", office=office_card(office), by=by)
    page = client_for(Account.objects.get(id=str(by.account_id))).get(f"/desk/enrolment/review/{enrolment}/")
    assert 'value="come"' in page.content.decode()
    assert 'value="approve"' not in page.content.decode()


def doubled(person: PersonCard, by: Actor, office: int) -> UUID:
    """Begun at a counter by this officer, who found a face twice."""
    now = clock.now()
    told = {
        name: {"at": now.isoformat(), "by": by.label, "detail": {}} for name in ("card", "laser", "officer", "face")
    }
    return Enrolment.objects.create(
        id=uuid4(), way="office", state="review", person_id=person.id, office_id=office, proofs=told, started_at=now,
        changed_at=now, expires_at=now + keeping.REVIEW_FOR,
    ).id  # fmt: skip


def test_whoever_found_a_face_twice_is_not_who_says_it_is_another(victim: PersonCard) -> None:
    office = registration_office()
    by = actor_for(make_officer(office, "senior"))
    enrolment = doubled(victim, by, office.id)
    with pytest.raises(Forbidden):
        deciding.decide(enrolment=enrolment, word="approve", reason="Twins", office=office_card(office), by=by)


def test_a_senior_of_another_agency_is_none_here(victim: PersonCard) -> None:
    office = registration_office()
    account = make_officer(office)
    add_post(account, make_office(), "senior")
    assert not deciding.is_senior(actor_for(account))
    enrolment = doubled(victim, actor_for(make_officer(office)), office.id)
    with pytest.raises(Forbidden):
        deciding.open_(enrolment, office=office_card(office), by=actor_for(account))


def test_an_officer_brings_no_slip_of_their_own_to_their_account(victim: PersonCard) -> None:
    office = registration_office()
    by = actor_for(make_officer(office))
    enrolment, code = doubled(victim, by, office.id), codes.drawn()
    Enrolment.objects.filter(id=enrolment).update(state="ready", level="2.3", code=codes.digest(code))
    born = victim.birth_date
    birth = f"{born.day}/{born.month}/{born.year + 543}"
    with pytest.raises(Conflict):
        services.redeem(code=code, birth=birth, by=by)
    assert services.redeem(code=code, birth=birth, by=actor_for(make_account())).ial == "2.3"


def test_an_uploaded_picture_is_opened_by_a_worker(victim: PersonCard, monkeypatch: pytest.MonkeyPatch) -> None:
    enrolment = begun(ANONYMOUS, victim)
    opened: list[bytes] = []

    def cleaned(data: bytes) -> bytes:
        opened.append(data)
        return b"clean"

    monkeypatch.setattr("sala.identity.faces.services.cleaned", cleaned)
    monkeypatch.setattr("sala.identity.faces.pictures.decode", lambda _: pytest.fail("opened beside the database"))
    services.send_to_office(enrolment=enrolment, by=ANONYMOUS, data=b"as it came")
    assert opened == [b"as it came"]
    kept = portraits.opened(enrolment)
    assert kept
    assert kept.data == b"clean"


def test_whoever_begins_again_and_again_fills_no_table_either() -> None:
    by = actor_for(make_account())
    for _ in range(services.BEGUN_A_DAY):
        services.give_up(enrolment=services.begin(by=by), by=by)
    with pytest.raises(TooMany):
        services.begin(by=by)


def test_with_the_nationality_the_digital_id_is_gone_for_good(victim: PersonCard) -> None:
    by = actor_for(make_account())
    enrolment = services.begin(by=by)
    services.show_card(enrolment=enrolment, card=card_of(victim), by=by)
    services.stay(enrolment=enrolment, by=by)
    register.amend(pid=victim.pid, changes={"nationality": "JPN"}, by=BY, reason="Gazette")
    with pytest.raises(NotFound):
        services.settle(enrolment=enrolment, by=by)
    with pytest.raises(Invalid):
        begun(ANONYMOUS, victim)


def test_a_character_that_no_table_keeps_is_told_and_breaks_nothing(victim: PersonCard) -> None:
    office = registration_office()
    account = make_officer(office)
    noted = {"by": "", "at": "", "detail": {"alike": False}}
    enrolment = doubled(victim, actor_for(account), office.id)
    Enrolment.objects.filter(id=enrolment).update(
        state="started", proofs=dict.fromkeys(("shown", "taken", "compared"), noted)
    )
    desk = client_for(account)
    desk.raise_request_exception = False
    told = desk.post(f"/desk/enrolment/{enrolment}/compare/", {"same": "no", "reason": "a\0b"})
    assert told.status_code == 422
    assert Enrolment.objects.get(id=enrolment).state == "started"
