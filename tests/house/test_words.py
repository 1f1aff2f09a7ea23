"""One word for one thing: the words of docs/architecture.md, and none of their rivals."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.house.test_sources import PRODUCTION, committed, name

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/architecture.md").read_text()
ROWS = re.findall(r"^\| ([^|]+?) \| ([^|]+?) \|$", PAGE.partition("## Words")[2], re.M)
GLOSSARY = dict(ROWS[2:])  # below the heading and its line

RIVALS = {
    "hub": "gateway: the Transit Gateway",
    "spoke": "a VPC: what hangs on the gateway",
    "twin": "sibling: the other router of the pair",
    "partner": "sibling: the other router of the pair",
    "counterpart": "sibling, or the far end of a tunnel",
    "buddy": "sibling: the other router of the pair",
    "vip": "virtual_ip: the address that one Sakura router holds",
    "branch": "site: behind the closed network",
    "outlet": "site: behind the closed network",
    "onprem": "site, or the closed network",
    "intranet": "the closed network",
    "vpn": "tunnel: one WireGuard link",
    "failover": "takeover, where a sibling announces longer prefixes",
    "blackout": "outage",
    "downtime": "outage",
    "manifest": "pointer: names the bundle that a router should run",
    "playbook": "bundle: a router's files",
    "mock": "stand-in, or an emulated cloud",
    "simulator": "lab, or an emulated cloud",
}
"""A word that would be a second one for the same thing, and the word it would rival."""

EXEMPT = {
    ("branch", "_same_branch"): "of a tree of values, not of a company",
    ("vpn", "vpnEcmpSupport"): "AWS's own name of a switch",
    ("mock", "MockMonitor"): "the SDK's own class",
    ("mock", "MockSettings"): "the SDK's own class",
    ("mock", "pulumi.runtime.mocks"): "the SDK's own module",
}


def parts(identifier: str) -> set[str]:
    """The words in a name: `virtual_ip` and `VirtualIp` hold virtual and ip."""
    return {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", identifier)}


def names_in(source: Path) -> set[str]:
    """Names that a file gives: of modules, classes, functions, arguments, attributes and variables."""
    found = {source.stem}
    for node in ast.walk(ast.parse(source.read_text())):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.arg):
            found.add(node.arg)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
    return found


def test_no_name_uses_a_second_word_for_a_thing_that_has_one():
    found = [
        f"{name(source)}: {identifier}: {word}, say {RIVALS[word]}"
        for source in PRODUCTION
        for identifier in sorted(names_in(source))
        for word in sorted(parts(identifier) & set(RIVALS))
        if (word, identifier) not in EXEMPT
    ]

    assert not found, "\n".join(found)


@pytest.mark.parametrize("word", sorted(GLOSSARY))
def test_a_word_of_the_glossary_is_used_where_it_would_be_looked_for(word):
    written = re.compile(re.escape(word).replace(r"\ ", "[ _-]?").replace(r"\-", "[ _-]?"), re.I)
    texts = [*PRODUCTION, *committed(".j2", ".yaml"), *(p for p in committed(".md") if p.name != "architecture.md")]

    assert any(written.search(path.read_text()) for path in texts), "a word that nobody uses explains nothing"
