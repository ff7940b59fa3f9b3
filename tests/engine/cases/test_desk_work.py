from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from datetime import timedelta

import pytest

from sala.engine.cases import checking, decisions, journal, queries, services
from sala.engine.cases.models import Case, CheckResult, Hold, InfoRequest, SopMark
from sala.engine.cases.states import State
from sala.identity.accounts.actor import Actor, system
from sala.kit import clock
from sala.kit.errors import Conflict, Forbidden, Invalid, NotFound
from tests.engine.cases.conftest import BANGKOK, NOW, File, Register
from tests.factories import actor_for, make_account

pytestmark = pytest.mark.django_db
OfficerAt = Callable[..., Actor]


def case_of(reference: str) -> Case:
    return Case.objects.get(reference=reference)


@pytest.mark.requirement("R-001.27", "R-001.28")
def test_an_officer_of_another_province_finds_nothing(file: File, officer_at: OfficerAt) -> None:
    reference, stranger = file().reference, officer_at(BANGKOK)
    with pytest.raises(NotFound):
        queries.case_for_officer(reference=reference, by=stranger)
    with pytest.raises(NotFound):
        services.claim(reference=reference, by=stranger)
    with pytest.raises(NotFound):
        decisions.approve(reference=reference, by=stranger)
    assert queries.queue(name="new", by=stranger).cases == []
    assert queries.find(text=reference, by=stranger) == []


def test_a_claim_is_told_to_the_next_officer_by_name(file: File, officer_at: OfficerAt) -> None:
    reference, first, second = file().reference, officer_at(), officer_at()
    services.claim(reference=reference, by=first)
    services.claim(reference=reference, by=first)
    with pytest.raises(Conflict, match=first.name):
        services.claim(reference=reference, by=second)
    case = case_of(reference)
    assert (case.state, case.claimed_by_id, case.events) == (State.IN_REVIEW, first.account_id, 2)


def test_bulk_assignment_never_overwrites_a_claim(file: File, officer_at: OfficerAt) -> None:
    references = [file().reference for _ in range(3)]
    holder, senior, colleague = officer_at(), officer_at(role="senior"), officer_at()
    services.claim(reference=references[1], by=holder)
    done = services.assign_many(references=references, to=colleague.account_id, by=senior)
    assert set(done.given) == {references[0], references[2]}
    assert [reference for reference, _ in done.skipped] == [references[1]]
    assert case_of(references[1]).claimed_by_id == holder.account_id


def test_a_case_is_assigned_only_to_a_colleague_of_the_office(file: File, officer_at: OfficerAt) -> None:
    with pytest.raises(Invalid):
        services.assign(reference=file().reference, to=officer_at(BANGKOK).account_id, by=officer_at(role="senior"))


@pytest.mark.requirement("R-001.31", "R-001.32")
def test_a_question_is_answered_in_the_same_place_and_the_clock_waits(
    file: File, officer_at: OfficerAt, applicant: Actor
) -> None:
    reference, officer = file().reference, officer_at()
    services.ask(reference=reference, fields=["person.passport"], message="Which passport?", by=officer)
    assert case_of(reference).state == State.INFO_REQUESTED
    with clock.frozen(NOW + timedelta(hours=5)):
        services.answer(reference=reference, values={"person.passport": "ZZ999999"}, by=applicant)
        services.answer(reference=reference, values={"person.passport": "ZZ999999"}, by=applicant)
    case = case_of(reference)
    assert case.answers["person"]["passport"] == "ZZ999999"
    assert (case.state, case.claimed_by_id) == (State.IN_REVIEW, officer.account_id)
    assert case.due_at == NOW + timedelta(hours=72 + 5)
    question = InfoRequest.objects.get(case=case)
    assert question.before == {"person.passport": "AB123456"}
    assert journal.verify(case.id) is None


def test_an_answer_that_says_nothing_is_asked_for_again(file: File, officer_at: OfficerAt, applicant: Actor) -> None:
    reference = file().reference
    services.ask(reference=reference, fields=["person.name"], message="Your name?", by=officer_at())
    with pytest.raises(Invalid) as refused:
        services.answer(reference=reference, values={"person.name": "Maria Silva"}, by=applicant)
    assert refused.value.faults[0].code == "unanswered"
    assert case_of(reference).state == State.INFO_REQUESTED
    services.answer(reference=reference, values={}, message="It is right as it is.", by=applicant)
    assert case_of(reference).state == State.IN_REVIEW


