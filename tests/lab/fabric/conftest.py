"""One running fabric per test module that asks for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.lab.fabric.outside import Lab


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    running = Lab()
    yield running
    running.end()
