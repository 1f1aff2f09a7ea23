"""What the documentation says can be done can be done: commands exist with these options, links lead somewhere.

A fenced block of commands is `sh`: `make` and the lab's own verbs, which other tests run. A command that no test can
run is in a block that says why: `sh account` needs a cloud account, `sh router` is typed on a router.
"""

from __future__ import annotations

import argparse
import re
import shlex
from pathlib import Path

import pytest
import typer.main

from lab.cli import app
from router.__main__ import _parser
from tests.house.test_makefile import RULES, TEXT
from tests.house.test_sources import committed

ROOT = Path(__file__).parents[2]
PAGES = [path for path in committed(".md") if path.relative_to(ROOT).parts[0] != "tests"]
FENCE = re.compile(r"^ *(`{3,})(?P<language>[^\n`]*)\n(?P<body>.*?)^ *\1 *$", re.M | re.S)
LINK = re.compile(r"(?<!!)\[[^\]]+\]\(([^)\s]+)\)")
SHELLS = {"sh", "shell", "bash", "console"}

VERBS = {
    name: {o for p in command.params for o in p.opts} for name, command in typer.main.get_command(app).commands.items()
}
(AGENT,) = (action.choices for action in _parser()._actions if isinstance(action, argparse._SubParsersAction))

IN_AN_ACCOUNT = {"aws", "pulumi", "gh"}
ON_A_ROUTER = {"flets-to-vpc", "vtysh", "wg", "nft", "systemctl", "journalctl", "ping", "ip"}

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))


def blocks(page: Path, kind: str) -> list[str]:
    """Commands of the page's blocks of one kind, one each, without comments; a line that ends with \\ goes on."""
    bodies = [m["body"] for m in FENCE.finditer(page.read_text()) if m["language"].strip() == kind]
    lines = "\n".join(bodies).replace("\\\n", " ").splitlines()
    return [line.strip() for line in lines if line.strip() and not line.strip().startswith("#")]


def problem_of_make(words: list[str]) -> str | None:
    targets = [word for word in words if "=" not in word]
    variables = [word.partition("=")[0] for word in words if "=" in word]
    for target in targets:
        if target not in RULES:
            return f"make has no target {target}"
    unknown = [name for name in variables if f"$({name})" not in TEXT and f"$(if $({name})" not in TEXT]
    return f"the Makefile does not use {unknown}" if unknown else None


def problem_of_lab(words: list[str]) -> str | None:
    verb, options = words[0], [word.partition("=")[0] for word in words[1:] if word.startswith("--")]
    if verb not in VERBS:
        return f"the lab has no verb {verb}"
    unknown = set(options) - VERBS[verb]
    return f"{verb} has no option {sorted(unknown)}" if unknown else None


def problem(command: str) -> str | None:
    """What is wrong with a command that a reader can type here, without an account."""
    words = shlex.split(command, comments=True)
    while words and re.fullmatch(r"[A-Z_]+=\S*", words[0]):
        words = words[1:]
    match words:
        case ["make", *rest]:
            return problem_of_make(rest)
        case [".venv/bin/python", "-m", "lab", *rest] if rest:
            return problem_of_lab(rest)
        case ["git", "clone", *_] | ["cd", _] | [".ci/run"]:
            return None
    return f"no test runs {command!r}: make it a target, or say what it needs"


def problem_in_account(command: str) -> str | None:
    words = shlex.split(command, comments=True)
    if words[0] == "make":
        return problem_of_make(words[1:])
    if words[0] == "export":
        return None
    return None if words[0] in IN_AN_ACCOUNT else f"{words[0]} is no tool of an account"


def problem_on_router(command: str) -> str | None:
    words = shlex.split(command, comments=True)
    if words[0] == "flets-to-vpc":
        return None if words[1] in AGENT else f"the agent has no verb {words[1]}"
    return None if words[0] in ON_A_ROUTER else f"{words[0]} is not on a router"


@each_page
@pytest.mark.parametrize(
    ("kind", "judge"), [("sh", problem), ("sh account", problem_in_account), ("sh router", problem_on_router)]
)
def test_every_command_can_be_typed_where_the_page_says(page, kind, judge):
    wrong = {command: said for command in blocks(page, kind) if (said := judge(command))}

    assert not wrong


@each_page
def test_commands_stand_in_blocks_that_say_where_they_work(page):
    kinds = {m["language"].strip() for m in FENCE.finditer(page.read_text())}
    shells = {kind for kind in kinds if kind.split(" ")[0] in SHELLS}
    unmarked = [m["body"] for m in FENCE.finditer(page.read_text()) if not m["language"].strip()]

    assert shells <= {"sh", "sh account", "sh router"}
    assert not [b for b in unmarked if re.search(r"^\s*\$? ?(make|pulumi|aws|apt|pip|git) [a-z]", b, re.M)]


@each_page
def test_every_make_target_named_in_a_sentence_exists(page):
    prose = FENCE.sub("", page.read_text())
    named = set(re.findall(r"`make ([a-z-]+)[^`]*`", prose))

    assert named <= set(RULES)


@each_page
def test_every_link_between_pages_leads_to_a_file_and_heading(page):
    broken = []
    for target in LINK.findall(FENCE.sub("", page.read_text())):
        path, _, anchor = target.partition("#")
        if re.match(r"[a-z]+:", target):
            continue
        file = (page.parent / path) if path else page
        if not file.exists() or (anchor and anchor not in anchors(file)):
            broken.append(target)

    assert not broken


def anchors(page: Path) -> set[str]:
    """The ids GitHub gives headings: small letters, no signs, hyphens for spaces."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", page.read_text()), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_plugin_that_is_installed_by_hand_is_the_sdks_version():
    sdk = re.search(r"^pulumi-sakuracloud==(\S+)$", (ROOT / "requirements.txt").read_text(), re.M)
    assert sdk
    named = [version for page in PAGES for version in re.findall(r"resource sakuracloud (\S+)", page.read_text())]

    assert named
    assert set(named) == {sdk[1]}


def test_every_page_of_docs_is_reached_from_the_readme():
    seen, todo = set(), [ROOT / "README.md"]
    while todo:
        page = todo.pop()
        if page in seen or page.suffix != ".md" or not page.is_file():
            continue
        seen.add(page)
        links = (target.partition("#")[0] for target in LINK.findall(page.read_text()))
        todo += [(page.parent / link).resolve() for link in links if link and ":" not in link]

    assert set(ROOT.glob("docs/**/*.md")) - seen == set()


@pytest.mark.parametrize(
    "command",
    [
        "make no-such",
        "make lab NO_SUCH=1",
        ".venv/bin/python -m lab up --no-such",
        "pulumi up",
        "make diff BASE=x nope",
    ],
)
def test_the_rule_knows_a_command_that_does_not_exist(command):
    assert problem(command)
