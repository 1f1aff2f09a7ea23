"""A running lab is changed as an operator would change a real stack: what must not lose a packet loses none.

Numbered packets run between every site and every VPC, both ways, on many flows, while the change is deployed.
One lab takes all the changes in turn; what each does to the clouds is in tests/lab/engine/test_changes.py.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.lab.conftest import ROOT, RunningLab, lab, lab_of_stack_lab
from tests.lab.engine import changes

pytestmark = pytest.mark.lab

NAME = "pytest-changes"
DEADLINE_S = 1800
ROUTERS = ("sakura-a", "sakura-b", "aws-a", "aws-b")
Intent = dict[str, Any]


class ChangingLab:
    """A lab whose stack file the test edits step by step."""

    def __init__(self, running: RunningLab, stack_file: Path) -> None:
        self.running, self._stack_file = running, stack_file
        self._document = yaml.safe_load((ROOT / "Pulumi.lab.yaml").read_text())

    def update(self, *further: Callable[[Intent], object]) -> dict[str, Any]:
        """Makes further changes and deploys them at once; the report, which must be good."""
        for change in further:
            change(self._document["config"]["flets-to-vpc:path"])
        self._stack_file.write_text(yaml.safe_dump(self._document))
        ran = lab("update", "--name", NAME, "--stack-file", os.fspath(self._stack_file), timeout_s=DEADLINE_S)
        assert ran.returncode == 0, f"{ran.stdout}\n{ran.stderr}"
        return self.running.report

    def owners(self) -> list[str]:
        """What the stack did not make, byte for byte."""
        held = json.loads((self.running.folder / "clouds.json").read_text())["resources"]
        return [json.dumps(resource) for resource in held if not resource["urn"]]

    def machines(self) -> dict[str, str]:
        """When each router's systemd was started, in the kernel's ticks: another one is another boot."""
        return {router: self.running.on(router, "cut -d' ' -f22 /proc/1/stat").strip() for router in ROUTERS}

    def sessions(self) -> dict[str, dict[str, int]]:
        """How often each BGP session of each router has come up."""
        found = {}
        for router in ROUTERS:
            neighbors = json.loads(self.running.on(router, "vtysh -c 'show bgp neighbors json'"))
            found[router] = {peer: told["connectionsEstablished"] for peer, told in neighbors.items()}
        return found

    @contextmanager
    def stream(self, folder: Path) -> Iterator[None]:
        """Numbered packets meanwhile; `lost.json` in the folder afterwards."""
        command = f"PYTHONPATH={ROOT} {sys.executable} -m tests.lab.stream {folder}"
        shell = ["shell", "--name", NAME, "--node", "internet", "--command", command]
        streaming = subprocess.Popen([sys.executable, "-m", "lab", *shell], cwd=ROOT)
        try:
            deadline = time.monotonic() + DEADLINE_S
            while not (folder / "started").exists():
                assert streaming.poll() is None, "the stream ended by itself"
                assert time.monotonic() < deadline, "not every flow of the stream passes"
                time.sleep(0.05)
            yield
        finally:
            (folder / "stop").touch()
            streaming.wait(DEADLINE_S)


@pytest.fixture(scope="module")
def changing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChangingLab]:
    with lab_of_stack_lab(NAME, DEADLINE_S) as running:
        yield ChangingLab(running, tmp_path_factory.mktemp("changing") / "stack.yaml")


def _lost(folder: Path) -> dict[str, list[int]]:
    lost = json.loads((folder / "lost.json").read_text())
    assert min(sent for sent, _ in lost.values()) > 10
    return {flow: numbers for flow, (_, numbers) in lost.items() if numbers}


def test_sites_and_vpcs_come_without_a_lost_packet_or_a_reset_session(changing: ChangingLab, tmp_path: Path) -> None:
    sessions, machines = changing.sessions(), changing.machines()
    with changing.stream(tmp_path):
        changing.update()
        report = changing.update(changes.a_site_added, changes.a_vpc_added, changes.an_existing_vpc_added)

    assert _lost(tmp_path) == {}
    assert changing.sessions() == sessions
    assert changing.machines() == machines
    reached = {(path["site"], path["vpc"]) for path in report["paths"] if path["forward"] and path["backward"]}
    assert reached >= {("store-009", "app"), ("store-009", "batch"), ("plant-01", "batch"), ("store-001", "legacy")}


def test_a_vpc_goes_without_a_lost_packet_of_the_others(changing: ChangingLab, tmp_path: Path) -> None:
    sessions = changing.sessions()
    with changing.stream(tmp_path):
        report = changing.update(changes.a_vpc_removed)

    assert {path["vpc"] for path in report["paths"]} == {"shared", "batch", "legacy"}
    assert not [flow for flow in _lost(tmp_path) if "host-app" not in flow]
    assert changing.sessions() == sessions


def test_a_rebuild_and_another_ami_renew_one_router_after_the_other(changing: ChangingLab) -> None:
    before = changing.machines()
    changing.update(changes.one_sakura_router_rebuilt, changes.another_ami)
    after = changing.machines()

    assert {router for router in ROUTERS if after[router] != before[router]} == {"sakura-a", "aws-a", "aws-b"}
    assert len({after[router] for router in ("sakura-a", "aws-a", "aws-b")}) == 3, "no two in one moment"


def test_destroy_empties_both_clouds_and_ends_the_lab(changing: ChangingLab) -> None:
    owned = changing.owners()
    ran = lab("destroy", "--name", NAME)
    left = json.loads((changing.running.folder / "clouds.json").read_text())["resources"]

    assert ran.returncode == 0, ran.stderr
    assert {resource["urn"] for resource in left} == {""}
    assert changing.owners() == owned
    assert any("vpc-0abc0123456789def" in resource for resource in owned)
    assert lab("prove", "--name", NAME).returncode == 1, "no lab answers any more"
