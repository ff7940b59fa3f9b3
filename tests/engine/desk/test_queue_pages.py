"""Queues, search and bulk assignment, as officers meet them."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse

from sala.engine.cases import decisions, services
from sala.engine.cases.models import Case, CheckResult
from sala.engine.cases.queues import COUNTED_TO, QUEUES, queue_counts
from sala.engine.catalogue import checking
from sala.engine.catalogue import services as catalogue
from sala.engine.catalogue.loaded import Loaded
from sala.identity.accounts.actor import system
from sala.identity.directory.models import Office
from sala.kit import clock
from tests.engine.desk.conftest import BANGKOK, NOW, SAMUT_SAKHON, File, Person, Staff, at_once

pytestmark = pytest.mark.django_db
HOME = "/desk/"


def in_queue(person: Person, name: str, **query: Any) -> list[str]:
    """The references a queue's page lists, in order."""
    return listed(person.read(reverse("desk:queue", args=[name]), **query))


def listed(page: str) -> list[str]:
    return re.findall(
        r'<th scope="row" class="desk-list__case">\s*<a class="govuk-link" href="/desk/cases/([^/]+)/"', page
    )


def link(page: str, rel: str) -> str | None:
    found = re.search(rf'href="([^"]+)" rel="{rel}"', page)
    return html.unescape(found[1]) if found else None


@pytest.mark.requirement("R-001.27", "R-001.40")
@pytest.mark.parametrize(
    ("role", "province", "sees"),
    [
        ("officer", SAMUT_SAKHON, True),
        ("senior", SAMUT_SAKHON, True),
        ("manager", SAMUT_SAKHON, True),
        ("auditor", SAMUT_SAKHON, True),
        ("administrator", SAMUT_SAKHON, False),
        ("officer", BANGKOK, False),
        ("senior", BANGKOK, False),
        ("manager", BANGKOK, False),
        ("auditor", BANGKOK, False),
        ("manager", None, True),
        ("auditor", None, True),
        ("administrator", None, False),
    ],
)
def test_a_case_stands_in_the_queue_of_its_office_alone(
    file: File, staff: Staff, role: str, province: int | None, sees: bool
) -> None:
    reference = file().reference
    person = staff(role, province)
    assert (reference in person.read(HOME)) is sees
    assert (in_queue(person, "open") == [reference]) is sees
    assert (reference in person.read(reverse("desk:search"), q="Silva")) is sees


def test_a_post_for_one_service_sees_that_service_alone(file: File, staff: Staff) -> None:
    reference = file().reference
    assert in_queue(staff(services=("another-service",)), "open") == []
    assert in_queue(staff(services=("test-permit",)), "open") == [reference]


def test_only_services_that_come_to_ones_offices_are_offered(file: File, staff: Staff) -> None:
    file()
    _published("test-here", "immigration-samut-sakhon")
    _published("test-there", "immigration-bangkok")
    offered = re.compile(r'<option value="(test-[^"]+)"')
    assert set(offered.findall(staff().read(HOME))) == {"test-permit", "test-here"}
    assert set(offered.findall(staff(province=BANGKOK).read(HOME))) == {"test-permit", "test-there"}
    # Of one there is nothing to choose
    assert offered.findall(staff(services=("test-permit",)).read(HOME)) == []


def _published(slug: str, office: str) -> None:
    """A service like the small one, whose cases go to one office."""
    text = Path(__file__).with_name("permit.yaml").read_text(encoding="utf-8")
    for old, new in (
        ("service: test-permit", f"service: {slug}"),
        ("reference: PRM", f"reference: {slug[5:].upper()}"),
        ("route: {to: immigration-office, by: stay.address}", f"route: {{to: {office}}}"),
    ):
        text = text.replace(old, new)
    catalogue.publish(checking.load_text(text), by=system("tests"))


def test_each_queue_holds_what_its_name_says(file: File, staff: Staff) -> None:
    officer, senior = staff(), staff("senior")
    fresh, mine, asked, late, soon, held, decided = (file().reference for _ in range(7))
    services.claim(reference=mine, by=officer.actor)
    services.ask(reference=asked, fields=["person.name"], message="Which?", by=officer.actor)
    decisions.hold(reference=held, reason="identify", by=senior.actor)
    decisions.approve(reference=decided, by=officer.actor)
    Case.objects.filter(reference=late).update(due_at=NOW - timedelta(hours=1), warn_at=NOW - timedelta(days=1))
    Case.objects.filter(reference=soon).update(due_at=NOW + timedelta(hours=5), warn_at=NOW - timedelta(hours=1))
    assert in_queue(officer, "new") == [late, soon, fresh]
    assert set(in_queue(officer, "mine")) == {mine, asked}
    assert in_queue(officer, "due_soon") == [soon]
    assert in_queue(officer, "overdue") == [late]
    assert in_queue(officer, "waiting") == [asked]
    assert set(in_queue(officer, "open")) == {fresh, mine, asked, late, soon}
    assert in_queue(senior, "held") == [held]
    assert queue_counts(by=senior.actor) == {
        "new": 3, "mine": 0, "due_soon": 1, "overdue": 1, "waiting": 1, "held": 1, "open": 5, "also": 0,
    }  # fmt: skip


