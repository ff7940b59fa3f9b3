"""Addresses that a letter, a receipt or a calendar may carry."""

from __future__ import annotations

from typing import Literal

from django.conf import settings
from django.urls import reverse

from sala.engine.cases.keys import key_of
from sala.engine.cases.models import Case

PageName = Literal["cases:status", "cases:receipt", "surveys:answer"]


def to(case: Case, language: str, page: PageName = "cases:status") -> str:
    """The whole address of a page of the case, with the key that opens it without a sign-in."""
    key = key_of(case.id, case.key_version)
    return f"{settings.PUBLIC_URL}{reverse(page, args=[case.reference])}?key={key}&lang={language}"


def to_page(reference: str, key: str) -> str:
    """The address, within this site, of a request's page, with its key."""
    return f"{reverse('cases:status', args=[reference])}?key={key}"


def to_service(slug: str, language: str) -> str:
    """The whole address of the page where a service begins."""
    return f"{settings.PUBLIC_URL}{reverse('catalogue:service', args=[slug])}?lang={language}"
