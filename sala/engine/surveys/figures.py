"""How answers are counted from the rows themselves, to prove the dashboards' counters."""

from __future__ import annotations

from sala.engine.dashboards.services import DAY, register_recount

_RECOUNT = f"""
select service, office_id, {DAY.format(moment="answered_at")}, 'score:' || score, count(*)
from surveys_answer group by 1, 2, 3, 4"""  # noqa: S608 - constants of our own


def register() -> None:
    """Called when the room starts."""
    register_recount("surveys", _RECOUNT)
