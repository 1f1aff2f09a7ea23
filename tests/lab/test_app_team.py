"""An app team's own stack joins the path of a lab that runs: its hosts reach a site, and the site reaches them.

The routers know its prefix from the gateway alone: nothing of theirs is deployed anew.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.supervisor import control
from lab.supervisor.folder import LabFolder
from tests.lab.conftest import ROOT, RunningLab, lab
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
        follow(running, team)
        yield team
    finally:
        team.done("destroy")
        follow(running, team)


def follow(running: RunningLab, team: Engine) -> None:
    """Lets the lab see what its clouds hold now; all that it promised before still has to hold."""
    ran = lab("resync", "--name", running.name, "--clouds", str(team.folder / "clouds.json"))
    assert ran.returncode == 0, f"{ran.stderr}\n{json.dumps(running.report['broken'], indent=1)}"


def address(running: RunningLab, node: str) -> str:
    """The IPv4 address of a host."""
    found = re.search(r"inet (\d[\d.]+)/\d+ (?!.*\blo\b)", running.on(node, "ip -4 -o address show"))
    assert found, node
    return found[1]


def answered(running: RunningLab, node: str, targets: list[str]) -> list[str]:
    """Those that answer a host's echo request before long: BGP has to carry the new prefix first."""
    one = f"for _ in $(seq {ROUTE_SPREADS_WITHIN_S}); do ping -qc 1 -W 1 $target >&2 && echo $target && break; done"
    return running.on(node, f"for target in {' '.join(targets)}; do {one}; done; true").split()


def test_a_host_of_the_teams_vpc_reaches_a_site_and_the_site_reaches_it(running: RunningLab, team: Engine) -> None:
    hosts = [n for n in control.ask(LabFolder(running.name), "status")["namespaces"] if n.startswith("host-billing-")]
    addresses = [address(running, host) for host in hosts]
    site = address(running, SITE)

    assert len(hosts) == len(team.document("outputs.json")["subnet_ids"]) == 2
    assert answered(running, SITE, addresses) == addresses
    assert [answered(running, host, [site]) for host in hosts] == [[site], [site]]
