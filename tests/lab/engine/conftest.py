"""Stack `lab`, deployed once by the lab's own engine; each test goes on from a copy."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lab.engine.lab_stack import Stack


@pytest.fixture(scope="session")
def first_up(tmp_path_factory: pytest.TempPathFactory) -> Stack:
    stack = Stack(tmp_path_factory.mktemp("first-up"))
    stack.done("up")
    return stack


@pytest.fixture
def deployed(first_up: Stack, tmp_path: Path) -> Stack:
    return first_up.copy(tmp_path / "stack")
