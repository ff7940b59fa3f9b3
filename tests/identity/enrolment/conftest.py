"""An office and an officer at it, with keys of the test's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import override_settings


@pytest.fixture
def register_keys(tmp_path: Path) -> Iterator[Path]:
    """The register's key file, not there yet."""
    where = tmp_path / "register.keys"
    with override_settings(REGISTER_KEYS=str(where)):
        yield where
