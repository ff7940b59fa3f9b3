"""Those who ask together are answered together, and what one of them does wrong stays theirs."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import TypeVar

from sala.kit import sql

logger = logging.getLogger("sala.together")
T = TypeVar("T")
R = TypeVar("R")


def settle(run: Callable[[Sequence[T]], Sequence[R]], group: Sequence[T]) -> list[R | Exception]:
    """What `run` gives for each of `group`, by one call for all. A call that raises must have done nothing: then each
    is tried alone, and what fails again is that one's outcome.

    Raises where the database is out of reach: nobody knows what it did last, so nothing is tried again.
    """
    if not group:
        return []
    try:
        return list(run(group))
    except Exception as error:
        if sql.lost(error):
            raise
        if len(group) == 1:
            return [error]
        logger.exception("A group failed")
    return [outcome for one in group for outcome in settle(run, [one])]
