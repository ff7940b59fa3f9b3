"""Rules: typed before publication, never a surprise after it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from sala.engine.catalogue.expressions import BadExpression, RuleError
from sala.engine.catalogue.loaded import Loaded
from tests.engine.catalogue.samples import declaration, field, loaded, page, text

TODAY = date(2026, 11, 22)


def service(*expressions: str, approve_when: str | None = None) -> Loaded:
    checks = [{"id": f"c{at}", "label": text("c"), "when": when} for at, when in enumerate(expressions)]
    register = {
        "name": "record",
        "lookup": "trial.tests:lookup",
        "given": {"number": "stay.name"},
        "facts": {"until": "date", "name": "text", "visits": "number", "same": "yes_no"},
    }
    return Loaded(
        declaration(
            page(
                "stay",
                field("name", "text"),
                field("until", "date"),
                field("rooms", "number"),
                field("price", "money"),
                field("sure", "yes_no"),
                field("address", "thai_address"),
                field("paper", "file"),
            ),
            registers=[register],
            checks=checks,
            **({"approve_when": approve_when} if approve_when else {}),
        )
    )


ENVIRONMENT: dict[str, Any] = {
    "stay": {
        "name": "สวัสดี",
        "until": "2026-11-21",
        "rooms": 2,
        "price": 100.5,
        "sure": False,
        "address": {"line": "1", "subdistrict": 100402, "district": 1004, "province": 10, "postcode": 10500},
        "paper": {"id": "x", "name": "a.pdf", "size": 5, "media_type": "application/pdf"},
    },
    "record": {"found": True, "until": "2026-12-31", "name": "สวัสดี", "visits": 3, "same": True},
    "today": TODAY,
    "late": True,
}


@pytest.mark.parametrize(
    ("expression", "holds"),
    [
        ("stay.until < today", True),
        ("stay.until + days(1) == today", True),
        ("today - stay.until > days(1)", False),
        ("age(stay.until, today) == 0", True),
        ("size(stay.name) == 6", True),  # characters, not bytes
        ("stay.name.startsWith('สวัส')", True),
        ("stay.name.matches('^[ก-๛]+$')", True),
        ("stay.rooms * 2 > 3", True),
        ("stay.price > 100.0", True),
        ("!stay.sure", True),
        ("stay.address.province in [10, 11]", True),
        ("stay.address.postcode == 10500", True),
        ("stay.paper.size < 10", True),
        ("record.found && record.until >= stay.until && record.same", True),
        ("record.visits == 3 && record.name == stay.name", True),
        ("late", True),
        ("stay.until.answered", True),
        ("stay.name == 'stay.until'", False),
    ],
)
def test_holds(expression: str, holds: bool) -> None:
    assert service(expression).rules.check("c0", ENVIRONMENT) is holds


def test_today_may_be_given_as_text() -> None:
    assert service("stay.until < today").rules.check("c0", {**ENVIRONMENT, "today": "2026-11-22"}) is True


class TestWhatIsNotThere:
    def test_something_unanswered_says_neither_yes_nor_no(self) -> None:
        verdict = service("stay.until < today").rules.check("c0", {"stay": {}, "today": TODAY})
        assert isinstance(verdict, RuleError)
        assert verdict.reason == "unanswered"
        assert not verdict

    def test_unless_the_rest_decides(self) -> None:
        rules = service("stay.until < today || late", "stay.until.answered && stay.until < today").rules
        assert rules.check("c0", {"stay": {}, "today": TODAY, "late": True}) is True
        assert rules.check("c1", {"stay": {}, "today": TODAY}) is False

    def test_a_register_out_of_reach(self) -> None:
        rules = service("record.found", "!record.found").rules
        without = {key: value for key, value in ENVIRONMENT.items() if key != "record"}
        for check in ("c0", "c1"):
            assert isinstance(rules.check(check, without), RuleError)

    def test_a_register_that_knows_nobody(self) -> None:
        rules = service("!record.found", "record.until < today").rules
        environment = {**ENVIRONMENT, "record": {"found": False}}
        assert rules.check("c0", environment) is True
        assert isinstance(rules.check("c1", environment), RuleError)

    def test_a_register_that_answers_nonsense(self) -> None:
        rules = service("record.until < today", "record.visits > 1", "record.same").rules
        environment = {**ENVIRONMENT, "record": {"found": True, "until": "soon", "visits": "many", "same": "yes"}}
        for check in ("c0", "c1", "c2"):
            assert isinstance(rules.check(check, environment), RuleError)

    def test_a_failure_is_no_alert(self) -> None:
        verdict = service("1 / (stay.rooms - 2) > 0").rules.check("c0", ENVIRONMENT)
        assert isinstance(verdict, RuleError)
        assert verdict.reason == "failed"

    def test_approval(self) -> None:
        assert service(approve_when="record.found && !late").rules.approve({**ENVIRONMENT, "late": False}) is True
        assert service().rules.approve(ENVIRONMENT) is False
        assert service(approve_when="record.found").rules.approve({}) is not True


@pytest.mark.parametrize(
    "expression",
    [
        "stay.untill < today",
        "nothing",
        "stay",
        "stay.until < 5",
        "stay.name == 5",
        "stay.rooms == '5'",
        "stay.price > 5",
        "stay.address == 'x'",
        "stay.until == null",
        "stay.name",
        "has(stay.name)",
        "record.untill < today",
        "stay.name.foo()",
        "days('x') == days(1)",
        "1 +",
        "",
        "stay.name = 'x'",
        "'unclosed",
        "สวัสดี",
        "\x00",
        "(" * 200,
    ],
)
def test_found_before_publication(expression: str) -> None:
    with pytest.raises(BadExpression) as caught:
        service(expression)
    assert caught.value.flaws[0].line >= 1


def test_quotes_hide_names() -> None:
    rules = service("""stay.name != "stay.until" && stay.name != 'it\\'s stay.rooms' && has({'a': 1}.a)""").rules
    assert rules.check("c0", {"stay": {"name": "x"}, "today": TODAY}) is True


def test_only_earlier_questions_decide_what_is_asked() -> None:
    with pytest.raises(BadExpression):
        loaded(page("a", field("x", "text", when="a.y == 'z'"), field("y", "text")))
    with pytest.raises(BadExpression):
        loaded(page("a", field("x", "text"), when="b.y == 'z'"), page("b", field("y", "text")))
    loaded(page("b", field("y", "text")), page("a", field("x", "text"), when="b.y == 'z'"))
