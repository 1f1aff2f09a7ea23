"""An app team's own stack joins the path of a lab that runs: its host reaches a site, and the site reaches it.

The routers know its prefix from the gateway alone: nothing of theirs is deployed anew.
"""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.supervisor import control
from lab.supervisor.folder import LabFolder
from tests.lab.conftest import ROOT, RunningLab
from tests.lab.engine.stack import Engine

pytestmark = pytest.mark.lab

EXAMPLE = ROOT / "examples/vpc_of_an_app_team"
SITE = "site-store-001"
ROUTE_SPREADS_WITHIN_S = 60


@pytest.fixture
def team(running: RunningLab, tmp_path: Path) -> Iterator[Engine]:
    """The team's stack, deployed into the running lab's clouds and gone again afterwards."""
    team = Engine(
        folder=tmp_path / "team",
        program=EXAMPLE,
        stack="dev",
        stack_file=EXAMPLE / "Pulumi.dev.yaml",
        store=running.folder / "store.db",
        more=("--beside", str(running.folder / "state.json")),
    )
    try:
        team.done("up")
        resync(running, team)
        yield team
    finally:
        team.done("destroy")
        resync(running, team)


def resync(running: RunningLab, team: Engine) -> None:
    """Lets the lab see what its clouds hold now."""
    shutil.copy(team.folder / "clouds.json", running.folder / "clouds.json")
    control.ask(LabFolder(running.name), "resync")


def address(running: RunningLab, node: str) -> str:
    """The IPv4 address of a host."""
    found = re.search(r"inet (\d[\d.]+)/\d+ (?!.*\blo\b)", running.on(node, "ip -4 -o address show"))
    assert found, node
    return found[1]


def answers(running: RunningLab, node: str, target: str) -> bool:
    """Whether a host's echo request is answered before long: BGP has to carry the new prefix first."""
    until = time.monotonic() + ROUTE_SPREADS_WITHIN_S
    while time.monotonic() < until:
        if "1 received" in running.on(node, f"ping -c 1 -W 2 {target} || true"):
            return True
    return False


def test_a_host_of_the_teams_vpc_reaches_a_site_and_the_site_reaches_it(running: RunningLab, team: Engine) -> None:
    hosts = [n for n in control.ask(LabFolder(running.name), "status")["namespaces"] if n.startswith("host-billing-")]
    site = address(running, SITE)

    assert len(hosts) == len(team.document("outputs.json")["subnet_ids"]) == 2
    for host in hosts:
        assert answers(running, host, site)
        assert answers(running, SITE, address(running, host))
