"""A stack nobody wrote, which resembles stack `lab` in nothing: edited clouds are refused, and as deployed it comes up.

Two BGP sites, one with ten prefixes; two VPCs, one of which is there already; a key in rotation, BFD at 300 ms.
Nothing takes over.
`make test-stacks SEED=955 N=1` boots the same one.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml

from lab import deploy
from lab.stacks.drawn import stack
from lab.supervisor.folder import LabFolder
from tests.lab.conftest import lab
from tests.lab.edits import CloudsFile

pytestmark = pytest.mark.lab

SEED = "955-1"
STACK_FILE = f"Pulumi.drawn-{SEED}.yaml"
FOLDER = LabFolder("pytest-drawn")
CONFIG = stack(Random(SEED))
STATED = CONFIG["flets-to-vpc:path"]


@dataclass(frozen=True)
class Proved:
    """What a verb of the lab's command line came to."""

    ran: subprocess.CompletedProcess[str]
    report: dict[str, Any]

    @classmethod
    def by(cls, *arguments: str) -> Proved:
        """Runs the verb and reads the report it wrote."""
        ran = lab(*arguments, "--name", FOLDER.name)
        return cls(ran, json.loads((FOLDER / "report.json").read_text()))


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the stack's file and, deployed but not booted, its clouds."""
    folder = tmp_path_factory.mktemp("drawn")
    (folder / STACK_FILE).write_text(yaml.safe_dump({"config": CONFIG}), encoding="utf-8")
    deploy.deploy(FOLDER, os.fspath(folder / STACK_FILE), None)
    deploy.take_over(FOLDER)
    shutil.copy(FOLDER / "clouds.json", folder)
    return folder


@pytest.fixture(scope="module")
def edited(deployed: Path) -> Iterator[Proved]:
    """The lab booted from clouds that somebody took the rule for GRE from; it runs on."""
    clouds = CloudsFile.parse((deployed / "clouds.json").read_text())
    clouds.remove("SecurityGroupIngressRule", "routers-aws-b-in-gre")
    (deployed / "edited.json").write_text(json.dumps(clouds.document))
    try:
        yield Proved.by(
            "up", "--stack", os.fspath(deployed / STACK_FILE), "--clouds", os.fspath(deployed / "edited.json")
        )
    finally:
        lab("down", "--name", FOLDER.name)


def test_the_drawn_stack_is_the_one_described(record_property: Callable[[str, object], None]) -> None:
    record_property("seed", SEED)

    assert (len(STATED["sites"]), sum("bgp" in site for site in STATED["sites"])) == (2, 2)
    assert max(len(site["prefixes"]) for site in STATED["sites"]) == 10
    assert sorted("existing" in vpc for vpc in STATED["vpcs"]) == [False, True]
    assert max(len(generations) for generations in STATED["key_generation"].values()) == 2
    assert (STATED["timers"]["bfd_ms"], STATED["takeover"]) == (300, False)


def test_an_edited_cloud_without_a_rule_for_gre_fails_at_that_hop(edited: Proved) -> None:
    """The lab can say no: one rule less in what was deployed, and the hop and what it lacks are named."""
    broken = edited.report["broken"]

    assert edited.ran.returncode == 1, edited.ran.stdout + edited.ran.stderr
    assert edited.report["ok"] is False
    assert any(entry["hop"] == "gre:aws-b" and "proto/47" in entry["rule"] for entry in broken)


def test_a_drawn_stack_comes_up_as_it_was_deployed(edited: Proved, deployed: Path) -> None:
    proved = Proved.by("resync", "--clouds", os.fspath(deployed / "clouds.json"))

    assert proved.ran.returncode == 0, f"{proved.ran.stdout}\n{proved.ran.stderr}"
    paths = proved.report["paths"]
    ends = {(site["name"], vpc["name"]) for site in STATED["sites"] for vpc in STATED["vpcs"]}
    assert {(path["site"], path["vpc"]) for path in paths if path["forward"] and path["backward"]} == ends
