from __future__ import annotations

from lab.nodes import FailedUnit
from lab.nodes.differences import MASKED_UNITS


def test_a_failed_unit_says_node_unit_and_last_lines() -> None:
    failed = FailedUnit(node="aws-a", unit="frr.service", result="exit-code", last_lines=("bad line", "giving up"))

    expected = "aws-a: frr.service failed (exit-code); its last log lines:\n    bad line\n    giving up"
    assert str(failed) == expected


def test_no_unit_of_the_path_is_masked() -> None:
    path = ("frr", "keepalived", "nftables", "wg-quick", "flets-to-vpc", "amazon-ssm-agent", "rc-local")

    assert not [unit for unit in MASKED_UNITS if unit.startswith(path)]
    assert len(set(MASKED_UNITS)) == len(MASKED_UNITS)
