"""Ending with one's parent: a process that was started by another does not outlive it, not even after a kill -9."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
import time

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


def _watch(parent: int, how: signal.Signals) -> None:
    while os.getppid() == parent:
        time.sleep(LOOK)
    os.kill(os.getpid(), how)
    time.sleep(GRACE)
    os.kill(os.getpid(), signal.SIGKILL)
