"""Days that are off whatever the weekday, with their names."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from sala.engine.catalogue import workdays


@pytest.mark.parametrize(
    ("day", "off"),
    [
        (date(2026, 12, 10), True),  # Constitution Day
        (date(2026, 12, 7), True),  # in lieu of the King's birthday, a Saturday
        (date(2026, 5, 1), False),  # Labour Day: not the government's
        (date(2027, 1, 9), False),  # Children's Day: a Saturday like others
        (date(2026, 11, 28), False),  # a Saturday: the office's own hours say
    ],
)
def test_a_holiday_is_off_and_a_weekend_is_none(day: date, off: bool) -> None:
    assert workdays.is_holiday(day) is off
    assert (workdays.holiday_name(day) is not None) is off


def test_a_holiday_is_called_by_its_name_in_both_languages() -> None:
    name = workdays.holiday_name(date(2026, 12, 10))
    assert name
    assert name.en == "Constitution Day"
    assert name.th == "วันรัฐธรรมนูญ"


def test_the_cabinet_adds_a_day_and_moves_one_away(tmp_path: Path, settings: Any) -> None:
    (tmp_path / "holidays.yaml").write_text("closed: {2026-11-24: Funeral rites}\nopen: [2026-12-10]\n")
    settings.DATA_DIR = tmp_path
    _forget()
    try:
        added = workdays.holiday_name(date(2026, 11, 24))
        assert added
        assert added.en == "Funeral rites"
        assert not workdays.is_holiday(date(2026, 12, 10))
        assert workdays.is_business_day(date(2026, 12, 10))
    finally:
        _forget()


def _forget() -> None:
    for known in (workdays.is_holiday, workdays.is_business_day, workdays._overrides):  # noqa: SLF001
        known.cache_clear()
