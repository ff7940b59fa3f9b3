from __future__ import annotations

from tests.engine.cases.conftest import (  # noqa: F401 - fixtures
    _still,
    answers,
    applicant,
    file,
    officer_at,
    register,
)
from tests.engine.cases.test_letters import permit  # noqa: F401 - a service that has a survey
