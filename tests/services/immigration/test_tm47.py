"""The declaration of the 90-day report: what it asks, what holds a case, what it promises."""

from __future__ import annotations

import copy
import re
from datetime import date, timedelta
from importlib import resources
from typing import Any

import pytest

from sala.engine.catalogue import checking
from sala.engine.catalogue.loaded import Loaded
from sala.kit.errors import Invalid
from sala.services.immigration import declarations

TODAY = date(2026, 11, 22)
ZAW = {
    "passport": {"nationality": "MMR", "number": "MB123456"},
    "name": {"given_name": "Zaw Min"},
    "birth": {"birth_date": "1990-04-12", "sex": "m"},
    "arrival": {"arrived_on": "2026-08-28"},
    "journey": {"transport": "land"},
    "permission": {"permitted_until": "2027-08-27", "visa": "labour"},
    "previous": {"reported": False, "host_reported": "yes_done"},
    "stay": {
        "kind": "employer",
        "address": {"line": "99/1", "subdistrict": 740101, "district": 7401, "province": 74, "postcode": 74000},
    },
    "host": {"name": "Mahachai Seafood"},
    "contact": {"email": "zaw@example.org", "phone": "+66812345678"},
    "declaration": {"confirmed": True},
}
RECORD = {
    "found": True, "given_name": "ZAW MIN", "surname": "", "birth_date": "1990-04-12", "arrived_on": "2026-08-28",
    "permitted_until": "2027-08-27", "same_name": True, "same_birth_date": True,
}  # fmt: skip
NO_WARRANT = {"found": False}


@pytest.fixture(scope="module")
def tm47() -> Loaded:
    return Loaded(declarations.read("tm47.yaml"))


def changed(**pages: dict[str, Any]) -> dict[str, Any]:
    answers = copy.deepcopy(ZAW)
    for page, fields in pages.items():
        answers[page] = {**answers[page], **fields}
    return answers


def alerts(
    tm47: Loaded, answers: dict[str, Any], record: dict[str, Any] | None, warrant: dict[str, Any] | None = NO_WARRANT
) -> set[str]:
    """The checks that raise an alert; `?` before those that could not be judged."""
    reached = {name: facts for name, facts in (("record", record), ("warrant", warrant)) if facts is not None}
    environment = {**answers, **reached, "today": TODAY.isoformat(), "late": False}
    verdicts = {check.id: tm47.rules.check(check.id, environment) for check in tm47.declaration.checks}
    return {key for key, v in verdicts.items() if v is True} | {
        f"?{key}" for key, v in verdicts.items() if not isinstance(v, bool)
    }


def faulty(tm47: Loaded, answers: dict[str, Any]) -> set[str]:
    with pytest.raises(Invalid) as raised:
        tm47.clean(answers, today=TODAY)
    return {fault.field for fault in raised.value.faults}


def test_the_declaration_has_no_flaw() -> None:
    text = (resources.files("sala.services.immigration") / "tm47.yaml").read_text(encoding="utf-8")
    assert checking.check_text(text) == []


@pytest.mark.requirement("R-001.20", "R-001.21", "R-001.22", "R-001.23", "R-001.24")
@pytest.mark.parametrize(
    "path",
    ["name.given_name", "stay.address", "arrival.arrived_on", "journey.transport", "contact.email", "contact.phone",
     "passport.number", "passport.nationality", "permission.permitted_until", "declaration.confirmed"],
)  # fmt: skip
@pytest.mark.usefixtures("offices")
def test_the_report_takes_names_residence_entry_and_contact(tm47: Loaded, path: str) -> None:
    page, field = path.split(".")
    without = copy.deepcopy(ZAW)
    del without[page][field]
    assert any(fault.startswith(path) for fault in faulty(tm47, without))


