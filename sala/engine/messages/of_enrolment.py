"""Letters about enrolments, to the people whom they are about."""

from __future__ import annotations

from typing import Any

from sala.engine.messages import letters, services
from sala.identity.enrolment.letters import letter_for


def send(payload: dict[str, Any]) -> None:
    """The letter that an `enrolment.letter` event asks for, if any; told again, it posts none a second time."""
    asked = letter_for(payload)
    if asked is None:
        return
    letter = letters.render(asked["kind"], asked["language"], asked["context"])
    services.send(
        key=f"enrolment:{asked['id']}",
        to=asked["to"],
        language=asked["language"],
        subject=letter.subject,
        text=letter.text,
        html=letter.html,
        kind=asked["kind"],
        secret=True,
    )
