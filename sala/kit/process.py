"""What a process asks of the system: to end with its parent, not even outliving a kill -9 of it; to work in batches."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
import time
from contextlib import suppress

LOOK = 1.0
"""Seconds between two looks whether the parent still lives."""
GRACE = 10.0
"""Seconds this process gets to end by itself once the parent has ended."""
_PR_SET_PDEATHSIG = 1


def end_with_parent(parent: int, how: signal.Signals = signal.SIGTERM) -> None:
    """Send this process `how` once its parent, the process `parent`, has ended, and kill it if that does not help.

    Linux tells at once; elsewhere it is noticed within LOOK seconds.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, how)
    threading.Thread(target=_watch, args=(parent, how), name="parent", daemon=True).start()


def work_in_batches() -> None:
    """Ask not to interrupt whatever runs each time a thread of ours has something to do; for this process and those
    it starts (sched(7), SCHED_BATCH). Does nothing where the system has no such policy, or does not allow it.

    A web process's threads wake one another many times a request. One that wakes otherwise takes the processor from
    the one that woke it, which still holds Python's lock: a switch forth, one back, and little to do for either.
    """
    if sys.platform == "linux":
        with suppress(PermissionError):  # a container may forbid it
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))


def _watch(parent: int, how: signal.Signals) -> None:
    while os.getppid() == parent:
        time.sleep(LOOK)
    os.kill(os.getpid(), how)
    time.sleep(GRACE)
    os.kill(os.getpid(), signal.SIGKILL)