@pytest.mark.usefixtures("offices")
@pytest.mark.parametrize("name", ["tm47.yaml", "extension.yaml"])
def test_pages_about_one_of_a_family_fit_a_child_and_a_wife_too(name: str) -> None:
    for page in declarations.read(name).form:
        if page.group:
            texts = [page.title, page.lead, *(text for field in page.fields for text in (field.label, field.hint))]
            said = " ".join(f"{text.en} {text.th}" for text in texts if text)
            assert not re.search(r"\byours?\b|\byou\b|ท่าน", said, re.IGNORECASE), page.page


def test_a_first_report_begins_with_the_accounts_name_which_is_to_be_checked(tm47: Loaded) -> None:
    fields = {field.key: field.prefill for field in tm47.pages["name"].fields}
    assert fields == {"given_name": "profile.given_name", "middle_name": "last", "surname": "profile.surname"}
    assert tm47.pages["name"].lead
    assert "photo page" in tm47.pages["name"].lead.en


def test_a_complete_report_is_taken_as_it_is(tm47: Loaded) -> None:
    assert tm47.clean(ZAW, today=TODAY) == ZAW


@pytest.mark.usefixtures("offices")
def test_a_surname_a_flight_and_photos_are_asked_but_not_required(tm47: Loaded) -> None:
    for path in ("name.surname", "name.middle_name", "journey.vehicle", "journey.arrival_card", "arrival.stamp"):
        assert not tm47.field(path).required


@pytest.mark.usefixtures("offices")
def test_days_in_the_wrong_order_are_faults(tm47: Loaded) -> None:
    assert faulty(tm47, changed(arrival={"arrived_on": "1989-01-01"})) == {"arrival.arrived_on"}
    assert faulty(tm47, changed(permission={"permitted_until": "2026-08-01"})) == {"permission.permitted_until"}
    assert faulty(tm47, changed(arrival={"arrived_on": "2026-11-23"})) == {"arrival.arrived_on"}


@pytest.mark.usefixtures("offices")
def test_the_date_of_the_last_report_is_asked_of_those_who_made_one(tm47: Loaded) -> None:
    assert faulty(tm47, changed(previous={"reported": True})) == {"previous.reported_on"}
    cleaned = tm47.clean(changed(previous={"reported": False, "reported_on": "2026-01-01"}), today=TODAY)
    assert "reported_on" not in cleaned["previous"]


@pytest.mark.usefixtures("offices")
def test_a_permission_that_ends_soon_or_has_ended_does_not_stop_anybody_from_filing(tm47: Loaded) -> None:
    for ends in (TODAY + timedelta(days=3), TODAY - timedelta(days=1)):
        tm47.clean(changed(permission={"permitted_until": ends.isoformat()}), today=TODAY)


@pytest.mark.requirement("R-001.28")
def test_a_report_that_agrees_with_the_register_raises_no_alert(tm47: Loaded) -> None:
    answers = changed(previous={"reported": True, "reported_on": "2026-09-01"})
    assert alerts(tm47, answers, RECORD) == set()


@pytest.mark.requirement("R-001.34")
def test_an_overstay_holds_by_the_register_or_else_by_the_form(tm47: Loaded) -> None:
    ended = {**RECORD, "permitted_until": "2026-11-21"}
    assert "overstay" in alerts(tm47, ZAW, ended)
    assert "overstay" not in alerts(tm47, ZAW, {**RECORD, "permitted_until": "2026-11-22"})
    claimed = changed(permission={"permitted_until": "2026-11-21"})
    assert "overstay" in alerts(tm47, claimed, {"found": False})
    assert "overstay" not in alerts(tm47, claimed, RECORD)


@pytest.mark.requirement("R-001.33")
def test_a_warrant_holds_unless_only_the_name_is_the_same(tm47: Loaded) -> None:
    sure = {"found": True, "number": "1", "match": "person"}
    assert {"warrant", "namesake"} & alerts(tm47, ZAW, RECORD, sure) == {"warrant"}
    assert {"warrant", "namesake"} & alerts(tm47, ZAW, RECORD, {**sure, "match": "passport"}) == {"warrant"}
    assert {"warrant", "namesake"} & alerts(tm47, ZAW, RECORD, {**sure, "match": "name"}) == {"namesake"}


