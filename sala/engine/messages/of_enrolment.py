"""Letters about enrolments, to the people whom they are about."""

from __future__ import annotations

from typing import Any

from sala.engine.messages import services
from sala.identity.enrolment.letters import letter_for


def send(payload: dict[str, Any]) -> None:
    """The letter that an `enrolment.letter` event asks for, if any; told again, it posts none a second time."""
    services.post_asked("enrolment", letter_for(payload))
