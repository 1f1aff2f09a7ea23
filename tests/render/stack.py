"""The stack `lab` as plans and rendered files, with the changes a test states."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import yaml

import settings
from lab.engine.stack_file import StackFile
from lab.stacks import drawn
from render import Live, RenderedFile, router_files
from topology import ROUTERS, Plan, make_plan

ROOT = Path(__file__).parents[2]
STACK_FILE = ROOT / "Pulumi.lab.yaml"
STACKS = ("lab", "prod")
"""Those whose rendered files and identities are golden."""

DRAWN = ("drawn-955-1", "drawn-4082-1")
"""As `make test-stacks` calls them: a small one without takeover, a large one with all that may be stated."""

PUBLIC_ADDRESSES = {
    "sakura-a": "198.51.100.10",
    "sakura-b": "198.51.100.11",
    "aws-a": "203.0.113.10",
    "aws-b": "203.0.113.11",
}


def public_key(router: str, generation: int) -> str:
    """A stand-in that can be read back: base64 of the router, the generation and filling."""
    return base64.b64encode(f"{router} {generation} ".encode().ljust(32, b".")).decode()


LIVE = Live(
    public_addresses=PUBLIC_ADDRESSES,
    public_keys={
        router: {generation: public_key(router, generation) for generation in range(1, 11)} for router in ROUTERS
    },
)


def lab_plan(change: Callable[[dict[str, Any]], object] | None = None) -> Plan:
    """The plan of the stack `lab`, after `change` has edited what its operator states under `path`."""
    config = yaml.safe_load(STACK_FILE.read_text(encoding="utf-8"))["config"]
    if change is not None:
        change(config["flets-to-vpc:path"])
    return make_plan(settings.from_config(config))


def plan_of(stack: str) -> Plan:
    """The plan of a drawn or a committed stack; what only its owner knows is what the lab puts there."""
    if stack in DRAWN:
        return make_plan(settings.from_config(drawn.stack(Random(stack.removeprefix("drawn-")))))
    return make_plan(settings.from_config(StackFile.load(ROOT / f"Pulumi.{stack}.yaml").config))


@cache
def files_of(stack: str, router: str) -> Mapping[str, RenderedFile]:
    """A router's files by path, of a drawn or a committed stack."""
    return files(plan_of(stack), router)


def rotating(router: str) -> Plan:
    """The plan while that router's key is being rotated."""
    return lab_plan(lambda path: path.update(key_generation={router: [1, 2]}))


def without_bfd() -> Plan:
    """The plan with BFD off; a takeover needs BFD."""
    return lab_plan(lambda path: path.update(timers={"bfd_ms": 0}, takeover=False))


def files(plan: Plan, router: str) -> Mapping[str, RenderedFile]:
    """A router's files by path."""
    return {file.path: file for file in router_files(plan, router, LIVE)}


def text(plan: Plan, router: str, path: str) -> str:
    """The content of one file."""
    return files(plan, router)[path].content


def lines(plan: Plan, router: str, path: str) -> list[str]:
    """The lines of one file without indentation, comments and empty ones."""
    stripped = (line.strip() for line in text(plan, router, path).splitlines())
    return [line for line in stripped if line and line[0] not in "#!"]


FRR = "/etc/frr/frr.conf"
NFTABLES = "/etc/nftables.conf"
KEEPALIVED = "/etc/keepalived/keepalived.conf"
AGENT = "/etc/flets-to-vpc/agent.json"
GRE = "/etc/flets-to-vpc/gre.env"
ADDRESSES = "/etc/flets-to-vpc/addresses.ip"
SYSCTL = "/etc/sysctl.d/60-flets-to-vpc.conf"
UNITS = "/etc/systemd/system/flets-to-vpc-path.target.d/50-units.conf"
