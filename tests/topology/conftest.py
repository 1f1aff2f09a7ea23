"""Hypothesis for whole plans, which take their time to draw."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

settings.register_profile(
    "plans",
    parent=settings.get_profile("shared-machine"),
    max_examples=40,  # chance differs from run to run, and many runs see many
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("plans")
