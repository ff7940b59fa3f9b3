"""What the machine says of a live picture: informs, and refuses nobody. Where it is away, the officer's eyes do."""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import Any

from sala.identity.accounts.actor import Actor
from sala.identity.enrolment import seeing
from sala.identity.enrolment.station import words
from sala.identity.faces import services as faces
from sala.identity.faces.advice import Advice
from sala.identity.faces.client import Away, Busy
from sala.identity.people import biometrics, sealing
from sala.kit.errors import Fault, Invalid, SalaError

__all__ = ["Advice", "judged", "make_template", "register_photograph", "with_register"]
logger = logging.getLogger("sala.enrolment")


def judged(data: bytes) -> tuple[bytes, list[Advice]]:
    """The picture's pixels alone as a JPEG, and what to do better: nothing where it is good, or where nobody can tell
    at the moment. Raises Invalid for what is no picture."""
    if not data:
        raise Invalid([Fault("picture", "missing", words.NO_PICTURE)])
    # Where no worker has time, an officer's picture is opened here, so that the station goes on.
    picture = seeing.cleaned(data, unless=(Away, Busy))
    if len(picture) > biometrics.LARGEST_PICTURE:
        raise Invalid([Fault("picture", "picture", words.PICTURE)])
    with suppress(Away, Busy):
        return picture, list(faces.look(picture).advice)
    return picture, []


def with_register(person: int, data: bytes, *, purpose: str, by: Actor) -> dict[str, Any]:
    """How alike the picture and the register's are: `alike` (None: not compared), `likeness`, `threshold`, `reference`
    (whether there is something to compare with), `away` (whether the machine did not answer)."""
    try:
        found = faces.verify(person=person, data=data, purpose=purpose, by=by)
    except (Away, Busy):
        known = register_photograph(person) is not None
        return {"alike": None, "likeness": None, "threshold": None, "reference": known, "away": True}
    told = {"likeness": found.likeness, "threshold": found.threshold, "reference": found.reference, "away": False}
    return {"alike": found.alike if found.likeness is not None else None, **told}


def register_photograph(person: int) -> biometrics.Kept | None:
    """The register's photograph; None where there is none, or where it does not open (the log says so)."""
    try:
        return biometrics.photograph(person)
    except sealing.SealedError:
        logger.exception("A photograph of the register does not open", extra={"person": person})
        return None


def make_template(person: int, data: bytes, *, by: Actor) -> None:
    """Describe the new photograph now; if that fails, it is done when the register tells of the photograph."""
    try:
        faces.enrol(person=person, data=data, source="enrolment", by=by)
    except SalaError as error:
        logger.warning("No template was made at the station (%s)", error.code)