@pytest.mark.requirement("R-001.35")
@pytest.mark.parametrize(
    "fact", [{"same_name": False}, {"same_birth_date": False}, {"arrived_on": "2026-08-27"}], ids=str
)
def test_data_that_do_not_fit_the_register_hold(tm47: Loaded, fact: dict[str, Any]) -> None:
    assert "abnormal" in alerts(tm47, ZAW, {**RECORD, **fact})


@pytest.mark.requirement("R-001.31")
def test_a_slip_of_the_pen_is_shown_and_holds_nothing(tm47: Loaded) -> None:
    found = alerts(tm47, ZAW, {**RECORD, "arrived_on": "2026-09-01", "permitted_until": "2027-08-31"})
    assert found == {"entry_differs", "stay_lawful", "first_report"}


@pytest.mark.requirement("R-001.36")
def test_every_check_that_holds_is_for_authorised_officers_alone(tm47: Loaded) -> None:
    holds = [check for check in tm47.declaration.checks if check.then == "hold"]
    assert {check.id for check in holds} == {"overstay", "warrant", "abnormal"}
    assert all(check.restricted for check in holds)


def test_an_unknown_passport_is_said_and_nothing_is_ticked_on_its_word(tm47: Loaded) -> None:
    assert alerts(tm47, ZAW, {"found": False}) == {"stay_lawful", "not_on_record", "first_report"}


@pytest.mark.requirement("R-001.39")
def test_registers_out_of_reach_leave_the_checks_to_a_person(tm47: Loaded) -> None:
    found = alerts(tm47, ZAW, None, None)
    assert found == {
        "?overstay", "?warrant", "?abnormal", "?namesake", "?stay_lawful", "?not_on_record", "?entry_differs",
        "first_report",
    }  # fmt: skip


@pytest.mark.requirement("R-001.41")
def test_no_rule_decides_a_report(tm47: Loaded) -> None:
    assert tm47.declaration.approve_when is None
    assert tm47.declaration.decisions == ("approved", "refused", "referred")
    assert all(reason.letter.th and reason.letter.en for reason in tm47.declaration.reasons)


@pytest.mark.requirement("R-001.26", "R-001.32")
def test_the_result_comes_within_three_days_and_no_question_stops_the_clock(tm47: Loaded) -> None:
    (leg,) = tm47.declaration.time
    assert (leg.within, leg.calendar, leg.pauses) == ("3d", "calendar_days", "never")


@pytest.mark.requirement("R-001.9", "R-001.19")
def test_the_menu_is_the_one_that_was_announced(tm47: Loaded) -> None:
    menu = tm47.declaration.menu
    assert menu is not None
    assert (menu.section.en, menu.entry.en) == ("Over 90 Days", "New Application (TM.47)")


@pytest.mark.requirement("R-001.42", "R-001.43", "R-001.44", "R-001.48")
def test_reminders_procedure_survey_and_pilot_are_declared(tm47: Loaded) -> None:
    declared = tm47.declaration
    assert declared.reminders is not None
    assert declared.reminders.days == ("-15d", "-7d", "-1d")
    assert [step.id for step in declared.sop] == ["identity", "stay", "address", "history", "decide"]
    assert declared.survey == "satisfaction"
    assert declared.pilot


@pytest.mark.requirement("R-001.1", "R-001.2")
def test_the_bureau_runs_it_for_foreigners(tm47: Loaded) -> None:
    assert tm47.declaration.agency == "immigration-bureau"
    assert tm47.declaration.audience == "foreigner"


@pytest.mark.requirement("R-001.6")
def test_no_step_asks_anybody_to_come(tm47: Loaded) -> None:
    """Filed, asked, decided, issued and told on line; only who is late is told where to go."""
    declaration = tm47.declaration
    assert declaration.issues
    assert declaration.route.to == "immigration-office"
    spoken = [declaration.summary.en, *(str(letter.body.en) for letter in declaration.letters)]
    assert not any("come to the office" in words for words in spoken)
    assert "without coming in person" in declaration.summary.en
