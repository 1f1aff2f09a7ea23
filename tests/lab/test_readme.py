"""The README shows what a run prints: the same words in the same order, whatever the figures were."""

from __future__ import annotations

import re

import pytest

from tests.lab.conftest import NAME, ROOT, RunningLab

pytestmark = pytest.mark.lab

BLOCK = re.compile(r"```text\n(machine: .*?)```", re.S)
LEFT_OUT = "…"


def shape(text: str) -> list[str]:
    """The lines without figures, alignment and what differs by machine."""
    text = re.sub(r"\b(kernel|wireguard-go|userspace|sdk|cli)\b", "KIND", text.replace(NAME, "lab"))
    lines = (" ".join(re.sub(r"\d+(\.\d+)?", "N", line).split()) for line in text.splitlines())
    return [line for line in lines if line]


def test_the_readme_shows_what_a_run_prints(running: RunningLab) -> None:
    (block,) = BLOCK.findall((ROOT / "README.md").read_text())
    printed = iter(shape(running.said))

    for line in shape(block):
        assert line == LEFT_OUT or line in printed, f"not printed, or in another order: {line}"  # consumes up to each
