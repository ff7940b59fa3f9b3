from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sala.engine.cases import rules
from sala.engine.cases.rules import CLOSED, DECISIONS, OPEN, TRANSITIONS, Event
from sala.engine.cases.states import State

days = st.dates(date(2000, 1, 1), date(2100, 1, 1))


@pytest.mark.requirement("R-001.16", "R-001.17", "R-001.18")
@given(days)
def test_the_window_takes_in_both_its_ends(due: date) -> None:
    def standing(offset: int) -> str:
        return rules.window(due, opens=-15, closes=0, today=due + timedelta(days=offset)).standing

    assert standing(-16) == "early"
    assert standing(-15) == "open"
    assert standing(0) == "open"
    assert standing(1) == "late"


@given(days, st.integers(-400, 400))
def test_a_day_stands_in_exactly_one_place_of_the_window(due: date, offset: int) -> None:
    window = rules.window(due, opens=-15, closes=0, today=due + timedelta(days=offset))
    expected = "early" if offset < -15 else "open" if offset <= 0 else "late"
    assert window.standing == expected
    assert (window.last_day - window.first_day).days == 15


@pytest.mark.parametrize("state", sorted(CLOSED))
def test_nothing_leads_out_of_a_closed_state(state: State) -> None:
    for event in TRANSITIONS:
        assert rules.after(state, event) in {None, state}


@pytest.mark.parametrize("state", sorted(OPEN))
@pytest.mark.parametrize("event", DECISIONS)
def test_a_decision_is_possible_from_every_open_state(state: State, event: Event) -> None:
    assert rules.after(state, event) == DECISIONS[event]


@given(st.lists(st.sampled_from(list(TRANSITIONS)), max_size=30))
def test_no_row_of_events_reaches_an_unknown_state_or_reopens_a_case(events: list[Event]) -> None:
    state = State.SUBMITTED
    closed = False
    for event in events:
        following = rules.after(state, event)
        if following is not None:
            assert not (closed and following in OPEN)
            state, closed = following, closed or following in CLOSED


@pytest.mark.requirement("R-001.36")
@pytest.mark.parametrize("event", [Event.HELD, Event.HOLD_LIFTED, Event.CHECKED, Event.NOTED])
@pytest.mark.parametrize("state", list(State))
def test_what_officers_find_is_never_seen_by_the_applicant(event: Event, state: State) -> None:
    following = rules.after(state, event)
    if following is not None:
        assert following == state
        assert not rules.seen_by_applicant(event, before=state, after=following)


def test_a_second_officers_claim_tells_the_applicant_nothing() -> None:
    assert rules.seen_by_applicant(Event.CLAIMED, before=State.SUBMITTED, after=State.IN_REVIEW)
    assert not rules.seen_by_applicant(Event.CLAIMED, before=State.IN_REVIEW, after=State.IN_REVIEW)


@pytest.mark.parametrize("event", rules.CONSENTS)
def test_another_persons_word_is_seen_although_the_state_stays(event: Event) -> None:
    assert rules.seen_by_applicant(event, before=State.SUBMITTED, after=State.SUBMITTED)


@given(st.binary(max_size=32), st.text(), st.text())
def test_a_changed_event_has_another_hash(previous: bytes, one: str, other: str) -> None:
    def hashed(words: str) -> bytes:
        at = datetime(2026, 11, 22, tzinfo=UTC)
        event = rules.sealed(
            case="c", number=2, at=at, type="noted", actor="account:1", data={"text": words}, public=False
        )
        return rules.chain_hash(previous, event)

    assert (hashed(one) == hashed(other)) == (one == other)
