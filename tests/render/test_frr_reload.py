"""frr.conf is FRR's own canonical form: reloading an unchanged file deletes nothing and adds nothing.

Any other file makes `frr-reload.py` reset sessions at every reload.
The daemons run here, because only they know the form; that packets pass is for the lab to show.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.render.stack import DRAWN, FRR, SYSCTL, lab_plan, plan_of, rotating, text, without_bfd
from topology import ROUTERS, Plan

pytestmark = pytest.mark.netns

ALONE = ["unshare", "--mount", "--net", "--pid", "--fork", "--uts", "--mount-proc", "--kill-child"]


def own_addresses(plan: Plan, router: str) -> list[str]:
    """What a router has when FRR starts, as ADDRESS/LENGTH@DEVICE."""
    tunnels = [f"{t.end(router).address}@{t.end(router).interface}" for t in plan.tunnels_of(router)]
    loopback = f"{plan.routers[router].loopback}/32@lo"
    if plan.routers[router].cloud == "sakura":
        return [loopback, f"{plan.sakura_places[router].closed_address}@closed", *tunnels]
    place, peer = plan.aws_places[router], plan.connect_peers[router]
    return [loopback, f"{place.private_address}/28@internet", f"{peer.inside_router}@gre-gateway", *tunnels]


def difference(plan: Plan, router: str, folder: Path, *, conf: str | None = None) -> str:
    """What frr-reload.py would change in an FRR that has just started from this file."""
    (folder / "frr.conf").write_text(conf or text(plan, router, FRR))
    (folder / "sysctl.conf").write_text(text(plan, router, SYSCTL))
    done = subprocess.run(
        [
            *ALONE,
            str(Path(__file__).with_name("frr_alone.sh")),
            *(router, str(folder / "frr.conf"), str(folder / "sysctl.conf")),
            *own_addresses(plan, router),
        ],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr

    return done.stdout.strip()


@pytest.mark.parametrize("router", ROUTERS)
def test_frr_writes_back_what_it_read(router: str, tmp_path: Path) -> None:
    assert difference(lab_plan(), router, tmp_path) == ""


@pytest.mark.parametrize("router", ["sakura-a", "aws-b"])
def test_frr_writes_back_what_it_read_while_a_key_is_rotated(router: str, tmp_path: Path) -> None:
    assert difference(rotating("aws-b"), router, tmp_path) == ""


@pytest.mark.parametrize("router", ["sakura-a", "aws-a"])
def test_frr_writes_back_what_it_read_of_a_drawn_stack(router: str, tmp_path: Path) -> None:
    assert difference(plan_of(DRAWN[0]), router, tmp_path) == ""


@pytest.mark.parametrize("router", ["sakura-a", "aws-a"])
def test_frr_writes_back_what_it_read_without_bfd(router: str, tmp_path: Path) -> None:
    assert difference(without_bfd(), router, tmp_path) == ""


@pytest.mark.parametrize(
    "change",
    [
        {"timers": {"bfd_ms": 300}, "takeover": False},  # FRR's own defaults
        {"timers": {"bfd_ms": 50, "bfd_multiplier": 5}},
        {"aggregate": ["192.168.0.0/18"]},
        {"timers": {"tgw_hold_s": 9}, "vpc_pool": ["10.0.0.0/8", "192.168.0.0/16"]},
    ],
    ids=str,
)
def test_frr_writes_back_what_it_read_whatever_is_stated(change: dict[str, object], tmp_path: Path) -> None:
    assert difference(lab_plan(lambda path: path.update(change)), "aws-a", tmp_path) == ""


def test_a_default_of_frr_written_out_would_be_a_difference(tmp_path: Path) -> None:
    conf = text(lab_plan(), "aws-a", FRR).replace(
        " profile tunnel\n  trans", " profile tunnel\n  detect-multiplier 3\n  trans"
    )

    assert "detect-multiplier 3" in difference(lab_plan(), "aws-a", tmp_path, conf=conf)
