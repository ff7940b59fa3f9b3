"""Letters to the people of relying parties."""

from __future__ import annotations

from typing import Any

from sala.engine.messages import letters, services
from sala.identity.console.letters import letters_for


def send(payload: dict[str, Any]) -> None:
    """The letters that a `console.letter` event asks for; told again, it posts none a second time."""
    for one in letters_for(payload):
        letter = letters.render(one.kind, one.language, one.context)
        services.send(
            key=one.key,
            to=one.to,
            language=one.language,
            subject=letter.subject,
            text=letter.text,
            html=letter.html,
            kind=one.kind,
            secret=one.secret,
        )
