"""Ending with one's parent: a process that was started by another does not outlive it, not even after a kill -9."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
import time

_PR_SET_PDEATHSIG = 1
_LOOK = 1.0  # seconds between two looks, where the kernel does not tell


def end_with_parent(parent: int, how: signal.Signals = signal.SIGTERM) -> None:
    """Send this process `how` when its parent, the process `parent`, has ended; end at once if it already has."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, how)
    else:
        threading.Thread(target=_watch, args=(parent, how), daemon=True).start()
    if os.getppid() != parent:
        os.kill(os.getpid(), how)


def _watch(parent: int, how: signal.Signals) -> None:
    while os.getppid() == parent:
        time.sleep(_LOOK)
    os.kill(os.getpid(), how)
