"""What holds of every field for every input: an answer and never a crash, and what was accepted stays accepted."""

from __future__ import annotations

import json
import unicodedata
from datetime import date, timedelta
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sala.engine.catalogue.fields import KINDS, Kind, kind_of, tidy
from sala.kit.errors import Fault
from tests.engine.catalogue.samples import a_field, text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("offices")]
TODAY = date(2026, 11, 22)
LANGUAGES = ("th", "en")
CHOICES = [{"value": "hotel", "label": text("Hotel")}, {"value": "house", "label": text("House")}]

JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=5,
)
# What people paste: scripts, digits of scripts, marks, unseen characters, emoji.
PASTED = st.text(
    alphabet=st.sampled_from("aZ é'.-กุ่ำเ๑5٣\u200b\u200d\u00ad\u202e\x00\t\n\ud800\u0301😀０@+/"), max_size=40
)


def kinds() -> list[Kind]:
    """All but a registered house, which no test without a register knows (test_registered.py)."""
    more = {"choice": {"choices": CHOICES}, "number": {"decimals": 2}}
    return [kind_of(a_field(type_, **more.get(type_, {})), "stay") for type_ in KINDS if type_ != "house"]


def is_well_said(outcome: Fault) -> bool:
    """In both languages, beginning with the field's label, saying more than that something is wrong."""
    thai, english = outcome.message.th, outcome.message.en
    return (
        thai.startswith("คำตอบ: ")
        and english.startswith("Answer: ")
        and len(english) > len("Answer: ") + 10
        and "invalid" not in english.lower()
    )


@given(value=JSON)
def test_any_json_gets_a_value_or_a_fault_that_is_well_said(value: Any) -> None:
    for kind in kinds():
        outcome = kind.clean(value, TODAY)
        if isinstance(outcome, Fault):
            assert is_well_said(outcome), outcome
            assert outcome.field.split(".")[:2] == ["stay", "answer"]


@given(st.data())
def test_any_typed_text_gets_a_value_or_a_fault(data: st.DataObject) -> None:
    for kind in kinds():
        typed = {name: data.draw(st.text(max_size=30) | PASTED, label=name) for name in kind.names}
        outcome = kind.parse(typed, TODAY)
        if isinstance(outcome, Fault):
            assert is_well_said(outcome), outcome
        elif outcome is not None:
            assert kind.clean(outcome, TODAY) == outcome
        for language in LANGUAGES:
            faults = [outcome] if isinstance(outcome, Fault) else []
            widget = kind.widget(typed, faults, language)
            assert widget["component"]


def accepted(kind: Kind) -> Any:
    """Some input the kind accepts, drawn wide."""
    days = st.dates(date(1900, 1, 1), date(2076, 12, 31)).map(date.isoformat)
    letters = st.text(alphabet="abcÉñZ", min_size=1, max_size=20)
    strategies: dict[str, st.SearchStrategy[Any]] = {
        "text": st.text(min_size=1, max_size=60),
        "long_text": st.text(min_size=1, max_size=60),
        "latin_name": letters,
        "thai_name": st.text(alphabet="กขคสมชย", min_size=1, max_size=20),
        "date": days,
        "passport": st.from_regex("[A-Z0-9]{6,9}", fullmatch=True),
        "thai_pid": st.integers(0, 9 * 10**11 - 1).map(with_check_digit),
        "phone": st.sampled_from(["+66812345678", "+6621234567", "+447700900123", "+14155552671", "+8613812345678"]),
        "email": st.from_regex(r"[a-z0-9]{1,10}@[a-z]{1,10}\.(com|th)", fullmatch=True),
        "country": st.sampled_from(["THA", "GBR", "MMR", "JPN"]),
        "province": st.sampled_from([10, 50, 83]),
        "people": st.lists(st.integers(0, 9 * 10**11 - 1).map(with_check_digit), min_size=1, max_size=5),
        "thai_address": st.builds(
            lambda line, area: {"line": line, "subdistrict": area}, letters, st.sampled_from([100402, 830202, 500101])
        ),
        "file": st.just(kind.sample()) if kind.field.type == "file" else st.nothing(),
        "choice": st.sampled_from(["hotel", "house"]),
        "yes_no": st.booleans(),
        "confirm": st.just(True),
        "number": st.integers(-(10**12) + 1, 10**12 - 1) | st.decimals(0, 10**6, places=2).map(float),
        "money": st.decimals(0, 10**9, places=2).map(float),
    }
    return strategies[kind.field.type]


def with_check_digit(body: int) -> str:
    digits = f"{body:012d}"
    return digits + str((11 - sum((13 - i) * int(digit) for i, digit in enumerate(digits)) % 11) % 10)


@given(st.data())
@settings(max_examples=60)
def test_what_was_accepted_stays(data: st.DataObject) -> None:
    """Cleaning again, typing it again, storing it: always the same value, which its schema describes."""
    for kind in kinds():
        given_ = data.draw(accepted(kind), label=kind.field.type)
        value = kind.clean(given_, TODAY)
        assert not isinstance(value, Fault) or kind.field.type in {"text", "long_text"}, value
        if isinstance(value, Fault) or value is None:
            continue
        assert kind.clean(value, TODAY) == value
        assert json.loads(json.dumps(value)) == value
        assert jsonschema_rs.validator_for(kind.schema()).is_valid(value), (kind.schema(), value)
        for language in LANGUAGES:
            assert kind.display(value, language)
            if kind.field.type != "file":
                assert kind.parse(kind.typed(value, language), TODAY) == value
        assert set(kind.bind(value)) == set(kind.variables())


def test_every_kind_has_a_sample_of_its_own() -> None:
    for kind in kinds():
        assert kind.clean(kind.sample(), TODAY) == kind.sample(), kind.field.type


@given(st.dates(date(1900, 1, 1), date(2076, 12, 31)))
def test_every_day_reads_the_same_in_both_eras(day: date) -> None:
    kind = kind_of(a_field("date"), "stay")
    for year in (day.year, day.year + 543):
        typed = {"answer-day": str(day.day), "answer-month": str(day.month), "answer-year": str(year)}
        assert kind.parse(typed, TODAY) == day.isoformat()


@given(st.dates(TODAY - timedelta(days=900), TODAY + timedelta(days=900)))
def test_past_and_future_part_the_days(day: date) -> None:
    past = kind_of(a_field("date", past=True), "stay").clean(day.isoformat(), TODAY)
    future = kind_of(a_field("date", future=True), "stay").clean(day.isoformat(), TODAY)
    assert isinstance(past, str) is (day <= TODAY)
    assert isinstance(future, str) is (day >= TODAY)


@given(PASTED | st.text())
def test_tidy_text_is_seen_whole(words: str) -> None:
    for tidied in (tidy.line, tidy.lines):
        try:
            found = tidied(words)
        except tidy.Unseen:
            continue
        assert tidied(found) == found
        assert unicodedata.normalize("NFC", found) == found
        assert found == found.strip()
        assert all(c.isprintable() or (tidied is tidy.lines and c in "\n\u200c\u200d") for c in found)
        assert "  " not in found