def test_the_applicant_is_asked_to_answer_well_before_the_promised_hour(file: File, officer_at: OfficerAt) -> None:
    filed = file()
    services.ask(reference=filed.reference, fields=["person.name"], message="Your name?", by=officer_at())
    assert InfoRequest.objects.get().answer_by == NOW + timedelta(hours=36)


def test_an_answer_changes_only_what_was_asked(file: File, officer_at: OfficerAt, applicant: Actor) -> None:
    reference = file().reference
    services.ask(reference=reference, fields=["person.name"], message="Your name?", by=officer_at())
    services.answer(
        reference=reference, values={"person.name": "Ana Silva", "person.passport": "ZZ1234567"}, by=applicant
    )
    assert case_of(reference).answers["person"]["passport"] == "AB123456"


def test_a_stranger_cannot_answer_or_withdraw(file: File, officer_at: OfficerAt) -> None:
    reference, stranger = file().reference, actor_for(make_account())
    services.ask(reference=reference, fields=["person.name"], message="Your name?", by=officer_at())
    with pytest.raises(NotFound):
        services.answer(reference=reference, values={"person.name": "Eve"}, by=stranger)
    with pytest.raises(NotFound):
        services.withdraw(reference=reference, by=stranger)


@pytest.mark.requirement("R-001.29")
def test_an_approval_counts_to_the_next_due_date(file: File, officer_at: OfficerAt) -> None:
    reference = file().reference
    case = decisions.approve(reference=reference, by=officer_at())
    assert case.state == State.APPROVED
    assert case.next_due_on == NOW.date() + timedelta(days=90)


@pytest.mark.requirement("R-001.41")
def test_a_refusal_needs_a_published_reason(file: File, officer_at: OfficerAt) -> None:
    reference, officer = file().reference, officer_at()
    with pytest.raises(Invalid):
        decisions.refuse(reference=reference, reason="because", by=officer)
    assert decisions.refuse(reference=reference, reason="not_yours", by=officer).reason_code == "not_yours"


def test_the_second_decision_is_told_who_was_first(file: File, officer_at: OfficerAt) -> None:
    reference, first, second = file().reference, officer_at(), officer_at()
    decisions.approve(reference=reference, by=first)
    decisions.approve(reference=reference, by=first)
    with pytest.raises(Conflict, match=f"approved.*{first.name}"):
        decisions.refuse(reference=reference, reason="not_yours", by=second)


@pytest.mark.parametrize("role", ["manager", "auditor", "administrator"])
def test_roles_that_read_do_not_decide(file: File, officer_at: OfficerAt, role: str) -> None:
    expected = NotFound if role == "administrator" else Forbidden
    with pytest.raises(expected):
        decisions.approve(reference=file().reference, by=officer_at(role=role))


@pytest.mark.requirement("R-001.33", "R-001.36")
def test_a_hold_is_seen_by_the_authorised_and_by_nobody_else(
    file: File, officer_at: OfficerAt, register: Register, applicant: Actor
) -> None:
    register.known["AB123456"] = {"wanted": True, "trusted": True}
    reference, officer, senior = file().reference, officer_at(), officer_at(role="senior")
    checking.run(reference=reference)
    case = case_of(reference)
    assert case.held
    assert case.state == State.SUBMITTED
    with pytest.raises(NotFound):
        queries.case_for_officer(reference=reference, by=officer)
    assert "held" not in queries.queue_counts(by=officer)
    assert [c.reference for c in queries.queue(name="held", by=senior).cases] == [reference]
    seen = queries.history(queries.case_for_applicant(reference=reference, by=applicant), public_only=True)
    assert [event.type for event in seen] == ["submitted"]
    dossier = queries.dossier(case, by=senior)
    assert dossier.holds[0].checks == ["wanted"]


def test_a_held_case_is_not_decided_before_the_hold_is_lifted(file: File, officer_at: OfficerAt) -> None:
    reference, officer, senior = file().reference, officer_at(), officer_at(role="senior")
    decisions.hold(reference=reference, reason="the photograph is another's", by=officer)
    with pytest.raises(Conflict):
        decisions.approve(reference=reference, by=senior)
    decisions.lift_hold(reference=reference, by=senior, note="the same person")
    assert decisions.approve(reference=reference, by=senior).state == State.APPROVED


