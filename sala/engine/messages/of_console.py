"""Letters to the people of relying parties."""

from __future__ import annotations

from typing import Any

from sala.engine.messages import services
from sala.identity.console.letters import letters_for


def send(payload: dict[str, Any]) -> None:
    """The letters that a `console.letter` event asks for; told again, it posts none a second time."""
    for one in letters_for(payload):
        services.post(
            key=one.key, to=one.to, kind=one.kind, language=one.language, context=one.context, secret=one.secret
        )
