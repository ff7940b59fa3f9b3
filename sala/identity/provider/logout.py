"""The end of a session, where relying parties knew it: their tokens end, and who wants to hear it is told."""

from __future__ import annotations

from uuid import UUID

from sala.kit.ids import keyed_digest


def sid(session_id: UUID, client_id: str) -> str:
    """By what name this RP knows the session: another for each, so that two cannot compare."""
    return keyed_digest("provider.sid", f"{session_id}\0{client_id}")