@pytest.mark.requirement("R-001.36")
def test_no_act_tells_of_a_hold_to_those_who_may_not_see_it(file: File, officer_at: OfficerAt) -> None:
    """A case that nobody can find answers no act either: not by address, not by API, not among many."""
    reference, officer, senior = file().reference, officer_at(), officer_at(role="senior")
    decisions.hold(reference=reference, reason="identify", by=senior)
    acts: list[Callable[[], object]] = [
        lambda: services.claim(reference=reference, by=officer),
        lambda: services.unclaim(reference=reference, by=officer),
        lambda: services.assign(reference=reference, to=senior.account_id, by=officer),
        lambda: services.ask(reference=reference, fields=["person.passport"], message="Which?", by=officer),
        lambda: services.add_note(reference=reference, text="Hello", by=officer),
        lambda: services.mark_step(reference=reference, step="any", done=True, by=officer),
        lambda: decisions.approve(reference=reference, by=officer),
        lambda: decisions.hold(reference=reference, reason="again", by=officer),
        lambda: decisions.lift_hold(reference=reference, by=officer),
    ]
    for act in acts:
        with pytest.raises(NotFound):
            act()
    told = services.assign_many(references=[reference, "TM47-00000000-0"], to=officer.account_id, by=officer)
    assert told.given == ()
    assert len({why.en for _, why in told.skipped}) == 1, "held and unknown are told in the same words"
    assert case_of(reference).events == 2


def test_only_what_was_asked_is_answered_and_written_down(file: File, officer_at: OfficerAt, applicant: Actor) -> None:
    reference = file().reference
    services.ask(reference=reference, fields=["person.passport"], message="Which passport?", by=officer_at())
    values = {"person.passport": "ZZ999999", "person.name": "Somebody Else", "no field": "x" * 1000}
    services.answer(reference=reference, values=values, by=applicant)
    case = case_of(reference)
    assert case.answers["person"] == {"name": "Maria Silva", "passport": "ZZ999999", "due": "2026-11-25"}
    assert queries.history(case, public_only=True)[-1].data == {"fields": ["person.passport"]}


def test_the_words_of_a_decision_and_of_a_lifted_hold_are_cleaned(file: File, officer_at: OfficerAt) -> None:
    """PostgreSQL keeps no NUL, and a letter no control characters."""
    reference, senior = file().reference, officer_at(role="senior")
    decisions.hold(reference=reference, reason="identify", by=senior)
    decisions.lift_hold(reference=reference, note=" the same\0 person", by=senior)
    decisions.approve(reference=reference, message="All\0 is\x1b well ", by=senior)
    said = [event.data for event in queries.history(case_of(reference), public_only=False)]
    assert said[-2:] == [{"note": "the same person"}, {"message": "All is well"}]


@pytest.mark.requirement("R-001.36", "R-001.41")
@pytest.mark.parametrize("role", ["officer", "senior"])
def test_nobody_works_on_a_request_of_their_own(file: File, officer_at: OfficerAt, role: str) -> None:
    me = officer_at(role=role)
    reference = file(by=me).reference
    for act in (services.claim, decisions.approve):
        with pytest.raises(NotFound):
            act(reference=reference, by=me)
    with pytest.raises(NotFound):
        queries.case_for_officer(reference=reference, by=me)
    decisions.hold(reference=reference, reason="identify", by=officer_at(role="senior"))
    for name in queries.QUEUES:
        assert queries.queue(name=name, by=me).cases == []
    assert set(queries.queue_counts(by=me).values()) == {0}
    assert queries.find(text=reference, by=me) == []


def test_a_hold_lifted_by_a_person_is_not_placed_again_by_the_same_check(
    file: File, officer_at: OfficerAt, register: Register
) -> None:
    register.known["AB123456"] = {"wanted": True, "trusted": False}
    reference = file().reference
    checking.run(reference=reference)
    decisions.lift_hold(reference=reference, by=officer_at(role="senior"))
    checking.run(reference=reference)
    assert not case_of(reference).held
    assert Hold.objects.count() == 1


@pytest.mark.requirement("R-001.39")
@pytest.mark.parametrize("reachable", [True, False])
def test_checks_inform_and_never_refuse(file: File, register: Register, reachable: bool) -> None:
    register.reachable = reachable
    reference = file().reference
    with nullcontext() if reachable else pytest.raises(checking.RegisterOutOfReach):
        checking.run(reference=reference)
    case = case_of(reference)
    assert (case.state, case.held) == (State.SUBMITTED, False)
    found = dict(CheckResult.objects.filter(case=case).values_list("check_id", "outcome"))
    of_register = {"known": "alert", "wanted": "passed"} if reachable else {"known": "unknown", "wanted": "unknown"}
    assert found == {**of_register, "placed": "passed"}


