"""Starts the PostgreSQL server as its child and stops it when nobody uses it any more.

Run by path, with nothing but the standard library, so that it stays small:
    python -I -S keeper.py USERS_LOCK KEEPER_LOCK LOG UID GID postgres -D …

Who uses the server holds a shared lock on USERS_LOCK. A lock, unlike a pid, is given back by the kernel
however its holder ends, and cannot be mistaken for another's. So the server outlives neither a clean end nor
a kill -9 of the last user. If the keeper itself is killed, Linux tells the server to shut down.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import signal
import sys
from types import FrameType
from typing import NoReturn

FAST_SHUTDOWN = signal.SIGINT
IMMEDIATE_SHUTDOWN = signal.SIGQUIT
PATIENCE = 30
"""Seconds a fast shutdown may take before the server is told to drop everything (it then recovers at its start)."""
_PR_SET_PDEATHSIG = 1


def main(users: str, keeper: str, log: str, user: tuple[int, int], command: list[str]) -> NoReturn:
    if os.fork():
        os._exit(0)  # the caller waits for this one; the keeper is nobody's child, since it may outlive the caller
    signal.alarm(5)  # ends this process if another keeper is at work
    _lock(keeper)
    signal.alarm(0)
    signal.signal(signal.SIGCHLD, _child_ended)
    server = os.fork()
    if server == 0:
        _become(log, user, command)
    _lock(users)
    os.kill(server, FAST_SHUTDOWN)
    signal.signal(signal.SIGALRM, lambda *_: os.kill(server, IMMEDIATE_SHUTDOWN))
    signal.alarm(PATIENCE)
    while True:
        signal.pause()


def _lock(path: str) -> None:
    """Wait for the exclusive lock and hold it until this process ends."""
    fcntl.flock(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), fcntl.LOCK_EX)


def _child_ended(_signal: int, _frame: FrameType | None) -> None:
    _, status = os.wait()
    os._exit(os.waitstatus_to_exitcode(status) & 0xFF)


def _become(log: str, user: tuple[int, int], command: list[str]) -> NoReturn:
    """Turn this child into the server, as the given user, told to shut down when the keeper dies."""
    parent = os.getppid()
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.chdir("/")
    if os.getuid() == 0:
        os.setgroups([])
        os.setgid(user[1])
        os.setuid(user[0])
    if sys.platform == "linux":
        # After the change of user, which would clear it.
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, FAST_SHUTDOWN)
        if os.getppid() != parent:
            os._exit(1)
    os.execv(command[0], command)  # noqa: S606 - a fixed program


if __name__ == "__main__":
    users_lock, keeper_lock, log_file, uid, gid, *server_command = sys.argv[1:]
    main(users_lock, keeper_lock, log_file, (int(uid), int(gid)), server_command)
