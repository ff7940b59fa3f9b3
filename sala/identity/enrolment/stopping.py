"""“This was not me”: the address in the letter about a recovery, by which whoever reads it ends it."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.core import signing
from django.urls import reverse

from sala.kit.errors import NotFound

_SALT = "sala.enrolment.recovery.stop"


def url_of(enrolment: UUID) -> str:
    """The address. It works as long as there is something to stop."""
    return settings.PUBLIC_URL + reverse("enrolment:recovery_stop", args=[signing.dumps(str(enrolment), salt=_SALT)])


def named_by(token: str) -> UUID:
    """Which one an address ends. Raises NotFound."""
    try:
        return UUID(signing.loads(token, salt=_SALT))
    except signing.BadSignature:
        raise NotFound from None