def test_a_stopped_clock_is_not_late(file: File, staff: Staff) -> None:
    officer, reference = staff(), file().reference
    services.ask(reference=reference, fields=["person.name"], message="Which?", by=officer.actor)
    Case.objects.filter(reference=reference).update(due_at=NOW - timedelta(hours=1), warn_at=NOW - timedelta(hours=9))
    assert in_queue(officer, "overdue") == []
    assert "Clock stopped" in officer.read(reverse("desk:queue", args=["waiting"]))


def test_without_a_time_for_its_visit_a_case_has_no_promised_moment(file: File, staff: Staff) -> None:
    officer = staff()
    case = Case.objects.get(reference=file().reference)
    services.promise_waits(cases=[case.id], by=officer.actor)
    moment = f'datetime="{case.due_at.isoformat()}"'
    for address in (reverse("desk:queue", args=["new"]), reverse("desk:case", args=[case.reference])):
        page = officer.read(address)
        assert "After the new visit" in page
        assert moment not in page


@pytest.mark.requirement("R-001.36")
def test_the_queue_of_held_cases_does_not_exist_for_others(file: File, staff: Staff) -> None:
    reference = file().reference
    decisions.hold(reference=reference, reason="identify", by=staff("senior").actor)
    officer = staff()
    assert officer.get(reverse("desk:queue", args=["held"])).status_code == 404
    assert "Held" not in officer.read(HOME)
    assert listed(officer.read(reverse("desk:search"), q="Silva")) == []
    assert listed(officer.read(reverse("desk:search"), q=reference)) == []


def test_an_unknown_queue_is_not_there(staff: Staff) -> None:
    assert staff().get(reverse("desk:queue", args=["everything"])).status_code == 404


def test_pages_follow_each_other_without_gap_or_double(file: File, staff: Staff) -> None:
    filed = {file().reference for _ in range(28)}
    officer = staff()
    first = officer.read(HOME)
    following = officer.read(link(first, "next") or "")
    seen = listed(first) + listed(following)
    assert len(seen) == 28
    assert set(seen) == filed
    assert link(following, "next") is None
    assert link(following, "prev") == reverse("desk:queue", args=["new"])


@pytest.mark.parametrize("cursor", ["x", "!!!!", "W10", "e30", "A" * 300])
def test_a_cursor_that_nobody_gave_out_begins_at_the_beginning(file: File, staff: Staff, cursor: str) -> None:
    reference = file().reference
    assert in_queue(staff(), "new", after=cursor) == [reference]


def test_counts_end_at_99_plus(file: File, staff: Staff) -> None:
    case = Case.objects.get(reference=file().reference)
    copies = [
        Case(**{**_fields(case), "id": None, "reference": f"PRM-{n:08d}-0"} | {"id": _uuid(n)})
        for n in range(COUNTED_TO + 5)
    ]
    Case.objects.bulk_create(copies)
    officer = staff()
    assert queue_counts(by=officer.actor)["new"] == COUNTED_TO
    assert "99+" in officer.read(HOME)


def _fields(case: Case) -> dict[str, Any]:
    return {f.attname: getattr(case, f.attname) for f in Case._meta.concrete_fields if f.attname != "search"}  # noqa: SLF001


def _uuid(n: int) -> Any:
    from uuid import UUID

    return UUID(int=n + 1)


def test_a_whole_bureau_narrows_to_an_office_and_a_service(file: File, staff: Staff, offices: dict[int, int]) -> None:
    reference, manager = file().reference, staff("manager", None)
    here, there = (Office.objects.get(id=offices[p]).slug for p in (SAMUT_SAKHON, BANGKOK))
    assert in_queue(manager, "open", office=here) == [reference]
    assert in_queue(manager, "open", office=there) == []
    assert in_queue(manager, "open", office=here, service="test-permit") == [reference]
    assert in_queue(manager, "open", office=here, service="tm47") == []


def test_an_office_that_is_not_ones_own_narrows_nothing(file: File, staff: Staff, offices: dict[int, int]) -> None:
    file()
    stranger = staff(province=BANGKOK)
    assert in_queue(stranger, "open", office=Office.objects.get(id=offices[SAMUT_SAKHON]).slug) == []


def test_search_by_number_opens_the_case(file: File, staff: Staff) -> None:
    reference = file().reference
    typed = reference.replace("-", " ").lower()
    answer = staff().get(reverse("desk:search"), q=typed)
    assert answer.status_code == 303
    assert answer.headers["Location"] == reverse("desk:case", args=[reference])


