"""Addresses of a visit that a letter, a calendar entry or a success page may carry."""

from __future__ import annotations

from typing import Literal

from django.conf import settings
from django.urls import reverse

from sala.engine.appointments.keys import key_of
from sala.engine.appointments.models import Visit

PageName = Literal["appointments:visit", "appointments:move", "appointments:cancel", "appointments:entry"]


def to(visit: Visit, language: str, page: PageName = "appointments:visit") -> str:
    """The whole address of a page of the visit, with the key that opens it without a sign-in."""
    key = key_of(visit.id, visit.key_version)
    return f"{settings.PUBLIC_URL}{reverse(page, args=[visit.reference])}?key={key}&lang={language}"
