"""What holds for every rendered file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import jinja2
import pytest

import render.files
from render import RenderedFile
from tests.render.stack import AGENT, GRE, KEEPALIVED, lab_plan
from tests.render.stack import files as files_of
from topology import ROUTERS

TEMPLATES = Path(render.files.__file__).parent / "templates"
EVERY_FILE = [pytest.param(file, id=f"{r}:{path}") for r in ROUTERS for path, file in files_of(lab_plan(), r).items()]
WITH_COMMENTS = [parameter for parameter in EVERY_FILE if AGENT not in str(parameter.id)]  # JSON has none


@dataclass(frozen=True, kw_only=True)
class Words:
    device: str


def test_a_word_that_the_context_lacks_is_an_error() -> None:
    with pytest.raises(jinja2.UndefinedError, match="local"):
        render.files.render("/etc/x", "gre/gre.env.j2", Words(device="gre-gateway"))


@pytest.mark.parametrize("file", WITH_COMMENTS)
def test_a_file_names_its_template_first(file: RenderedFile) -> None:
    first, second = file.content.splitlines()[:2]
    header = second if first.startswith("#!") else first
    template = re.fullmatch(r"[#!] rendered from templates/(\S+\.j2); do not edit", header)

    assert template, header
    assert (TEMPLATES / template[1]).is_file()


@pytest.mark.parametrize("file", EVERY_FILE)
def test_a_file_ends_with_one_newline_and_has_no_stray_blanks(file: RenderedFile) -> None:
    assert file.content.endswith("\n")
    assert not file.content.endswith("\n\n")
    assert not re.search(r"[ \t\r]$", file.content, re.MULTILINE)
    assert "\n\n\n" not in file.content


@pytest.mark.parametrize("file", EVERY_FILE)
def test_nothing_of_a_template_or_of_python_is_left(file: RenderedFile) -> None:
    assert not re.search(r"{[{%#]|[%#]}|None|IPv4[A-Z]|\bTrue\b|\bFalse\b", file.content)


@pytest.mark.parametrize("template", sorted(TEMPLATES.rglob("*.j2")), ids=lambda path: path.name)
def test_a_template_holds_words_and_no_decisions(template: Path) -> None:
    assert not re.search(r"{%-?\s*(set|elif|macro|include|import)\b|default\(", template.read_text())


@pytest.mark.parametrize("router", ROUTERS)
def test_files_come_sorted_with_absolute_paths_and_no_twin(router: str) -> None:
    paths = list(files_of(lab_plan(), router))

    assert paths == sorted(paths)
    assert all(path.startswith("/etc/") for path in paths)


def test_only_aws_has_gre_and_only_sakura_has_keepalived() -> None:
    has = {
        router: (GRE in files_of(lab_plan(), router), KEEPALIVED in files_of(lab_plan(), router)) for router in ROUTERS
    }

    assert has == {"sakura-a": (False, True), "sakura-b": (False, True), "aws-a": (True, False), "aws-b": (True, False)}


def test_tunnel_files_and_routing_are_not_for_everybody_to_read() -> None:
    modes = {path: file.mode for path, file in files_of(lab_plan(), "aws-a").items()}

    assert {mode for path, mode in modes.items() if path.startswith("/etc/wireguard/")} == {0o600}
    assert modes["/etc/frr/frr.conf"] == 0o640
    assert modes["/etc/nftables.conf"] == 0o644


def test_the_same_plan_gives_the_same_files() -> None:
    assert files_of(lab_plan(), "sakura-a") == files_of(lab_plan(), "sakura-a")


def test_an_unknown_router_is_refused_by_name() -> None:
    with pytest.raises(KeyError, match="aws-c"):
        files_of(lab_plan(), "aws-c")