@pytest.mark.parametrize("words", ["silva", "MARIA S", "AB123456", "123456", "  maria   silva "])
def test_search_finds_names_and_passports(file: File, staff: Staff, words: str) -> None:
    assert file().reference in staff().read(reverse("desk:search"), q=words)


@pytest.mark.parametrize("words", ["", "%", "___", "si", "Silva%", "\\", "nobody of this name", "x" * 500])
def test_search_takes_signs_for_what_they_are(file: File, staff: Staff, words: str) -> None:
    assert file().reference not in staff().read(reverse("desk:search"), q=words)


@pytest.mark.requirement("R-001.36")
def test_alerts_are_counted_as_far_as_the_reader_may_see_them(file: File, staff: Staff) -> None:
    case = Case.objects.get(reference=file().reference)
    for check, restricted in (("known", False), ("wanted", True)):
        CheckResult.objects.create(case=case, check_id=check, outcome="alert", restricted=restricted, at=clock.now())
    assert "1 alert<" in staff().read(HOME)
    assert "2 alerts<" in staff("senior").read(HOME)


# --- Many at once -----------------------------------------------------------------------------------


def owner(reference: str) -> Any:
    return Case.objects.get(reference=reference).claimed_by_id


def test_taking_the_chosen_cases(file: File, staff: Staff) -> None:
    references = [file().reference for _ in range(3)]
    officer = staff()
    answer = officer.post(reverse("desk:bulk"), do="claim", case=references[:2], queue="new")
    assert answer.status_code == 303
    assert "2 cases were given." in officer.client.get(answer.headers["Location"]).content.decode()
    assert [owner(reference) for reference in references] == [officer.account.id, officer.account.id, None]


def test_bulk_assignment_leaves_claims_alone_and_says_so(file: File, staff: Staff) -> None:
    references = [file().reference for _ in range(3)]
    holder, senior, colleague = staff(given_name="Somsak"), staff("senior"), staff()
    services.claim(reference=references[1], by=holder.actor)
    answer = senior.post(reverse("desk:bulk"), do="assign", to=str(colleague.account.id), case=references, queue="open")
    page = senior.client.get(answer.headers["Location"]).content.decode()
    assert "2 cases were given." in page
    assert re.search(rf"{references[1]}[^:]*</a>: Somsak", page)
    assert [owner(r) for r in references] == [colleague.account.id, holder.account.id, colleague.account.id]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"do": "claim"}, "Choose at least one case first."),
        ({"do": "assign", "case": "X"}, "Choose the officer who is to take the cases."),
        ({"do": "assign", "case": "X", "to": "nobody"}, "Choose the officer who is to take the cases."),
    ],
)
def test_a_bulk_form_that_lacks_something_says_what(staff: Staff, data: dict[str, str], words: str) -> None:
    senior = staff("senior")
    answer = senior.post(reverse("desk:bulk"), queue="mine", **data)
    assert answer.headers["Location"].startswith(reverse("desk:queue", args=["mine"]))
    assert words in senior.client.get(answer.headers["Location"]).content.decode()


def test_only_those_who_may_assign_give_cases_to_others(file: File, staff: Staff) -> None:
    reference, officer, colleague = file().reference, staff(), staff()
    answer = officer.post(reverse("desk:bulk"), do="assign", to=str(colleague.account.id), case=[reference])
    assert answer.status_code == 403
    assert owner(reference) is None
    assert staff("auditor").post(reverse("desk:bulk"), do="claim", case=[reference]).status_code == 403
    assert "Choose a colleague" not in officer.read(HOME)


def test_cases_of_another_office_are_not_given(file: File, staff: Staff) -> None:
    reference, stranger = file().reference, staff("senior", BANGKOK)
    answer = stranger.post(reverse("desk:bulk"), do="claim", case=[reference])
    assert owner(reference) is None
    assert "This was not found" in stranger.client.get(answer.headers["Location"]).content.decode()


def test_words_put_into_the_address_by_somebody_else_are_not_shown(staff: Staff) -> None:
    assert "PHISHING" not in staff().read(HOME, done="WzEsW1siUEhJU0hJTkciXV1d:forged:signature")


@pytest.mark.django_db(transaction=True)
def test_two_who_take_the_same_cases_share_them_out(file: File, staff: Staff, permit: Loaded) -> None:
    references = [file().reference for _ in range(6)]
    one, two = staff(), staff()
    url = reverse("desk:bulk")
    answers = at_once(
        lambda: one.post(url, do="claim", case=references), lambda: two.post(url, do="claim", case=references[::-1])
    )
    assert [answer.status_code for answer in answers] == [303, 303]
    assert {owner(reference) for reference in references} <= {one.account.id, two.account.id}
    for case in Case.objects.filter(reference__in=references):
        assert case.events == 2, "given once, to one of them"


def test_every_queue_is_drawn_empty_too(staff: Staff) -> None:
    senior = staff("senior")
    for name in QUEUES:
        assert "Nothing here" in senior.read(reverse("desk:queue", args=[name]))
