"""One running fabric per test module that asks for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.lab.fabric.outside import Lab, is_root


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    if not is_root():
        pytest.skip("netns: not run (needs root)")
    running = Lab()
    yield running
    running.end()