def test_a_rule_may_approve_when_every_check_passed(file: File, register: Register) -> None:
    register.known["AB123456"] = {"wanted": False, "trusted": True}
    reference = file().reference
    checking.run(reference=reference)
    case = case_of(reference)
    assert (case.state, case.decided_by) == (State.APPROVED, "system:rule")
    assert {mark.by for mark in SopMark.objects.filter(case=case)} == {system("rule").label}


def test_a_rule_leaves_a_case_alone_that_somebody_works_on(
    file: File, register: Register, officer_at: OfficerAt
) -> None:
    register.known["AB123456"] = {"wanted": False, "trusted": True}
    reference = file().reference
    services.claim(reference=reference, by=officer_at())
    checking.run(reference=reference)
    assert case_of(reference).state == State.IN_REVIEW


def test_that_a_restricted_check_could_not_be_made_is_told_to_whoever_decides(
    file: File, register: Register, officer_at: OfficerAt
) -> None:
    register.reachable = False
    reference, officer = file().reference, officer_at()
    with pytest.raises(checking.RegisterOutOfReach):
        checking.run(reference=reference)
    shown = queries.dossier(case_of(reference), by=officer).checks
    assert {check.check_id for check in shown if check.outcome == "unknown"} == {"known", "wanted"}
    register.reachable = True
    checking.run(reference=reference)
    seen = queries.dossier(case_of(reference), by=officer).checks
    assert {check.check_id for check in seen} == {"known", "placed"}


def test_a_step_is_ticked_by_rule_only_when_every_check_that_names_it_passed(file: File, register: Register) -> None:
    register.known["AB123456"] = {"wanted": True, "trusted": False}
    reference = file().reference
    checking.run(reference=reference)
    assert not SopMark.objects.filter(step="place").exists()  # `wanted` names it, and is an alert
    assert SopMark.objects.get().step == "identity"


@pytest.mark.requirement("R-001.43")
def test_every_officer_sees_the_same_steps_and_who_did_them(file: File, officer_at: OfficerAt) -> None:
    reference, first, second = file().reference, officer_at(), officer_at()
    services.mark_step(reference=reference, step="place", done=True, by=first)
    services.mark_step(reference=reference, step="place", done=True, by=first)
    case = queries.case_for_officer(reference=reference, by=second)
    assert queries.dossier(case, by=second).marks["place"].by == first.label
    services.mark_step(reference=reference, step="place", done=False, by=second)
    assert queries.dossier(case, by=second).marks == {}


def test_the_queues_sort_by_what_presses_most(file: File, officer_at: OfficerAt) -> None:
    officer = officer_at()
    with clock.frozen(NOW - timedelta(days=4)):
        overdue = file().reference
    with clock.frozen(NOW - timedelta(hours=60)):
        soon = file().reference
    new = file().reference
    services.claim(reference=soon, by=officer)
    names = {name: [c.reference for c in queries.queue(name=name, by=officer).cases] for name in queries.QUEUES[:5]}
    assert names == {
        "new": [overdue, new], "mine": [soon], "due_soon": [soon], "overdue": [overdue], "waiting": [],
    }  # fmt: skip
    assert queries.queue_counts(by=officer)["open"] == 3


def test_pages_of_a_queue_join_without_gap_or_double(file: File, officer_at: OfficerAt) -> None:
    references = {file().reference for _ in range(7)}
    officer, seen, cursor = officer_at(), [], None
    for _ in range(10):
        page = queries.queue(name="new", by=officer, cursor=cursor, limit=2)
        seen += [case.reference for case in page.cases]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert (len(seen), set(seen)) == (7, references)


@pytest.mark.requirement("R-001.30")
def test_the_status_is_found_by_key_by_email_and_by_the_owner(file: File, applicant: Actor) -> None:
    filed = file()
    assert queries.status(reference=filed.reference.lower().replace("-", " "), key=filed.key).due_at == filed.due_at
    assert queries.status(reference=filed.reference, by=applicant).state == State.SUBMITTED
    assert queries.case_by_email(reference=filed.reference, email=" MARIA@example.org ").id == filed.id
    for wrong in ({"key": "x"}, {"by": actor_for(make_account())}, {}):
        with pytest.raises(NotFound):
            queries.status(reference=filed.reference, **wrong)
    with pytest.raises(NotFound):
        queries.case_by_email(reference=filed.reference, email="other@example.org")


@pytest.mark.requirement("R-001.38")
def test_the_last_answers_are_there_for_the_next_report(file: File, applicant: Actor) -> None:
    file()
    last = queries.last_answers(applicant.account_id, "test-permit")
    assert last
    assert last["person"]["passport"] == "AB123456"
