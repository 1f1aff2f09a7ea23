"""The Makefile holds commands, not logic, and `make help` knows all of them."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "Makefile").read_text()
RULES = dict(re.findall(r"^([a-z-]+):(?!=)[^\n]*\n((?:\t[^\n]*\n)*)", TEXT, re.M))

NEEDED = {
    "help",
    "setup",
    "check",
    "test",
    "test-stacks",
    "golden",
    "bench",
    "lab",
    "lab-shell",
    "lab-down",
    "diff",
    "drills",
}
NEEDED |= {"preview", "comment", "plugins", "deploy"}  # what the workflows run beside them


def test_every_target_of_the_interface_is_there():
    assert set(RULES) >= NEEDED


def test_a_recipe_has_at_most_three_lines():
    long = [target for target, recipe in RULES.items() if target != "check" and len(recipe.splitlines()) > 3]

    assert not long


def test_help_is_the_default_and_lists_the_interface():
    help_text = subprocess.run(["make", "--no-print-directory"], cwd=ROOT, capture_output=True, text=True, check=True)

    assert all(re.search(rf"\bmake {target}\b", help_text.stdout) for target in NEEDED)
