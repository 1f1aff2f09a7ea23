"""`make diff`: a reviewer sees what a change does to resources and rendered files, with no cloud account."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from lab.diff import diff
from lab.errors import BadInput
from tests.components.recorder import ROOT

PROGRAM = ("__main__.py", "settings.py", "Pulumi.yaml", "Pulumi.lab.yaml", "components", "render", "topology")
LAST_SITE = "      - {id: 3, name: store-002, prefixes: [192.168.3.0/24, 192.168.64.0/26]}\n"
NEW_SITE = "      - {id: 4, name: store-004, prefixes: [192.168.4.0/24]}\n"


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository that holds the program in its one commit."""
    folder = tmp_path_factory.mktemp("checkout")
    for name in PROGRAM:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copyfile
        copy(ROOT / name, folder / name)
    for command in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "base"]):
        identity = ["-c", "user.name=t", "-c", "user.email=t@example.com"]
        subprocess.run(["git", *identity, *command], cwd=folder, check=True)
    return folder


@pytest.fixture
def change(checkout: Path, tmp_path: Path) -> Callable[..., str]:
    """Compares the commit with a stack file in which one text stands for another."""

    def compared(old: str = "", new: str = "", stack: str = "lab", base: str = "HEAD") -> str:
        file = checkout / "Pulumi.lab.yaml"
        was = file.read_text()
        assert old in was
        file.write_text(was.replace(old, new, 1))
        try:
            return diff(stack, base, tmp_path, checkout).read_text()
        finally:
            file.write_text(was)

    return compared


def test_an_unchanged_program_changes_nothing(change: Callable[..., str]) -> None:
    assert "No resource and no rendered file changes." in change()


def test_a_new_site_shows_as_bundles_their_pointers_and_the_lines_of_its_files(change: Callable[..., str]) -> None:
    text = change(LAST_SITE, LAST_SITE + NEW_SITE)

    assert "**12 updated**" in text
    assert text.count("| updated | `aws:s3/bucketObjectv2:BucketObjectv2` |") == 4
    assert "<code>etc/frr/frr.conf</code> of aws-a" in text
    assert "permit 192.168.4.0/24" in text


def test_a_change_that_the_program_refuses_is_told_to_reviewers_too(change: Callable[..., str], tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"192\.168\.1\.0/24"):
        change("192.168.3.0/24", "192.168.1.0/24")

    assert "this change is refused" in (tmp_path / "lab.md").read_text()


def test_nothing_of_the_emulated_stack_is_left_behind(change: Callable[..., str], tmp_path: Path) -> None:
    change()

    assert [path.name for path in tmp_path.iterdir()] == ["lab.md"]


@pytest.mark.parametrize(("wrong", "said"), [({"base": "no-such"}, "no-such"), ({"stack": "none"}, "Pulumi.none.yaml")])
def test_an_unknown_commit_or_stack_is_named(change: Callable[..., str], wrong: dict[str, str], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        change(**wrong)
