"""A mail server for the demo: on this machine alone, and it keeps every letter for `/demo/mail`.

So the demo sends by the same SMTP as an installation does.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.conf import settings
from django.db import connection

from sala.engine.messages import services


class _Keep:
    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        await asyncio.get_running_loop().run_in_executor(None, _store, envelope)
        return "250 kept"


def _store(envelope: Envelope) -> None:
    content = envelope.content or b""
    raw = content if isinstance(content, bytes) else content.encode()
    try:
        services.receive_demo_mail(raw, envelope.rcpt_tos)
    finally:
        connection.close()


class _Server(Controller):
    """On a socket bound before, since the port is only known then."""

    def __init__(self) -> None:
        self.bound = socket.create_server(("127.0.0.1", 0))
        host, port = self.bound.getsockname()
        super().__init__(_Keep(), hostname=host, port=port, ident="Sala demo mailbox")

    def _create_server(self) -> Any:
        return self.loop.create_server(self._factory_invoker, sock=self.bound)


@contextmanager
def serving() -> Iterator[None]:
    """Serve on a free port of the loopback and have this process send its letters there."""
    server = _Server()
    server.start()
    try:
        settings.EMAIL_HOST, settings.EMAIL_PORT = server.hostname, server.port
        yield
    finally:
        server.stop()
