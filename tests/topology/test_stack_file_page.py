"""Claim: docs/stack-file.md names every key an operator may state, where it stands, and whether it must be stated."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from tests.topology import stacks
from topology import make_plan, parse, shape

PAGE = (Path(__file__).parents[2] / "docs" / "stack-file.md").read_text(encoding="utf-8")


def stated_keys(at: tuple[str, ...] = ()) -> Iterator[tuple[str, str, bool]]:
    """Mapping, key, and whether it is required, of everything that may be stated."""
    for key, field in shape.keys_at(at).items():
        yield ".".join(at) or "Top level", key, field.is_required()
        yield from stated_keys((*at, key))


def documented_keys() -> Iterator[tuple[str, str, bool]]:
    """The same as the page says it."""
    for section in re.split(r"^## ", PAGE, flags=re.MULTILINE)[1:]:
        heading = section.splitlines()[0].strip("`")
        for key, default in re.findall(r"^\| `([^`]+)` \|.*\| ([^|]+) \|$", section, flags=re.MULTILINE):
            yield heading, key, default == "required"


def test_the_page_and_the_model_have_the_same_keys() -> None:
    assert sorted(documented_keys()) == sorted(stated_keys())


def test_the_example_on_the_page_can_be_planned() -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", PAGE, flags=re.DOTALL)
    config = stacks.loaded(example)["config"]
    make_plan(parse(config["flets-to-vpc:path"], config["aws:region"], config["sakuracloud:zone"]))
