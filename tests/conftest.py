from __future__ import annotations

import os

import pytest


def pytest_runtest_setup(item: pytest.Item) -> None:
    """`make test` leaves these out by itself and says so; this is for who calls pytest."""
    for marker in ("netns", "lab"):
        if item.get_closest_marker(marker) and os.geteuid() != 0:
            pytest.skip(f"{marker}: not run (needs root)")
