"""Moving house: who may be moved, whose consent it takes, and what the approval changes (R-004.17)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from sala.engine.cases import checking, consent_on_paper, consenting, decisions, journal, permissions
from sala.engine.cases import queries as cases
from sala.engine.cases import services as case_services
from sala.engine.cases.deeds import Stale
from sala.engine.cases.models import Case, CaseEvent, Consent, SopMark
from sala.engine.catalogue.loaded import Loaded
from sala.engine.desk.answers import Fact, sections
from sala.identity.people import guardians, queries, services
from sala.identity.people.models import Ial, PersonChange
from sala.identity.wallet import approvals
from sala.identity.wallet.models import Approval
from sala.kit import clock
from sala.kit.errors import Conflict, Forbidden, Invalid, NotFound
from tests.background import settle
from tests.factories import actor_for, client_for, make_account
from tests.services.civil.conftest import EMPTY_HOUSE, NEW_HOUSE, NOW, OLD_HOUSE, TESTS, Town, file, moving, register

pytestmark = pytest.mark.django_db


def case_of(reference: str) -> Case:
    return Case.objects.get(reference=reference)


def consent_of(reference: str) -> Consent:
    return Consent.objects.get(case__reference=reference)


def done(reference: str) -> dict[str, str]:
    """The steps of the procedure that are done, and by whom."""
    return dict(SopMark.objects.filter(case__reference=reference).values_list("step", "by"))


def say_yes(town: Town) -> None:
    row = Approval.objects.get(account=town.head_account)
    approvals.approve(approval_id=row.id, agreed=(), methods=("pin",), by=actor_for(town.head_account))
    settle()


def filed(service: Loaded, town: Town, **more: Any) -> str:
    reference = file(service, moving(**more), town.by).reference
    settle()
    return reference


@pytest.mark.requirement("R-004.17")
class TestTheWholeMove:
    def test_consent_approval_and_the_register_in_one(self, move_house: Loaded, town: Town) -> None:
        reference = filed(move_house, town, along=(town.pid(town.child),))
        assert consent_of(reference).state == "waiting"
        with pytest.raises(Conflict, match="consent of the head of the new house is missing"):
            decisions.approve(reference=reference, by=town.officer)
        assert town.house_of(town.mover) == OLD_HOUSE
        assert set(done(reference)) == {"people", "house"}
        say_yes(town)
        assert consent_of(reference).state == "given"
        assert set(done(reference)) == {step.id for step in move_house.declaration.sop}  # nothing is left to warn of
        decisions.approve(reference=reference, by=town.officer)
        assert {town.house_of(town.mover), town.house_of(town.child)} == {NEW_HOUSE}
        assert town.house_of(town.sister) == OLD_HOUSE
        change = PersonChange.objects.filter(person_id=town.mover).latest("number")
        assert (change.document, change.office_id, change.effective_on) == (
            reference, town.new_office.id, date(2026, 11, 15),
        )  # fmt: skip
        assert change.actor == town.officer.label
        event = CaseEvent.objects.get(case__reference=reference, type="approved")
        assert event.data["deed"]["people"] == [town.mover, town.child]
        assert journal.verify(event.case_id) is None

    def test_the_applicant_follows_whose_consent_was_asked_and_given(self, move_house: Loaded, town: Town) -> None:
        reference = filed(move_house, town)
        page = f"/cases/{reference}/"
        client = client_for(town.account)
        assert "เราขอความยินยอมของเจ้าบ้านของบ้านหลังใหม่" in client.get(page).content.decode()
        say_yes(town)
        assert "เจ้าบ้านของบ้านหลังใหม่ให้ความยินยอมแล้ว" in client.get(page).content.decode()

    def test_the_officer_reads_the_register_beside_what_is_asked_for(self, move_house: Loaded, town: Town) -> None:
        reference = filed(move_house, town)
        service, case = move_house, case_of(reference)
        shown = sections(case, service, cases.dossier(case, by=town.officer))
        said = {one.path: one.fact.saying for section in shown for one in section.answers if one.fact}
        assert said == dict.fromkeys(
            ("me.pid", "me.title", "me.given_name", "me.family_name", "me.house", "destination.house"), "same"
        )
        services.amend(pid=town.pid(town.mover), changes={"given_name_th": "สมศักดิ์"}, by=TESTS, reason="test")
        checking.run(reference=reference)
        (me, *_) = sections(case, service, cases.dossier(case, by=town.officer))
        facts = {one.path: one.fact for one in me.answers}
        assert facts["me.given_name"] == Fact("differs", "สมศักดิ์")

    def test_both_offices_see_it_and_one_decides(self, move_house: Loaded, town: Town) -> None:
        reference = filed(move_house, town)
        case = case_of(reference)
        assert (case.office_id, case.also_offices) == (town.new_office.id, [town.old_office.id])
        assert cases.case_for_officer(reference=reference, by=town.old_officer).id == case.id
        assert [row.reference for row in cases.queue(name="also", by=town.old_officer).cases] == [reference]
        assert cases.queue(name="open", by=town.old_officer).cases == []
        for act in (
            lambda: decisions.approve(reference=reference, by=town.old_officer),
            lambda: case_services.claim(reference=reference, by=town.old_officer),
            lambda: case_services.add_note(reference=reference, text="x", by=town.old_officer),
            lambda: consent_on_paper.record(reference=reference, consent="head", reason="x", by=town.old_officer),
        ):
            with pytest.raises(Forbidden):
                act()
        decisions.hold(reference=reference, reason="x", by=town.officer)
        with pytest.raises(NotFound):
            cases.case_for_officer(reference=reference, by=town.old_officer)

    def test_relying_parties_hear_of_it_by_the_one_event(self, move_house: Loaded, town: Town) -> None:
        reference = filed(move_house, town)
        say_yes(town)
        decisions.approve(reference=reference, by=town.officer)
        ran = settle()
        assert any("person_changed" in name for name in ran)


class TestWhoMoves:
    def test_children_of_the_household_are_offered_and_nobody_else(self, move_house: Loaded, town: Town) -> None:
        from sala.services.civil.registers import movable

        assert movable({"me": {"pid": town.pid(town.mover)}}) == {town.pid(town.child): "นายต้น ใจดี"}
        assert movable({"me": {"pid": town.pid(town.sister)}}) == {}
        assert movable({"me": {"pid": town.pid(town.head)}}) == {}

    def test_a_ward_is_offered_while_the_guardianship_lasts(self, move_house: Loaded, town: Town) -> None:
        from sala.services.civil.registers import movable

        ward = town.pid(town.sister)
        assert not guardians.may_act(town.mover, town.sister, clock.today())
        services.amend(pid=ward, changes={"birth_date": date(2012, 1, 1)}, by=TESTS, reason="test")
        assert ward not in movable({"me": {"pid": town.pid(town.mover)}})

    def test_somebody_else_cannot_be_moved_whatever_is_sent(self, move_house: Loaded, town: Town) -> None:
        for other in (town.sister, town.head):
            with pytest.raises(Invalid) as refused:
                file(move_house, moving(along=(town.pid(other),)), town.by)
            assert [fault.field for fault in refused.value.faults] == ["move.along"]

    def test_who_one_is_comes_from_the_register_whatever_is_sent(self, move_house: Loaded, town: Town) -> None:
        answers = moving() | {"me": {"pid": town.pid(town.head), "given_name": "ปลอม"}}
        reference = file(move_house, answers, town.by).reference
        assert case_of(reference).answers["me"]["pid"] == town.pid(town.mover)
        assert case_of(reference).applicant_name == "นาย สมชาย ใจดี"

    def test_without_a_digital_id_or_a_proof_nothing_is_filed(self, move_house: Loaded, town: Town) -> None:
        from sala.engine.cases import filing

        with pytest.raises(Forbidden, match="digital ID"):
            file(move_house, moving(), actor_for(make_account()))
        with pytest.raises(Forbidden, match="PIN or passkey"):
            filing.file(service=move_house, answers=moving(), by=town.by, language="th", channel="api")

    def test_a_level_that_is_not_enough(self, move_house: Loaded, town: Town) -> None:
        services.amend(pid=town.pid(town.mover), changes={"ial": "1.3"}, by=TESTS, reason="test")
        with pytest.raises(Forbidden, match="needs a digital ID of level"):
            file(move_house, moving(), town.by)

    @pytest.mark.parametrize("house", [OLD_HOUSE, "99010000015", "123"])
    def test_a_house_that_will_not_do(self, move_house: Loaded, town: Town, house: str) -> None:
        with pytest.raises(Invalid) as refused:
            file(move_house, moving(house=house), town.by)
        assert [fault.field for fault in refused.value.faults] == ["destination.house"]


class TestConsent:
    def test_declined_refuses_nobody_and_approves_nothing(self, move_house: Loaded, town: Town) -> None:
        reference = filed(move_house, town)
        row = Approval.objects.get(account=town.head_account)
        approvals.decline(approval_id=row.id, by=actor_for(town.head_account))
        settle()
        assert (consent_of(reference).state, case_of(reference).state) == ("declined", "submitted")
        with pytest.raises(Conflict):
            decisions.approve(reference=reference, by=town.officer)
        decisions.refuse(reference=reference, reason="no_consent", by=town.officer)
        assert town.house_of(town.mover) == OLD_HOUSE

    def test_no_answer_in_time_is_left_to_an_officer(self, move_house: Loaded, town: Town) -> None:
        reference = filed(move_house, town)
        with clock.frozen(NOW + timedelta(days=7, minutes=1)):
            assert consenting.lapse() == 1
            assert consenting.lapse() == 0
        assert (consent_of(reference).state, case_of(reference).state) == ("lapsed", "submitted")

    def test_the_office_takes_it_on_paper_with_a_reason(self, move_house: Loaded, town: Town) -> None:
        reference = filed(move_house, town)
        with pytest.raises(Invalid):
            consent_on_paper.record(reference=reference, consent="head", reason=" ", by=town.officer)
        consent_on_paper.record(reference=reference, consent="head", reason="มาที่เคาน์เตอร์", by=town.officer)
        assert Approval.objects.get(account=town.head_account).expires_at <= NOW
        assert "consent" in done(reference)
        decisions.approve(reference=reference, by=town.officer)
        assert town.house_of(town.mover) == NEW_HOUSE

    def test_who_has_no_digital_id_is_not_asked(self, move_house: Loaded, town: Town) -> None:
        services.unlink(account=town.head_account.id, by=TESTS, reason="test")
        reference = filed(move_house, town)
        assert (consent_of(reference).state, consent_of(reference).why) == ("unasked", "no_account")

    def test_an_empty_house_has_nobody_to_ask_and_gets_a_head(self, move_house: Loaded, town: Town) -> None:
        reference = filed(move_house, town, house=EMPTY_HOUSE)
        assert consent_of(reference).why == "nobody"
        with pytest.raises(Conflict):
            decisions.approve(reference=reference, by=town.officer)
        consent_on_paper.record(reference=reference, consent="head", reason="โฉนด", by=town.officer)
        decisions.approve(reference=reference, by=town.officer)
        found = queries.by_id(town.mover)
        assert found
        assert (found.house, found.house_role) == (EMPTY_HOUSE, "head")

    def test_other_answers_are_consented_to_anew(self, move_house: Loaded, town: Town) -> None:
        reference = filed(move_house, town)
        assert "consent" not in done(reference)
        say_yes(town)
        assert done(reference)["consent"] == "system:consents"
        case_services.ask(reference=reference, fields=["move.moved_on"], message="?", by=town.officer)
        case_services.answer(reference=reference, values={"move.moved_on": "2026-11-16"}, by=town.by)
        with pytest.raises(Conflict):
            decisions.approve(reference=reference, by=town.officer)
        settle()
        assert consent_of(reference).state == "waiting"
        assert "consent" not in done(reference)
        assert Approval.objects.filter(account=town.head_account).count() == 2

    def test_the_head_reads_what_concerns_them_in_words_for_them(self, move_house: Loaded, town: Town) -> None:
        filed(move_house, town, along=(town.pid(town.child),))
        asked = Approval.objects.get(account=town.head_account)
        page = client_for(town.head_account).get(f"/id/requests/{asked.id}/").content.decode()
        assert "ผู้ที่ย้ายเข้ามาด้วยกัน" in page
        assert "ย้ายใครไปด้วย" not in page

    def test_who_one_is_cannot_be_asked_about(self, move_house: Loaded, town: Town) -> None:
        reference = filed(move_house, town)
        with pytest.raises(Invalid):
            case_services.ask(reference=reference, fields=["me.pid"], message="?", by=town.officer)

    def test_nobody_is_asked_any_more_once_it_is_taken_back(self, move_house: Loaded, town: Town) -> None:
        reference = filed(move_house, town)
        case_services.withdraw(reference=reference, by=town.by)
        row = Approval.objects.get(account=town.head_account)
        with pytest.raises(Conflict):
            approvals.approve(approval_id=row.id, agreed=(), methods=("pin",), by=actor_for(town.head_account))

    def test_what_waits_for_days_keeps_no_sign_in_away(self, move_house: Loaded, town: Town) -> None:
        from sala.identity.wallet.approvals import Asking
        from sala.identity.wallet.rules import WAITING_MAX, Kind

        filed(move_house, town)
        asking = Asking(client_id="x", name={"th": "x", "en": "x"}, owner={"th": "x", "en": "x"})
        for _ in range(WAITING_MAX):
            approvals.ask(kind=Kind.CIBA, asking=asking, account_id=town.head_account.id)

    def test_the_consent_is_that_of_the_head_on_the_day_of_the_decision(self, move_house: Loaded, town: Town) -> None:
        reference = filed(move_house, town)
        say_yes(town)
        # When the head gives the house over, before the officer decides
        services.amend(pid=town.pid(town.head), changes={"house_role": "resident", "house_id": NEW_HOUSE}, by=TESTS,
                       reason="test")  # fmt: skip
        heir = register(105, "สมศรี", date(1962, 1, 1), NEW_HOUSE, "head")
        with pytest.raises(Stale, match="another person"):
            decisions.approve(reference=reference, by=town.officer)
        assert town.house_of(town.mover) == OLD_HOUSE
        settle()
        assert (consent_of(reference).person, consent_of(reference).state) == (heir, "unasked")
        with pytest.raises(Conflict, match="is missing"):
            decisions.approve(reference=reference, by=town.officer)

    def test_an_account_that_is_theirs_by_the_card_alone_is_not_asked(self, move_house: Loaded, town: Town) -> None:
        services.unlink(account=town.head_account.id, by=TESTS, reason="test")
        services.link(account=make_account().id, pid=town.pid(town.head), ial=Ial.CARD, by=TESTS)
        reference = filed(move_house, town)
        assert (consent_of(reference).state, consent_of(reference).why) == ("unasked", "no_account")

    def test_what_an_account_says_that_is_theirs_no_more_is_not_their_word(
        self, move_house: Loaded, town: Town
    ) -> None:
        reference = filed(move_house, town)
        services.unlink(account=town.head_account.id, by=TESTS, reason="test")
        say_yes(town)
        assert (consent_of(reference).state, consent_of(reference).why) == ("unasked", "no_account")


class TestTheDeed:
    def test_a_guardianship_that_ended_since_the_check_moves_nobody(self, move_house: Loaded, town: Town) -> None:
        services.amend(pid=town.pid(town.child), changes={"father_pid": ""}, by=TESTS, reason="test")
        wish = guardians.Wish(town.mover, town.child, "guardian", "Court 7", date(2020, 1, 1))
        acting = guardians.record(wish, by=TESTS)
        reference = filed(move_house, town, along=(town.pid(town.child),))
        say_yes(town)
        guardians.end(guardianship=acting, reason="An order", by=TESTS)
        with pytest.raises(Stale):
            decisions.approve(reference=reference, by=town.officer)
        assert (town.house_of(town.mover), town.house_of(town.child)) == (OLD_HOUSE, OLD_HOUSE)

    def test_a_register_that_changed_meanwhile_undoes_the_decision(self, move_house: Loaded, town: Town) -> None:
        reference = filed(move_house, town)
        say_yes(town)
        services.amend(pid=town.pid(town.mover), changes={"title_en": "Dr."}, by=TESTS, reason="test")
        with pytest.raises(Stale):
            decisions.approve(reference=reference, by=town.officer)
        case = case_of(reference)
        assert (case.state, case.decided_at, town.house_of(town.mover)) == ("submitted", None, OLD_HOUSE)
        assert not CaseEvent.objects.filter(case=case, type="approved").exists()
        assert "cases.check" in settle()  # the officer sees the register as it is now
        decisions.approve(reference=reference, by=town.officer)
        assert town.house_of(town.mover) == NEW_HOUSE

    def test_before_the_register_was_read_nothing_is_approved(self, move_house: Loaded, town: Town) -> None:
        reference = file(move_house, moving(), town.by).reference
        consenting.ask(reference=reference)
        consent_on_paper.record(reference=reference, consent="head", reason="x", by=town.officer)
        with pytest.raises(Stale):
            decisions.approve(reference=reference, by=town.officer)

    def test_one_who_may_not_be_moved_any_more_moves_nobody(self, move_house: Loaded, town: Town) -> None:
        reference = filed(move_house, town, along=(town.pid(town.child),))
        say_yes(town)
        services.amend(pid=town.pid(town.child), changes={"father_pid": ""}, by=TESTS, reason="test")
        with pytest.raises(Stale):
            decisions.approve(reference=reference, by=town.officer)
        settle()
        with pytest.raises(Conflict, match="may not move some"):
            decisions.approve(reference=reference, by=town.officer)
        assert (town.house_of(town.mover), town.house_of(town.child)) == (OLD_HOUSE, OLD_HOUSE)

    def test_an_officers_own_move_is_decided_by_another(self, move_house: Loaded, town: Town) -> None:
        case = case_of(filed(move_house, town))
        town.officer = actor_for(town.account)
        assert not permissions.can(town.officer, case, permissions.Permission.VIEW)

    def test_a_repeated_approval_moves_once(self, move_house: Loaded, town: Town) -> None:
        reference = filed(move_house, town)
        say_yes(town)
        for _ in range(2):
            decisions.approve(reference=reference, by=town.officer)
        assert PersonChange.objects.filter(person_id=town.mover, document=reference).count() == 1
