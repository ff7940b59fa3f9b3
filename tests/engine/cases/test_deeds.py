"""Another person's consent and what an approval does in a register, of any declaration."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from sala.engine.cases import consent_on_paper, consenting, decisions, filing, journal, services
from sala.engine.cases.deeds import Doing
from sala.engine.cases.models import Case, CaseEvent, Consent
from sala.engine.catalogue import checking, functions
from sala.engine.catalogue import services as catalogue
from sala.engine.catalogue.loaded import Loaded
from sala.identity.accounts.actor import Actor, system
from sala.identity.directory import queries as directory
from sala.identity.directory.models import Office
from sala.identity.wallet import approvals
from sala.identity.wallet.models import Approval
from sala.kit import audit, clock, sql
from sala.kit.errors import Conflict, Invalid, SalaError
from tests.background import settle
from tests.engine.cases.conftest import NOW
from tests.factories import actor_for, make_account, make_officer

pytestmark = pytest.mark.django_db
REFUSED = Conflict(checking.Text(th="ทะเบียนไม่รับ", en="The register says no"))


class Register:
    """A register that keeps what is done in it, in the same database; `refuses` = it says no after it has written."""

    refuses = False

    def run(self, doing: Doing) -> dict[str, Any]:
        audit.record("tests", "deed.done", doing.reference)
        if self.refuses:
            raise REFUSED
        return {"by": doing.by.label}

    def done(self, reference: str) -> int:
        (row,) = sql.fetch_all(
            "SELECT count(*) FROM kit_auditentry WHERE action = 'deed.done' AND subject = %s", [reference]
        )
        return int(row[0])


_register = Register()
_asked: dict[str, int | None] = {"who": None}
functions.register("tests.deed:run", _register.run)
functions.register("tests.deed:who", lambda answers: _asked["who"])  # a fresh lambda is registered once a process


@pytest.fixture
def register() -> Iterator[Register]:
    _register.refuses = False
    yield _register
    _register.refuses, _asked["who"] = False, None


@pytest.fixture
def service(offices: dict[int, int]) -> Loaded:
    text = Path(__file__).with_name("deed.yaml").read_text(encoding="utf-8")
    return catalogue.publish(checking.load_text(text), by=system("tests"))


@pytest.fixture
def team(offices: dict[int, int]) -> list[Actor]:
    office = Office.objects.get(slug="immigration-samut-sakhon")
    return [actor_for(make_officer(office)) for _ in range(2)]


@pytest.fixture
def other(db: None) -> Actor:
    """Somebody with a digital ID whose consent is asked."""
    from sala.identity.people import services as people
    from sala.identity.people.models import Ial
    from tests.services.civil.conftest import TESTS, rules

    account = make_account()
    pid = rules.invented_pid(4711)
    born: Any = clock.today() - timedelta(days=15_000)
    person = {
        "pid": pid, "title_th": "นาย", "given_name_th": "ก", "family_name_th": "ข", "title_en": "Mr.",
        "given_name_en": "A", "family_name_en": "B", "birth_date": born, "sex": "m", "house_no": "1",
        "subdistrict_id": 740101, "ial": "2.3",
    }  # fmt: skip
    _asked["who"] = people.register(person=person, by=TESTS)
    people.link(account=account.id, pid=pid, ial=Ial.ENROLLED, by=TESTS)
    return actor_for(account)


def file(service: Loaded, *, grave: bool = False) -> str:
    answers = {"person": {"name": "Ann", "email": "ann@example.org", "grave": grave}}
    by = actor_for(make_account())
    reference = filing.file(service=service, answers=answers, by=by, language="en", channel="web").reference
    settle()
    return reference


def test_what_the_register_refuses_is_no_approval(
    service: Loaded, team: list[Actor], register: Register, other: Actor
) -> None:
    reference = file(service)
    consent_on_paper.record(reference=reference, consent="other", reason="seen", by=team[0])
    register.refuses = True
    with pytest.raises(Conflict, match="The register says no"):
        decisions.approve(reference=reference, by=team[0])
    assert (register.done(reference), Case.objects.get(reference=reference).decided_at) == (0, None)
    register.refuses = False
    decisions.approve(reference=reference, by=team[0])
    assert register.done(reference) == 1


def test_a_case_closed_between_the_question_and_the_answer_stays_as_it_is(
    service: Loaded, team: list[Actor], register: Register, other: Actor
) -> None:
    reference = file(service)
    approval = Approval.objects.get(account=other.account_id)
    approvals.approve(approval_id=approval.id, agreed=(), methods=("pin",), by=other)
    decisions.refuse(reference=reference, reason="no", by=team[0])
    settle()
    case = Case.objects.get(reference=reference)
    assert case.state == "refused"
    assert not CaseEvent.objects.filter(case=case, type="consent_given").exists()


def test_an_approval_that_is_no_consent_of_ours_changes_nothing(service: Loaded, register: Register) -> None:
    from uuid import uuid4

    consenting.answered(approval=uuid4())


def test_where_the_rule_that_asks_for_two_cannot_be_told_two_are_asked(
    service: Loaded, team: list[Actor], register: Register
) -> None:
    reference = file(service)
    Case.objects.filter(reference=reference).update(answers={"person": {"name": "Ann"}})
    consent_on_paper.record(reference=reference, consent="other", reason="seen", by=team[0])
    assert decisions.approve(reference=reference, by=team[0]).decided_at is None


@pytest.mark.parametrize("seed", range(10))
def test_no_deed_without_approval_and_no_approval_without_deed(
    seed: int, service: Loaded, team: list[Actor], register: Register, other: Actor
) -> None:
    """Whatever is done, in whatever order: what the history says was approved is what was done, once."""
    chance = random.Random(seed)  # noqa: S311 - nothing secret
    grave = chance.random() < 0.5
    reference = file(service, grave=grave)

    def answer(act: Callable[..., Any], **given: Any) -> None:
        row = Approval.objects.filter(account=other.account_id).latest("id")
        act(approval_id=row.id, by=other, **given)

    def turn() -> None:
        register.refuses = not register.refuses

    def late() -> None:
        with clock.frozen(NOW + timedelta(days=3)):
            consenting.lapse()

    acts: list[Callable[[], Any]] = [
        *(lambda by=by: decisions.approve(reference=reference, by=by) for by in team * 2),
        lambda: decisions.refuse(reference=reference, reason="no", by=team[0]),
        lambda: consent_on_paper.record(reference=reference, consent="other", reason="seen", by=team[1]),
        lambda: services.unclaim(reference=reference, by=team[0]),
        lambda: services.unclaim(reference=reference, by=team[1]),
        lambda: answer(approvals.approve, agreed=(), methods=("pin",)),
        lambda: answer(approvals.decline),
        late, turn, turn, settle,
    ]  # fmt: skip
    for _ in range(14):
        with suppress(SalaError):
            chance.choice(acts)()
        case = Case.objects.get(reference=reference)
        approved = CaseEvent.objects.filter(case=case, type="approved")
        assert approved.count() == register.done(reference) == (case.state == "approved")
        for event in approved:
            assert event.data["deed"]["run"] == "tests.deed:run"
            assert Consent.objects.get(case=case).state in {"given", "recorded"}
            assert not grave or event.data["proposed_by"] != event.actor
    assert journal.verify(case.id) is None


def test_a_consent_on_paper_needs_a_person_and_a_reason(service: Loaded, team: list[Actor], register: Register) -> None:
    reference = file(service)
    with pytest.raises(Invalid):
        consent_on_paper.record(reference=reference, consent="other", reason="", by=team[0])
    for _ in range(2):
        consent_on_paper.record(reference=reference, consent="other", reason="seen", by=team[0])
    case = Case.objects.get(reference=reference)
    assert CaseEvent.objects.filter(case=case, type="consent_recorded").count() == 1
    assert case.also_offices == [directory.office_by_slug("immigration-bangkok").id]
