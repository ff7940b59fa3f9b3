"""Settings of this room's tests."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

# Time on a shared machine says nothing about the code; fixtures that only read may serve many examples.
settings.register_profile(
    "catalogue", deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
settings.load_profile("catalogue")
