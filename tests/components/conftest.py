"""The whole program on the stack `lab`, run once for all tests that only look at it."""

from __future__ import annotations

import pytest

from tests.components.recorder import Engine, deploy


@pytest.fixture(scope="session")
def lab() -> Engine:
    """What the program registers on the stack `lab`."""
    return deploy()
