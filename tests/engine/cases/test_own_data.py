"""What a request tells its applicant about itself: who of the officers looked; and never that it is held."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from sala.engine.cases import decisions, own_data, queries, services
from sala.engine.cases.filing import Filed
from sala.identity.accounts.actor import Actor
from sala.identity.mydata import exporting, looks, sections
from sala.identity.mydata.looks import Line
from sala.identity.mydata.models import Copy

pytestmark = pytest.mark.django_db
File = Callable[..., Filed]
OfficerAt = Callable[..., Actor]


def seen(by: Actor) -> list[Line]:
    assert by.account_id
    return looks.page(by.account_id, whose="officers").lines


@pytest.mark.requirement("R-004.18")
def test_the_applicant_sees_that_an_officer_looked_and_for_what(
    file: File, applicant: Actor, officer_at: OfficerAt
) -> None:
    case = file()
    officer = officer_at()
    queries.case_for_officer(reference=case.reference, by=officer)
    (line,) = seen(applicant)
    assert line.what
    assert line.what.en == "Opened your request"
    assert line.reason
    assert case.reference in line.reason.en
    assert line.url == f"/cases/{case.reference}/"
    assert officer.name not in line.by.en
    assert line.by.en.startswith("Officer, ")


@pytest.mark.requirement("R-001.36")
def test_of_an_open_request_no_role_is_told_and_a_hold_changes_nothing(
    file: File, applicant: Actor, officer_at: OfficerAt
) -> None:
    case, senior = file(), officer_at(role="senior")
    queries.case_for_officer(reference=case.reference, by=senior)
    before = [(line.by, line.what, line.reason) for line in seen(applicant)]
    held_before = _held(applicant)
    decisions.hold(reference=case.reference, reason="A name on a list", by=senior)
    queries.case_for_officer(reference=case.reference, by=senior)
    after = [(line.by, line.what, line.reason) for line in seen(applicant)]
    assert after == before * 2, "the same words, whoever looks and whatever for"
    assert "Senior" not in str(after)
    assert _held(applicant) == held_before
    # Once it is decided the post is told as it was.
    decisions.lift_hold(reference=case.reference, note="Somebody else", by=senior)
    services.claim(reference=case.reference, by=senior)
    decisions.approve(reference=case.reference, by=senior)
    assert {str(line.by.en).partition(",")[0] for line in seen(applicant)} == {"Senior officer"}


def _held(by: Actor) -> Any:
    """All of it, in the page's words and in the copy's JSON."""
    assert by.account_id
    section = sections.section("cases")
    assert section
    return section.items(by.account_id, 10), section.export(by.account_id)


def test_the_copy_has_the_answers_and_the_public_history(file: File, applicant: Actor) -> None:
    case = file()
    copy = exporting.ask(language="en", by=applicant)
    told = msgspec.json.decode(bytes(Copy.objects.get(id=copy).json or b""))
    (record,) = next(one["records"] for one in told["sections"] if one["key"] == "cases")
    assert record["reference"] == case.reference
    assert record["answers"]
    assert record["history"][0]["type"] == "submitted"
    assert not {"held", "claimed_by", "decided_by", "warn_at", "paused_at", "search"} & set(record)


def test_somebody_elses_requests_are_not_shown(file: File, officer_at: OfficerAt) -> None:
    file()
    other = officer_at()
    assert other.account_id
    assert not own_data._items(other.account_id, 10)  # noqa: SLF001
    assert not own_data._trails(other.account_id)  # noqa: SLF001
