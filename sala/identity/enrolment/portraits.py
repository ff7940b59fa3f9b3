"""The live picture of an enrolment: sealed until it is decided; then it is the register's photograph, or gone."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sala.identity.enrolment.models import Portrait
from sala.identity.people import sealing


@dataclass(frozen=True, slots=True)
class Opened:
    """A picture, opened."""

    data: bytes
    media_type: str


def keep(enrolment: UUID, data: bytes, *, media_type: str = "image/jpeg") -> None:
    """Keep the picture of an enrolment, in place of the former."""
    sealed, key = sealing.seal(data, about=_about(enrolment))
    kept = {"sealed": sealed, "key": key, "media_type": media_type}
    Portrait.objects.update_or_create(enrolment_id=enrolment, defaults=kept)


def opened(enrolment: UUID) -> Opened | None:
    """The picture; None where there is none. Raises sealing.SealedError where it cannot be opened."""
    row = Portrait.objects.filter(enrolment_id=enrolment).first()
    if row is None:
        return None
    return Opened(sealing.unseal(bytes(row.sealed), key=row.key, about=_about(enrolment)), row.media_type)


def drop(enrolment: UUID) -> None:
    """The picture is not needed any more. May be repeated."""
    Portrait.objects.filter(enrolment_id=enrolment).delete()


def _about(enrolment: UUID) -> str:
    return f"enrolment/{enrolment}"
