"""Who may import whom: each ban of docs/architecture.md with its reason."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

OURS = {"topology", "render", "components", "settings", "lab", "router"}

FORBIDDEN = {
    "topology": {
        "pulumi": "the plan must run without an engine",
        "jinja2": "the plan holds no words of files",
        **dict.fromkeys(OURS - {"topology"}, "the plan depends on nothing but what is stated"),
    },
    "render": {
        "pulumi": "files are pure functions of the plan",
        **dict.fromkeys(OURS - {"render", "topology"}, "files are pure functions of the plan"),
    },
    "components": {
        "settings": "a component takes Args, never stack configuration",
        "lab": "what is deployed does not know who tests it",
        "boto3": "resources are made by the engine alone",
        "router": "the agent runs on the router only",
    },
    "lab": dict.fromkeys(OURS - {"lab"}, "the lab may know only what was deployed"),
    "router": dict.fromkeys(OURS - {"router"}, "the agent reads only its bundle"),
    "settings": {"components": "it reads, nothing else", "render": "it reads, nothing else", "lab": "it reads"},
}


def sources(package: str) -> list[Path]:
    folder = ROOT / package
    return sorted(folder.rglob("*.py")) if folder.is_dir() else [ROOT / f"{package}.py"]


def imported(source: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(source.read_text())):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.lineno, node.module or ""


@pytest.mark.parametrize("package", sorted(FORBIDDEN))
def test_a_package_imports_only_what_it_may(package):
    bans = FORBIDDEN[package]
    found = [
        f"{source.relative_to(ROOT)}:{line}: imports {name}: {bans[name.partition('.')[0]]}"
        for source in sources(package)
        for line, name in imported(source)
        if name.partition(".")[0] in bans
    ]

    assert not found, "\n".join(found)


def test_the_clouds_of_components_do_not_know_each_other():
    found = [
        f"{source.relative_to(ROOT)}:{line}: {name}"
        for one, other in (("aws", "sakura"), ("sakura", "aws"))
        for source in sources(f"components/{one}")
        for line, name in imported(source)
        if name.startswith((f"components.{other}", f"pulumi_{other}"))
    ]

    assert not found, "\n".join(found)


def test_every_banned_package_has_sources():
    assert all(source.exists() for package in FORBIDDEN for source in sources(package))
