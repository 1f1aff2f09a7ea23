"""The lab's data plane, made from what the clouds hold and from the outside world alone.

It runs inside the lab's own mount, network and pid namespaces, whose `/run/netns` and `/run/wireguard` are private.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Literal, Protocol

from lab.clouds.view import Clouds
from lab.fabric import runner
from lab.fabric.applier import Applier
from lab.fabric.capture import CapturePoint, capture_points
from lab.fabric.changes import Changes
from lab.fabric.gateway_routing import bird_socket, sessions
from lab.fabric.inventory import Card, Finding, Node, ProbeHost, SiteHost, StartupNote, VpcPlace
from lab.fabric.observe import (
    FabricState,
    GatewayRoute,
    GatewaySession,
    gateway_sessions,
    gateway_tables,
    observe,
)
from lab.fabric.wiring import wire
from lab.world import World

__all__ = [
    "CapturePoint",
    "Card",
    "Fabric",
    "FabricState",
    "Finding",
    "Node",
    "ProbeHost",
    "SiteHost",
    "StartupNote",
    "VpcPlace",
    "build",
    "check",
]

RUN_DIR = Path("/run/wireguard/fabric")
"""Sockets, configuration and logs of the fabric's programs: private to the lab and gone with it, as that folder is."""


class HasGre(Protocol):
    """The part of `lab.machine.Tools` that the fabric asks."""

    @property
    def gre(self) -> Literal["kernel", "userspace"]:
        """Which GRE this machine has."""
        ...


class Fabric:
    """A running data plane."""

    def __init__(self, world: World, tools: HasGre, run_dir: Path) -> None:
        self._world, self._tools, self._run_dir = world, tools, run_dir
        self._applier = Applier(run_dir)
        self._reaction_s = 0

    def resync(self, clouds: Clouds, world: World | None = None) -> Changes:
        """Changes what differs from the clouds' state and nothing else; returns what was changed.

        `world` is the outside world where it is another one now.

        Raises LabFault with namespace, command and reason.
        Nodes whose namespace is new or gone are to be booted or stopped by the caller.
        """
        started = time.monotonic()
        self._clouds, self._world = clouds, world or self._world
        self._wiring = wire(clouds, self._world, self._tools.gre, self._run_dir, self._reaction_s)
        changes = self._applier.apply(self._wiring.blueprint)
        self.seconds = time.monotonic() - started
        return changes

    def replug(self, netns: str) -> None:
        """Gives a machine that has ended a bare namespace and new NICs: it leaves none of its devices and routes."""
        self._applier.apply(self._wiring.blueprint.without(netns))
        self._applier.apply(self._wiring.blueprint)

    def react_within(self, seconds: int) -> bool:
        """From now on the gateway forwards by an update so many seconds after it; its real time is not published.

        Whether that is a change: it disturbs what is on its way.
        """
        is_change = seconds != self._reaction_s
        if is_change:
            self._reaction_s = seconds
            self.resync(self._clouds)
        return is_change

    def unplug(self, netns: str) -> None:
        """Takes the cables out of a machine: from now on nothing leaves it and nothing gets in. `replug` mends it."""
        ends = [(link.near, link.far) for link in self._wiring.blueprint.links]
        for machine, here in (*ends, *((far, near) for near, far in ends)):
            if machine.netns == netns:
                runner.ip_batch([f"link set {here.device} down"], netns=here.netns)

    @property
    def nodes(self) -> tuple[Node, ...]:
        """Machines that were deployed, AWS first."""
        return self._wiring.inventory.nodes

    @property
    def vpcs(self) -> tuple[VpcPlace, ...]:
        """VPCs with their probe hosts."""
        return self._wiring.inventory.vpcs

    @property
    def hosts(self) -> tuple[ProbeHost, ...]:
        """All probe hosts."""
        return self._wiring.inventory.hosts

    @property
    def gateways(self) -> tuple[str, ...]:
        """Namespaces of the Transit Gateways."""
        return tuple(gateway.netns for gateway in self._wiring.gateways)

    @property
    def sites(self) -> tuple[SiteHost, ...]:
        """Sites behind the closed network."""
        return self._wiring.inventory.sites

    @property
    def guards(self) -> dict[str, str]:
        """By machine: the security groups or the packet filter that decide what its first NIC lets in."""
        return self._wiring.guards

    @property
    def cards(self) -> dict[str, Card]:
        """By machine: where its cloud put it."""
        return self._wiring.cards

    def state(self) -> FabricState:
        """What the gateway, the filters and the closed network say now. Raises LabFault when one does not answer."""
        return observe(self._wiring, self._run_dir, self._applier.programs.dead())

    def gateway_state(self) -> tuple[tuple[GatewaySession, ...], dict[str, tuple[GatewayRoute, ...]]]:
        """The gateway's sessions and tables alone, which costs a fraction of `state`. Raises as that does."""
        return gateway_sessions(self._wiring, self._run_dir), gateway_tables(self._wiring)

    def reset_gateway_session(self, router: str) -> None:
        """Ends and restarts a router's first BGP session from the gateway's side. Raises LabFault."""
        for gateway in self._wiring.gateways:
            for session in [one for one in sessions(gateway) if one.peer.name == router][:1]:
                runner.run(["birdc", "-s", str(bird_socket(gateway, self._run_dir)), "restart", session.symbol])

    def capture_points(self) -> tuple[CapturePoint, ...]:
        """Where a packet can be seen, in the order of the path."""
        return capture_points(self._wiring)

    def site_vtysh(self, name: str) -> list[str]:
        """The command that opens a BGP site's vtysh, to be run anywhere inside the lab."""
        folder = str(self._run_dir / f"site-{name}")
        return ["vtysh", "--vty_socket", folder, "--config_dir", folder]

    def close(self) -> None:
        """Ends the fabric's programs and removes its namespaces; those of running nodes live until they end."""
        self._applier.close()


def check(clouds: Clouds, world: World) -> list[str]:
    """Why no network can be made of them: nothing where one can, however wrong it is."""
    try:
        wire(clouds, world, "userspace", RUN_DIR)
    except KeyError as error:
        return [f"clouds.json: a resource lacks the property {error}, which its cloud always gives; put it back"]
    except (ValueError, TypeError, AttributeError) as error:
        return [f"clouds.json: no network can be made of it: {error}; put back what was there"]
    return []


def build(clouds: Clouds, world: World, tools: HasGre, *, run_dir: Path = RUN_DIR) -> Fabric:
    """Builds everything but the nodes' insides. Raises LabFault, and leaves nothing behind, when it cannot."""
    fabric = Fabric(world, tools, run_dir)
    try:
        fabric.resync(clouds)
    except BaseException:
        fabric.close()
        raise
    return fabric
