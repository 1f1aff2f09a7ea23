"""The shape of every source file."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

LONGEST_FILE = 300
"""Lines; what does not fit one reading holds two things."""
LONGEST_FUNCTION = 40
"""Lines; a function is read without scrolling."""

FORBIDDEN_NAMES = {"utils", "helpers", "common", "manager", "misc", "base", "core"}
"""They say nothing of what is in a module, so everything ends there."""
SHADOWING_NAMES = {"site", "secrets", "platform", "resource", "queue", "types"}
"""At top level they would shadow the standard library."""

CONFIG_WORDS = re.compile(
    r"^\s*(router bgp \d|neighbor \S+ remote-as|\[Interface\]|\[Peer\]|vrrp_instance |chain \w+ \{)", re.M
)

DEVELOPER_PATHS = re.compile(r"/(work|root|home/[a-z]+)/(main|shared|\.pyenv)|shared/(design|style|facts)")


def committed(*endings: str) -> list[Path]:
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    paths = (ROOT / name for name in names if name)
    return sorted(path for path in paths if path.is_file() and (not endings or path.suffix in endings))


PRODUCTION = [path for path in committed(".py") if "tests" not in path.relative_to(ROOT).parts]


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


DECIDING = re.compile(r"\{%-? *(?:elif|set|macro)\b|\bdefault\(|\| *d\(")
"""Jinja that decides or computes; a context in Python does it where a test can see it."""

ONLY_IN = {
    r"pulumi\.Config\b": ({"settings.py", "examples"}, "a stack file has one reader"),
    r"\bget_stack\(\)": ({"__main__.py", "lab/engine"}, "environments are data: nothing asks for a stack's name"),
    r"import pulumi_sakuracloud|from pulumi_sakuracloud": ({"components/sakura"}, "it is from 2021 and fenced in"),
    r"import pulumi_aws|from pulumi_aws": ({"__main__.py", "components", "examples"}, "plans and files know no cloud"),
    r"^(?:import|from) (?:boto3|botocore)": (
        {"router/aws_calls.py", "lab/clouds", "lab/api"},
        "boto3 takes 40 MiB: on a router only short-lived children load it",
    ),
    r"^(?:import|from) moto": ({"lab/api", "lab/clouds"}, "it is the data plane of the emulated AWS, nothing else"),
}
"""What may stand in a few places only: a pattern, those places, and why."""


@pytest.mark.parametrize("source", committed(".py"), ids=name)
def test_a_file_is_short(source):
    assert len(source.read_text().splitlines()) < LONGEST_FILE


@pytest.mark.parametrize("pattern", ONLY_IN)
def test_what_is_fenced_in_stays_there(pattern):
    places, why = ONLY_IN[pattern]
    found = [
        name(source)
        for source in PRODUCTION
        if re.search(pattern, code(source), re.M) and not any(name(source).startswith(place) for place in places)
    ]

    assert not found, why


def code(source: Path) -> str:
    """The file without its docstrings, which may name what they forbid."""
    return re.sub(r'"""(?:.|\n)*?"""', "", source.read_text())


def test_templates_decide_nothing():
    found = [name(path) for path in committed(".j2") if DECIDING.search(path.read_text())]

    assert not found


@pytest.mark.parametrize("source", PRODUCTION, ids=name)
def test_a_module_says_what_it_is(source):
    text = source.read_text()

    assert not text.strip() or ast.get_docstring(ast.parse(text)), "the first line of a module says what it is"


@pytest.mark.parametrize("source", PRODUCTION, ids=name)
def test_functions_are_short_and_public_ones_say_what_they_do(source):
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    functions = [n for n in ast.walk(ast.parse(source.read_text())) if isinstance(n, kinds)]
    long = [f.name for f in functions if (f.end_lineno or 0) - f.lineno + 1 > LONGEST_FUNCTION]

    assert not long, f"longer than {LONGEST_FUNCTION} lines: {long}"


def test_no_module_has_a_name_that_says_nothing_or_shadows_the_library():
    vague = [name(p) for p in PRODUCTION if p.stem in FORBIDDEN_NAMES or p.parent.name in FORBIDDEN_NAMES]
    shadowing = [name(p) for p in PRODUCTION if p.parent == ROOT and p.stem in SHADOWING_NAMES]
    shadowing += [entry.name for entry in ROOT.iterdir() if entry.is_dir() and entry.name in SHADOWING_NAMES]

    assert not vague + shadowing


def test_the_words_of_rendered_files_are_in_templates():
    rendering = [path for path in PRODUCTION if path.relative_to(ROOT).parts[0] in ("render", "topology", "components")]
    found = [
        f"{name(path)}:{node.lineno}"
        for path in rendering
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and CONFIG_WORDS.search(node.value)
    ]

    assert rendering
    assert not found, f"a line of a configuration file in a Python string: {found}"


def test_no_committed_file_names_a_developers_folder():
    texts = [path for path in committed() if path != Path(__file__) and path.suffix not in (".svg", ".png")]
    found = [name(p) for p in texts if DEVELOPER_PATHS.search(p.read_text(errors="replace"))]

    assert not found


def test_every_test_file_is_collected():
    tests = [p for p in committed(".py") if p.relative_to(ROOT).parts[0] == "tests" and not p.stem.startswith("test_")]
    hidden = [
        name(path)
        for path in tests
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    ]

    assert not hidden, "a test in a file whose name does not start with test_ never runs"
