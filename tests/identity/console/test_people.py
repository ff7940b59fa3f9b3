"""Several people for one relying party: who may what, and how they come and go."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from uuid import UUID

import pytest
from django.db import connection

from sala.engine.messages import of_console
from sala.engine.messages.models import Message
from sala.identity.accounts.actor import Actor
from sala.identity.accounts.models import Account
from sala.identity.console import configuring, deciding, letters, people, permissions, queries, services
from sala.identity.console.models import Invitation, RelyingParty
from sala.identity.console.rules import Role
from sala.kit import audit, clock
from sala.kit.errors import Conflict, Forbidden, Invalid, NotFound
from sala.kit.models import OutboxEvent
from tests.factories import actor_for, add_post, client_for, make_account
from tests.identity.console.conftest import HOME, approved, begun, filled, make_decider, sent, version

pytestmark = pytest.mark.django_db
COLLEAGUE = "colleague@example.org"


@pytest.fixture
def colleague(developer: Account) -> Account:
    return make_account(email=COLLEAGUE, given_name="Grace")


def token(party: UUID) -> str:
    return letters.token_of(Invitation.objects.filter(party_id=party).latest("id").id)


def joined(party: UUID, by: Actor, who: Account, role: str = "developer") -> Actor:
    people.invite(party=party, email=who.email, role=role, by=by)
    people.accept(token=token(party), by=actor_for(who))
    return actor_for(who)


def post() -> list[Message]:
    """Let the post room hear what was told, twice: as the outbox may."""
    for event in OutboxEvent.objects.filter(topic=letters.TOPIC):
        of_console.send(event.payload)
        of_console.send(event.payload)
    return list(Message.objects.order_by("id"))


def test_who_is_invited_works_on_it_after_accepting(by: Actor, colleague: Account) -> None:
    party = begun(by)
    with pytest.raises(NotFound):
        queries.own(party, actor_for(colleague))
    other = joined(party, by, colleague)
    assert queries.own(party, other).id == party
    assert [one.role for one in people.members(party)] == [Role.MANAGER, Role.DEVELOPER]
    assert [shown.id for shown in queries.of_account(colleague.id)] == [party]
    with pytest.raises(NotFound):
        people.accept(token=token(party), by=other)  # once
    assert [entry.action for entry in audit.of_subject(f"rp:{party}")][:2] == ["console.joined", "console.invited"]


def test_a_letter_passed_on_lets_nobody_in(by: Actor, colleague: Account) -> None:
    party = begun(by)
    people.invite(party=party, email=COLLEAGUE, role="manager", by=by)
    stranger = make_account()
    with pytest.raises(Forbidden):
        people.accept(token=token(party), by=actor_for(stranger))
    page = client_for(stranger).get(f"/relying-parties/join/{token(party)}/?lang=en")
    assert "for another e-mail address" in page.content.decode()
    assert client_for(stranger).post(f"/relying-parties/join/{token(party)}/").status_code == 403
    assert len(people.members(party)) == 1


def test_an_invitation_ends(by: Actor, colleague: Account) -> None:
    party = begun(by)
    people.invite(party=party, email=COLLEAGUE, role="developer", by=by)
    first = token(party)
    people.invite(party=party, email=COLLEAGUE.upper(), role="manager", by=by)  # said anew: the last holds
    assert len(people.invited(party)) == 1
    with pytest.raises(NotFound):
        people.look(first)
    with clock.frozen(clock.now() + people.LASTS + timedelta(seconds=1)), pytest.raises(NotFound):
        people.look(token(party))
    people.take_back(party=party, invitation=people.invited(party)[0].id, by=by)
    with pytest.raises(NotFound):
        people.accept(token=token(party), by=actor_for(colleague))
    assert client_for(colleague).get(f"/relying-parties/join/{token(party)}/").status_code == 410


def test_what_a_developer_may_not(by: Actor, officer: Actor, colleague: Account) -> None:
    party = approved(by, officer)
    other = joined(party, by, colleague)
    me = people.members(party)[0].number
    for act in (
        lambda: services.submit(party=party, by=other),
        lambda: services.take_back(party=party, by=other),
        lambda: configuring.new_secret(party=party, which="live", by=other),
        lambda: configuring.change_addresses(party=party, which="live", typed=HOME, by=other),
        lambda: configuring.change_settings(party=party, which="live", typed={}, by=other),
        lambda: configuring.use_keys(party=party, which="live", typed='{"keys": []}', by=other),
        lambda: people.invite(party=party, email="x@example.org", role="manager", by=other),
        lambda: people.change(party=party, member=me, role="", by=other),
        lambda: people.change(party=party, member=people.members(party)[1].number, role="manager", by=other),
    ):
        with pytest.raises(Forbidden):
            act()
    assert configuring.new_secret(party=party, which="sandbox", by=other)
    assert services.save(party=party, part="contact", typed={}, by=other)


def test_there_is_always_a_manager(by: Actor, colleague: Account) -> None:
    party = begun(by)
    mine = people.members(party)[0].number
    for role in ("", "developer"):
        with pytest.raises(Conflict):
            people.change(party=party, member=mine, role=role, by=by)
    joined(party, by, colleague, "manager")
    people.change(party=party, member=mine, role="", by=by)
    with pytest.raises(NotFound):
        queries.own(party, by)
    with pytest.raises(Conflict):
        people.change(party=party, member=people.members(party)[0].number, role="", by=actor_for(colleague))


@pytest.mark.django_db(transaction=True)
def test_of_two_managers_who_leave_at_once_one_stays(by: Actor, colleague: Account) -> None:
    party = begun(by)
    other = joined(party, by, colleague, "manager")
    numbers = {one.account_id: one.number for one in people.members(party)}
    start = Barrier(2)

    def leave(who: Actor) -> str:
        assert who.account_id
        start.wait()
        try:
            people.change(party=party, member=numbers[who.account_id], role="", by=who)
        except Conflict:
            return "stays"
        finally:
            connection.close()
        return "left"

    with ThreadPoolExecutor(2) as both:
        assert sorted(both.map(leave, [by, other])) == ["left", "stays"]


def test_who_works_on_it_does_not_decide_on_it(by: Actor) -> None:
    party, decider = filled(by), make_decider()
    add_post(decider, None, "manager", agency=permissions.AUTHORITY)
    joined(party, by, decider)
    services.submit(party=party, by=by)
    with pytest.raises(Forbidden):
        deciding.approve(party=party, version=version(party), by=actor_for(decider))


def test_faults_of_an_invitation(by: Actor) -> None:
    party = begun(by)
    for email, role in (("nobody", "developer"), ("x@example.org", "king"), (by.email.upper(), "developer")):
        with pytest.raises(Invalid):
            people.invite(party=party, email=email, role=role, by=by)


def test_the_page_invites_and_removes(by: Actor, developer: Account, colleague: Account) -> None:
    party, browser = begun(by), client_for(developer)
    page = f"/relying-parties/{party}/people/"
    assert "(you)" in browser.get(f"{page}?lang=en").content.decode()
    assert browser.post(page, {"email": "x", "role": "developer"}).status_code == 422
    assert browser.post(page, {"email": COLLEAGUE, "role": "developer"}).status_code == 303
    assert COLLEAGUE in browser.get(page).content.decode()
    accepting = client_for(colleague)
    assert accepting.post(f"/relying-parties/join/{token(party)}/").status_code == 303
    number = people.members(party)[1].number
    assert accepting.post(f"{page}{number}/", {"role": ""}).headers["Location"] == "/relying-parties/"
    assert browser.post(f"{page}{people.members(party)[0].number}/", {"role": ""}).status_code == 409


# --- Letters ---------------------------------------------------------------------------------------------------


def test_each_decision_is_a_letter_to_every_manager(by: Actor, officer: Actor, colleague: Account) -> None:
    party = filled(by)
    joined(party, by, colleague, "manager")
    services.submit(party=party, by=by)
    said = {"birthdate": "Ask the age only", "general": "Say more"}
    deciding.send_back(party=party, version=version(party), remarks=said, by=officer)
    services.submit(party=party, by=by)
    deciding.refuse(party=party, version=version(party), why="No law for it", by=officer)
    services.submit(party=party, by=by)
    deciding.approve(party=party, version=version(party), by=officer)
    told = post()
    kinds = [one.kind for one in told if one.to == by.email]
    assert kinds == [
        "console_submitted", "console_changes_asked", "console_submitted", "console_refused", "console_submitted",
        "console_approved",
    ]  # fmt: skip
    assert len(told) == 2 * len(kinds)  # told twice, each is one letter; the invitation was answered before
    asked = next(one for one in told if one.kind == "console_changes_asked")
    assert "Ask the age only" in asked.text
    assert "No law for it" in next(one for one in told if one.kind == "console_refused").html


def test_letters_in_thai_and_the_link_in_the_invitation(by: Actor, developer: Account) -> None:
    Account.objects.filter(id=developer.id).update(language="th")
    party = sent(actor_for(developer))
    people.invite(party=party, email=COLLEAGUE, role="manager", by=actor_for(developer))
    submitted, invited = post()
    assert "กรมการปกครองกำลังพิจารณา" in submitted.text
    assert f"/relying-parties/join/{token(party)}/" in invited.text
    assert invited.secret


def test_refused_is_no_and_may_be_asked_anew(by: Actor, officer: Actor) -> None:
    party = sent(by)
    read = version(party)
    with pytest.raises(Invalid):
        deciding.refuse(party=party, version=read, why=" ", by=officer)
    for _ in range(2):  # pressed twice
        deciding.refuse(party=party, version=read, why="No law for it", by=officer)
    assert RelyingParty.objects.get().state == "refused"
    with pytest.raises(Conflict):
        deciding.approve(party=party, version=version(party), by=officer)
    services.save(party=party, part="data", typed={}, chosen=["given_name"], by=by)
    services.submit(party=party, by=by)
    deciding.approve(party=party, version=version(party), by=officer)
    assert queries.own(party, by).live
