"""The whole tree of files of each stack, byte for byte. `GOLDEN=1` rewrites it; then a person reads the diff."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from render import router_files
from tests.render.stack import LIVE, STACKS, plan_of
from topology import ROUTERS

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize("router", ROUTERS)
@pytest.mark.parametrize("stack", STACKS)
def test_a_router_boots_exactly_the_golden_files(stack: str, router: str) -> None:
    rendered = {file.path.lstrip("/"): file.content for file in router_files(plan_of(stack), router, LIVE)}
    folder = GOLDEN / stack / router
    if os.environ.get("GOLDEN") == "1":
        _rewrite(folder, rendered)

    golden = {str(path.relative_to(folder)): path.read_text("utf-8") for path in folder.rglob("*") if path.is_file()}

    assert rendered == golden


def test_no_golden_is_left_of_a_stack_or_router_that_is_gone() -> None:
    found = {(folder.parent.name, folder.name) for folder in GOLDEN.glob("*/*")}

    assert found == {(stack, router) for stack in STACKS for router in ROUTERS}


def _rewrite(folder: Path, rendered: dict[str, str]) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    for path, content in rendered.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, encoding="utf-8")
