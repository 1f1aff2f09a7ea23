"""The whole tree of files of stack `lab`, byte for byte. `GOLDEN=1` rewrites it; then a person reads the diff."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from render import router_files
from tests.render.stack import LIVE, lab_plan
from topology import ROUTERS

GOLDEN = Path(__file__).parent / "golden" / "lab"


@pytest.mark.parametrize("router", ROUTERS)
def test_a_router_boots_exactly_the_golden_files(router: str) -> None:
    rendered = {file.path.lstrip("/"): file.content for file in router_files(lab_plan(), router, LIVE)}
    folder = GOLDEN / router
    if os.environ.get("GOLDEN") == "1":
        _rewrite(folder, rendered)

    golden = {str(path.relative_to(folder)): path.read_text("utf-8") for path in folder.rglob("*") if path.is_file()}

    assert rendered == golden


def test_no_golden_is_left_of_a_router_that_is_gone() -> None:
    assert sorted(folder.name for folder in GOLDEN.iterdir()) == sorted(ROUTERS)


def _rewrite(folder: Path, rendered: dict[str, str]) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    for path, content in rendered.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, encoding="utf-8")
