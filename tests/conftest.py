from __future__ import annotations

import os

import pytest
from hypothesis import settings

# On a machine that does other work at the same time examples are counted, never timed.
settings.register_profile("shared-machine", deadline=None)
settings.load_profile("shared-machine")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """`make test` leaves these out by itself and says so; this is for who calls pytest."""
    for marker in ("netns", "lab"):
        if item.get_closest_marker(marker) and os.geteuid() != 0:
            pytest.skip(f"{marker}: not run (needs root)")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What was drawn can be drawn again: its seed is printed, also by tests that run side by side."""
    for report in (*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")):
        for name, value in report.user_properties:
            if name == "seed":
                terminalreporter.write_line(f"{report.nodeid.split('@')[0]}: seed {value}")
