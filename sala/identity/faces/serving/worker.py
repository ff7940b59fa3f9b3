"""A worker: one picture at a time, in a process that holds nothing else.

It is started by the one in the middle with a socket as its standard input. It has no database, no secret and no
setting but the engine's; it can write no file, and leaves no core. What a picture breaks is this process alone.
"""

from __future__ import annotations

import logging
import math
import os
import resource
import signal
import socket
import sys

from sala.identity.faces.serving import telling, wire

logger = logging.getLogger("sala.faces")
MEMORY = 3_000_000_000
"""Bytes of addresses, of which an engine really uses a tenth."""
WORK = 15
"""Seconds of processor that one request may take; then the system ends the process."""


def main() -> None:
    """Load the engine, say so, then answer until the other side ends, however it ends."""
    telling.begin()
    os.nice(5)  # whoever reads a page on this machine goes first
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C at the terminal is the house's to handle
    link = socket.socket(fileno=os.dup(sys.stdin.fileno()))
    confine(int(os.environ.get("SALA_FACES_MEMORY", str(MEMORY))))
    _run(link)


def confine(memory: int) -> None:
    """No files, no core, bounded memory."""
    for which, limit in (
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_AS, memory),
    ):
        resource.setrlimit(which, (limit, limit))


def _run(link: socket.socket) -> None:
    try:
        from sala.identity.faces import engines
        from sala.identity.faces.serving import looking

        engine = engines.chosen()
        engine.load()
        hello: wire.Answer = looking.facts(engine)
    except Exception as error:  # the one in the middle tells whoever keeps the house
        link.sendall(wire.framed(wire.encode(wire.Failed("away", f"{type(error).__name__}: {error}"))))
        raise
    link.sendall(wire.framed(wire.encode(hello)))
    while body := wire.receive(link):
        _give_time()
        try:
            answer = looking.answer(wire.read_request(body), engine)
        except wire.WireError as error:
            answer = wire.Failed("error", str(error))
        except Exception as error:  # what no decoder and no engine foresaw; its message may quote what it read
            answer = wire.Failed("picture", telling.where(error))
            logger.exception("A picture broke its looker")
        link.sendall(wire.framed(wire.encode(answer)))


def _give_time() -> None:
    """WORK more seconds of processor, from what was used so far."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(used.ru_utime + used.ru_stime) + WORK, hard))


if __name__ == "__main__":
    main()
