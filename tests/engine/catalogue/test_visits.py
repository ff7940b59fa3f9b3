"""What a declaration says of visits: judged with its line, in words, with the cure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from sala.engine.catalogue import checking, queries, services
from sala.engine.catalogue.expressions import BadExpression
from sala.engine.catalogue.loaded import Loaded
from sala.engine.catalogue.schema import declaration_schema
from sala.identity.accounts.actor import system
from tests.engine.catalogue.samples import TM47, declaration
from tests.engine.catalogue.test_checking import WHOLE, line_of, told

pytestmark = pytest.mark.requirement("R-001.49", "R-001.50")
SHIPPED = TM47.parents[1]
ROUTE = "route: {to: immigration-office, by: you.province}"
TITLE = {"th": "ก", "en": "A"}
VISIT = {"at": "immigration-office", "minutes": 20}


def one(appointment: str, *, at: str = "appointment") -> str:
    """The advice service with an appointment instead of its route: its only problem's words, on the line of `at`."""
    changed = WHOLE.replace(ROUTE, appointment)
    (problem,) = told(changed)
    assert problem[0] == line_of(changed, at), problem
    return problem[1]


def with_visit(**more: Any) -> Any:
    return declaration(**({"route": None, "appointment": VISIT} | more))


@pytest.mark.parametrize("file", ["immigration/extension.yaml", "health/see-a-doctor.yaml"])
def test_the_services_given_in_person_have_no_problem(file: str) -> None:
    assert checking.check_text((SHIPPED / file).read_text()) == []


@pytest.mark.parametrize(
    ("until", "visit_day", "told"),
    [("2026-11-20", None, True), ("2026-12-01", None, False), ("2026-12-01", date(2026, 12, 1), False),
     ("2026-12-01", date(2026, 12, 2), True)],
)  # fmt: skip
def test_who_may_not_stay_until_the_visit_is_told_before_the_trip(
    until: str, visit_day: date | None, told: bool
) -> None:
    extension = Loaded(checking.load_text((SHIPPED / "immigration/extension.yaml").read_text()))
    answers = {"passport": {"nationality": "GBR", "number": "AA1234567", "permitted_until": until}}
    today = date(2026, 11, 22)
    rows = extension.rows("passport", answers, "en", today=today, visit_day=visit_day)
    assert [bool(row.notice) for row in rows] == [False, False, told]


def test_only_a_notice_of_a_service_with_a_visit_sees_its_day() -> None:
    page = {"page": "contact", "title": TITLE, "fields": [
        {"key": "email", "type": "email", "label": TITLE},
        {"key": "until", "type": "date", "label": TITLE, "required": False,
         "notice": {"when": "value < visit_day", "text": TITLE}},
    ]}  # fmt: skip
    assert Loaded(with_visit(form=[page]))
    with pytest.raises(BadExpression):
        Loaded(declaration(form=[page]))


def test_the_appointment_stands_for_the_route() -> None:
    assert told(WHOLE.replace(ROUTE, "appointment: {at: immigration-office, minutes: 20}")) == []


def test_no_source_of_the_office() -> None:
    ((_, words),) = told(WHOLE.replace(ROUTE, ""))
    assert "Nothing says which office" in words
    assert "appointment: {at: …, minutes: …}" in words


def test_two_sources_of_the_office() -> None:
    both = f"{ROUTE}\nappointment: {{at: immigration-office, minutes: 20}}"
    assert one(both, at="route:").endswith("Delete route.")


def test_a_window_would_file_without_a_visit() -> None:
    words = one(
        "appointment: {at: immigration-office, minutes: 20}\n"
        "window: {around: immigration.tm47:due_date, opens: -15d, late_notice: {th: ก, en: x}}",
        at="window:",
    )
    assert "cannot file itself without a visit" in words
    assert "Delete window" in words


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        ("horizon: 0d", "Write 1d to 366d."),
        ("horizon: -3d", "Write 1d to 366d."),
        ("horizon: 400d", "Write 1d to 366d."),
        ("lead: 48h, horizon: 2d", "Give less than horizon (2d)."),
        ("letter: AB", "It must be: a capital"),
        ("letter: ก", "It must be: a capital"),
        ("moves: 21", "≤ 20"),
        ("lead: soon", "such as 30h or 3d"),
    ],
)
def test_numbers_that_make_no_sense(numbers: str, words: str) -> None:
    assert words in one(f"appointment: {{at: immigration-office, minutes: 20, {numbers}}}")


@pytest.mark.parametrize("minutes", [0, 481])
def test_minutes_out_of_range(minutes: int) -> None:
    assert "≥ 1, ≤ 480" in one(f"appointment: {{at: immigration-office, minutes: {minutes}}}")


def test_what_is_done_online_instead() -> None:
    need = {"th": "ก", "en": "x"}
    itself = with_visit(appointment={**VISIT, "instead": [{"need": need, "service": "trial"}]})
    assert [p.message.en for p in checking.check(itself)] == ["That is this service itself."]
    twice = with_visit(appointment={**VISIT, "instead": [{"need": need, "service": "other"}] * 2})
    assert [p.path for p in checking.check(twice)] == ["appointment.instead[2].service"]


def test_an_unknown_key_is_answered_with_the_known_ones() -> None:
    problems = told(WHOLE.replace(ROUTE, "appointment: {at: immigration-office, minuts: 20}"))
    assert any("Did you mean “minutes”?" in words for _, words in problems)


def test_the_published_schema_knows_it() -> None:
    schema = declaration_schema()
    found = schema["$defs"]["Appointment"]["properties"]
    assert {"at", "minutes", "letter", "lead", "horizon", "moves", "bring", "instead"} == set(found)
    assert "route" not in schema["$defs"]["Declaration"]["required"]


@pytest.mark.django_db
class TestPlaces:
    @pytest.fixture(autouse=True)
    def _online(self, offices: dict[int, int]) -> Iterator[None]:
        services.publish(checking.load_text(TM47.read_text()), by=system("tests"))
        yield
        queries.forget()

    def test_the_kind_of_office_must_be_there(self) -> None:
        wrong = with_visit(appointment={**VISIT, "at": "immigration-ofice"})
        (problem,) = checking.check_places(wrong)
        assert problem.path == "appointment.at"
        assert "Did you mean “immigration-office”?" in problem.cure.en

    def test_what_does_it_online_must_be_published_and_online(self) -> None:
        need = {"th": "ก", "en": "x"}
        missing = with_visit(appointment={**VISIT, "instead": [{"need": need, "service": "tm48"}]})
        (problem,) = checking.check_places(missing)
        assert "Did you mean “tm47”?" in problem.cure.en
        services.publish(with_visit(), by=system("tests"))
        visit = with_visit(service="other", appointment={**VISIT, "instead": [{"need": need, "service": "trial"}]})
        (problem,) = checking.check_places(visit)
        assert problem.message.en == "“trial” needs a visit as well."
        good = with_visit(appointment={**VISIT, "instead": [{"need": need, "service": "tm47"}]})
        assert services.publish(good, by=system("tests")).declaration.appointment
