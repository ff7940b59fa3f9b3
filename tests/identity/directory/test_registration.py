"""The offices that keep the civil register."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from sala.identity.directory import queries, registration
from sala.web.cli import main


@pytest.mark.requirement("R-004.12")
def test_as_many_as_the_department_has_and_each_sub_district_has_one(
    offices: dict[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://set/by-the-tests")
    for _ in range(2):
        done = CliRunner().invoke(main, ["offices", "registration"])
        assert "2,533 registration offices" in done.output, done.output
    cards = queries.offices_of_kind(registration.KIND)
    assert len(cards) == registration.COUNT
    assert len({card.name.th for card in cards}) > registration.COUNT * 0.7
    assert all(card.province for card in cards)
    for province in queries.provinces():
        for district in queries.districts(province.code):
            for place in queries.subdistricts(district.code):
                assert registration.responsible(place.code)
    town, country = (queries.office(registration.responsible(code) or 0) for code in (740101, 740118))
    assert town.slug == "registration-740101"
    assert country.slug == "registration-7401"
    assert country.name.th == "สำนักทะเบียนอำเภอเมืองสมุทรสาคร"
