"""A house by its code, and people whom a function offers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from sala.engine.catalogue import functions
from sala.engine.catalogue.fields import kind_of
from sala.identity.accounts.actor import system
from sala.identity.people import rules, services
from sala.kit.errors import Fault, Invalid
from tests.engine.catalogue.samples import EMAIL, a_field, field, loaded, page

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 22)
CODE = rules.house_code("9901000001")
WRITTEN = f"{CODE[:4]}-{CODE[4:10]}-{CODE[10]}"
HOUSE = kind_of(a_field("house"), "stay")


@pytest.fixture
def house(offices: dict[int, int]) -> None:
    address = {"house_no": "22/3", "moo": "4", "road": "สาทร", "subdistrict_id": 100402}
    services.register_house(code=CODE, address=address, by=system("tests"))


def _offered(answers: Mapping[str, Any]) -> dict[str, str]:
    return {rules.invented_pid(1): "ก", rules.invented_pid(2): "ข"} if answers.get("contact", {}).get("email") else {}


functions.register("tests.people:offered", _offered)


THAI = CODE.translate(str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙"))
WRONG = CODE[:-1] + str((int(CODE[-1]) + 1) % 10)


@pytest.mark.parametrize("typed", [CODE, WRITTEN, f" {WRITTEN} ", THAI])
def test_a_house_is_kept_with_its_address(house: None, typed: str) -> None:
    value = HOUSE.clean(typed, TODAY)
    assert value == {
        "code": CODE, "line": "22/3 หมู่ที่ 4 ถนนสาทร", "subdistrict": 100402, "district": 1004, "province": 10,
        "postcode": 10500,
    }  # fmt: skip
    assert HOUSE.clean({"code": CODE, "line": "elsewhere", "province": 50}, TODAY) == value
    assert "22/3" in HOUSE.display(value, "th")
    assert HOUSE.parse(HOUSE.typed(value, "th"), TODAY) == value


@pytest.mark.parametrize(
    ("typed", "code"),
    [("123", "house_code"), (WRONG, "check_digit"), (rules.house_code("9909999999"), "not_found")],
)
def test_what_is_no_house_is_told_why(house: None, typed: str, code: str) -> None:
    fault = HOUSE.clean(typed, TODAY)
    assert isinstance(fault, Fault)
    assert fault.code == code


@pytest.mark.requirement("R-004.17")
def test_the_address_is_shown_before_one_goes_on(house: None) -> None:
    first = HOUSE.parse({"answer": WRITTEN}, TODAY)
    assert isinstance(first, Fault)
    assert first.code == "asked_now"
    widget = HOUSE.widget({"answer": WRITTEN}, [first], "en")
    assert "22/3" in widget["shown"]["text"]
    assert "errorMessage" not in widget["params"]
    assert isinstance(HOUSE.parse({"answer": WRITTEN, "answer-seen": widget["shown"]["value"]}, TODAY), dict)
    assert isinstance(HOUSE.parse({"answer": WRITTEN, "answer-seen": "another"}, TODAY), Fault)


SERVICE = page("who", field("along", "people", offers="tests.people:offered", required=False))


def test_only_who_is_offered_can_be_chosen() -> None:
    service = loaded(SERVICE)
    kept = service.clean({**EMAIL, "who": {"along": [rules.invented_pid(2)]}}, today=TODAY)
    assert kept["who"]["along"] == [{"pid": rules.invented_pid(2), "name": "ข"}]
    forged = [{"pid": rules.invented_pid(2), "name": "somebody else"}]
    assert service.clean({**EMAIL, "who": {"along": forged}}, today=TODAY) == kept
    with pytest.raises(Invalid) as refused:
        service.clean({**EMAIL, "who": {"along": [rules.invented_pid(3)]}}, today=TODAY)
    assert refused.value.faults[0].code == "choice"


def test_ticks_are_drawn_and_read() -> None:
    service = loaded(SERVICE)
    typed = {"along-2": rules.invented_pid(2)}
    (widget,) = service.widgets("who", typed, answers=EMAIL, faults=[], language="en")
    assert [item["checked"] for item in widget["params"]["items"]] == [False, True]
    values, faults = service.clean_page("who", typed, answers=EMAIL, language="en")
    assert (values["along"][0]["name"], faults) == ("ข", [])


def test_where_nobody_is_offered_nothing_is_asked() -> None:
    service = loaded(SERVICE)
    assert service.widgets("who", {}, answers={}, faults=[], language="en") == []


def test_what_makes_no_sense_is_told() -> None:
    from sala.engine.catalogue import act_findings
    from tests.engine.catalogue.samples import declaration

    def told(*pages: Any, **more: Any) -> list[str]:
        return [finding.message.en for finding in act_findings.findings(declaration(*pages, **more))]

    me = page("me", field("pid", "thai_pid", prefill="person.pid"))
    assert told(me, sign_in="thaid", level="2.2") == []
    assert told(me) == ["The register tells only of who shows their digital ID."]
    assert "This page mixes" in told(page("me", me["fields"][0], field("x", "text")), sign_in="thaid")[0]
    assert "does not fit" in told(page("me", field("pid", "date", prefill="person.pid")), sign_in="thaid")[0]
    assert "level is that of" in told(level="2.2")[0]
    assert "Nothing says who" in told(page("who", field("along", "people")))[0]
    assert "has no offers" in told(page("who", field("along", "text", offers="tests.people:offered")))[0]
    assert "No agency has registered" in told(deed={"run": "no.such:thing"})[0]
    assert "No approval would" in told(deed={"run": "tests.people:offered"}, decisions=["completed"])[0]
    word = {"th": "ก", "en": "x"}
    consent = {"key": "k", "of": word, "who": "tests.people:offered", "text": word}
    assert told(consents=[consent]) == []
    assert told(consents=[consent, consent]) == ["“k” is there twice."]
    assert "no field" in told(consents=[{**consent, "shows": ["no.where"]}])[0]
    (said,) = told(consents=[{**consent, "labels": {"no.where": word}}])
    assert "not among what they are shown" in said
    assert "tell a place" in told(also_at=[{"to": "an-office", "by": "contact.email"}])[0]
