"""How an enrolment moves on: whatever happens in whatever order, what is over stays over."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from sala.identity.enrolment.models import Enrolment
from sala.identity.enrolment.states import OPEN, TRANSITIONS, Event, State, WrongState, after


@given(some.lists(some.sampled_from(list(Event)), max_size=12))
def test_what_is_over_stays_over_and_only_an_officer_refuses(events: list[Event]) -> None:
    state, happened = State.STARTED, []
    for event in events:
        try:
            state, before = after(state, event), state
        except WrongState:
            continue
        assert before in OPEN
        happened.append(event)
    assert (state == State.REFUSED) == (Event.REFUSED in happened)
    if state == State.DONE:
        assert {Event.PROVEN, Event.APPROVED} & set(happened)
    if state not in OPEN:
        assert happened[-1] in {Event.SETTLED, Event.REFUSED, Event.GIVEN_UP, Event.STOPPED, Event.EXPIRED}


def test_the_table_knows_every_event_and_the_states_of_the_rows() -> None:
    assert set(TRANSITIONS) == set(Event)
    assert {state.value for state in State} == set(Enrolment.State.values)
    for state in OPEN:  # whoever it is about can always end it
        assert after(state, Event.STOPPED) == after(state, Event.GIVEN_UP) == after(state, Event.EXPIRED) == State.ENDED
    with pytest.raises(WrongState):
        after(State.DONE, Event.SETTLED)
