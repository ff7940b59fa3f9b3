"""The one process that searches among everybody: it alone holds templates in the clear, in memory, never on a disk.

It says at once that it is there, and loads the gallery beside (`searching`); until that is done it says how far it is.
"""

from __future__ import annotations

import logging
import os
import resource
import signal
import socket
import sys

from sala.identity.faces.serving import telling, wire

logger = logging.getLogger("sala.faces")


def main() -> None:
    """Answer searches until the other side ends."""
    telling.begin()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C at the terminal is the house's to handle
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    link = socket.socket(fileno=os.dup(sys.stdin.fileno()))
    _setup()
    from sala.identity.faces.serving import searching

    searching.start()
    link.sendall(wire.framed(wire.encode(wire.Found([], 0, 0))))
    while body := wire.receive(link):
        link.sendall(wire.framed(wire.encode(_answer(body))))


def _answer(body: bytes) -> wire.Answer:
    from sala.identity.faces.serving import searching

    try:
        request = wire.read_request(body)
        if not isinstance(request, wire.Search):
            return wire.Failed("error", "the searcher does not answer this")
        return searching.answer(request)
    except Exception as error:  # its message may quote what it read: the type must do
        logger.exception("A search failed")
        return wire.Failed("away", telling.where(error))


def _setup() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sala.web.settings")
    import django

    django.setup()


if __name__ == "__main__":
    main()
