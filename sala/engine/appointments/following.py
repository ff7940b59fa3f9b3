"""What a visit does because of its request: given up, with the last request that it was for."""

from __future__ import annotations

from contextlib import suppress
from uuid import UUID

from sala.engine.appointments import changing, queries
from sala.engine.appointments.models import Visit
from sala.engine.appointments.states import VisitState
from sala.engine.cases import queries as cases
from sala.engine.cases.states import State
from sala.identity.accounts.actor import system
from sala.kit import clock
from sala.kit.errors import Conflict

SYSTEM = system("appointments")


def request_withdrawn(case: UUID) -> None:
    """Cancel the visits that are for this request alone, or for others that were taken back too. May be repeated.

    Where one of a family is withdrawn the others still come.
    """
    for visit in queries.of_case(case):
        if visit.state in {VisitState.BOOKED, VisitState.DISPLACED} and _is_for_nothing(visit):
            with suppress(Conflict):  # it ended this moment
                changing.cancel(visit=visit.id, by=SYSTEM)


def _is_for_nothing(visit: Visit) -> bool:
    if visit.starts_at <= clock.now() and visit.state == VisitState.BOOKED:
        return False  # they may be at the office: whoever is there says what became of it
    requests = cases.filed([one.case_id for one in visit.bookings.all() if one.case_id])
    return bool(requests) and all(one.status is State.WITHDRAWN for one in requests)
