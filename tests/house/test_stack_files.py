"""Stack files use only scalars that the CLI's YAML reader and Python's read alike."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]

AMBIGUOUS = re.compile(
    r"(?i:y|n|yes|no|on|off)"  # booleans in YAML 1.1 only
    r"|[-+]?0\d+"  # octal in YAML 1.1
    r"|[-+]?\d+(:\d+)+(\.\d*)?"  # base 60 in YAML 1.1
    r"|\d{4}-\d\d?-\d\d?.*"  # a date in YAML 1.1
)


def plain_scalars(text):
    for token in yaml.scan(text):
        if isinstance(token, yaml.ScalarToken) and token.plain:
            yield token


@pytest.mark.parametrize("stack", sorted(ROOT.glob("Pulumi.*.yaml")), ids=lambda path: path.name)
def test_a_stack_file_reads_the_same_everywhere(stack):
    found = [
        f"line {t.start_mark.line + 1}: {t.value}"
        for t in plain_scalars(stack.read_text())
        if AMBIGUOUS.fullmatch(t.value)
    ]

    assert not found, f"{stack.name}: quote these, YAML 1.1 and 1.2 read them differently: {found}"


@pytest.mark.parametrize("text", ["yes", "Off", "012", "12:30:45", "2026-01-01"])
def test_the_rule_knows_what_differs(text):
    assert [t for t in plain_scalars(f"- {text}\n") if AMBIGUOUS.fullmatch(t.value)]
