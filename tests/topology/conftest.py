"""Hypothesis for a machine that does other work at the same time: examples are counted, never timed."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

settings.register_profile(
    "shared-machine",
    deadline=None,
    max_examples=40,  # chance differs from run to run, and many runs see many
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("shared-machine")
