"""What a page needs to follow changes as they happen."""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import quote

from django.conf import settings

from sala.kit import clock, tickets


def ticket(topics: Collection[str]) -> str:
    """The address of the stream of these topics, for `data-live` of an element that is to stay fresh.

        <div data-live="{{ live }}" data-live-url="{{ request.path }}?part=queue">…</div>

    Topics: `case:<reference>`, `office:<id>`. Who may hear of them is the caller's to have judged.
    """
    return (
        f"{settings.LIVE_URL}/live?topics={quote(tickets.issue(topics, secret=settings.SECRET_KEY, now=clock.now()))}"
    )
