"""Who waits for a place finds that on their own page."""

from __future__ import annotations

import pytest

from sala.engine.appointments.models import Hours
from sala.engine.waiting import waitlist
from tests.engine.drafts.test_visit import coming, office_with, schedule  # noqa: F401 - fixtures
from tests.factories import actor_for, client_for, make_account

pytestmark = pytest.mark.django_db


def test_a_turn_on_a_waiting_list_is_listed(coming: object, offices: dict[int, int]) -> None:  # noqa: F811
    account = make_account()
    full = office_with(offices[10], counters=1)
    Hours.objects.create(office_id=offices[10], weekday=1, opens="09:00", closes="10:00")
    client = client_for(account)
    client.cookies["lang"] = "en"
    assert "On a waiting list" not in client.get("/my/").content.decode()
    answers = {"person": {"name": "Somchai", "passport": "AB123456"}, "contact": {"email": "s@example.org"}}
    joined = waitlist.join(
        service=coming,
        schedule=full,
        answers=[answers],
        by=actor_for(account),
        language="en",  # type: ignore[arg-type]
    )
    page = client.get("/my/").content.decode()
    assert "On a waiting list" in page
    assert f"/waiting/{joined.reference}/" in page
