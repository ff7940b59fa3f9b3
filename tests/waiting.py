"""Waiting for another process: as long as needed, no longer."""

from __future__ import annotations

import time
from collections.abc import Callable


def until(condition: Callable[[], object], within: float = 20.0) -> None:
    """Return as soon as `condition()` holds; fail after `within` seconds."""
    deadline = time.monotonic() + within
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"not so within {within} seconds")
        time.sleep(0.01)
