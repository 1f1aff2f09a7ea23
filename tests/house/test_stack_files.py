"""Stack files use only scalars that the CLI's YAML reader and Python's read alike."""

from __future__ import annotations

import re
from ipaddress import IPv4Network
from itertools import combinations
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


def ranges(stack):
    """Everything of a stack that another stack must not have, by what it is."""
    path = yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text())["config"]["flets-to-vpc:path"]
    aws = path["aws"]
    stated = {
        "overlay": [path["overlay_cidr"]],
        "gateway CIDR": [aws["gateway"]["cidr"]],
        "router VPC": [aws["router_vpc_cidr"]],
        "vpc_pool": path["vpc_pool"],
        "VPCs": [cidr for vpc in path["vpcs"] for cidr in vpc.get("cidrs") or [vpc["cidr"]]],
    }
    return {aws["asn"], aws["gateway"]["asn"], path["sakura"]["asn"]}, {
        (kind, IPv4Network(prefix)) for kind, prefixes in stated.items() for prefix in prefixes
    }


STACKS = sorted(path.name.split(".")[1] for path in ROOT.glob("Pulumi.*.yaml") if "pytest" not in path.name)


@pytest.mark.parametrize("pair", list(combinations(STACKS, 2)), ids="-".join)
def test_two_stacks_share_no_asn_and_no_prefix(pair):
    """Both may one day be reached from one site, or be joined: nothing can be renumbered then."""
    (asns, prefixes), (other_asns, other_prefixes) = map(ranges, pair)
    met = [f"{kind} {p} meets {other} {q}" for kind, p in prefixes for other, q in other_prefixes if p.overlaps(q)]

    assert not asns & other_asns
    assert not met
    assert prefixes
