"""Which engine drives the program, and what becomes of the last one's state."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab import deploy
from lab.errors import MachineLacks
from lab.supervisor.folder import LabFolder


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is all of PATH."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def put(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).write_text("#!/bin/sh\n")
        (folder / name).chmod(0o755)


def test_without_the_cli_auto_is_our_own_engine_and_cli_is_refused_by_what_lacks(path: Path) -> None:
    put(path, "pulumi")
    with pytest.raises(MachineLacks) as refused:
        deploy.engine("cli")

    assert deploy.engine("auto") == deploy.engine("sdk") == "sdk"
    assert refused.value.exit_code == 3
    assert "pulumi-language-python on PATH" in str(refused.value)
    assert "pulumi on PATH" not in str(refused.value)


def test_with_the_cli_on_path_auto_is_the_cli_and_sdk_still_ours(path: Path) -> None:
    put(path, "pulumi", "pulumi-language-python", "pulumi-language-python-exec")

    assert deploy.engine("auto") == deploy.engine("cli") == "cli"
    assert deploy.engine("sdk") == "sdk"


def test_a_deployment_takes_the_place_of_the_other_engines(tmp_path: Path) -> None:
    folder = LabFolder("lab", tmp_path)
    (folder / "pulumi/backend").mkdir(parents=True)
    (folder / "project").mkdir()
    folder.incoming.mkdir()
    (folder.incoming / "state.json").write_text("{}")
    deploy.take_over(folder)

    assert sorted(entry.name for entry in folder.path.iterdir()) == ["state.json"]


def test_every_value_that_only_the_owner_knows_is_listed_with_its_stand_in() -> None:
    stated = deploy.stack_file("prod")
    gaps = stated.read_text().count('"REPLACE_ME:')

    listed = [line for line in deploy.stand_ins(stated) if line.startswith(("flets-to-vpc:path", "aws:"))]

    assert gaps > 0
    assert len(listed) == gaps
