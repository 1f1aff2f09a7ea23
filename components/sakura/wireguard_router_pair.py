"""The pair of WireGuard routers in Sakura Cloud."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address

import pulumi
import pulumi_sakuracloud as sakuracloud

from components.sakura.packet_filter import expressions
from topology.links import TunnelPort

DISK_GIB = 20


@dataclass(frozen=True, kw_only=True)
class SakuraRouterArgs:
    """One router of the pair."""

    closed_address: IPv4Address
    """Its address on the closed network, which Sakura only displays: the router sets it itself."""
    disk: str
    """`<archive id>/<rebuild number>`: a change renews the router's disk."""
    startup_note: pulumi.Input[str]
    """Shell script of the first boot, such as `SsmHybridNode.startup_note`; secret."""


@dataclass(frozen=True, kw_only=True)
class SakuraWireGuardRouterPairArgs:
    """The two routers, what is common to both, and whom they talk to."""

    routers: Mapping[str, SakuraRouterArgs]
    """By name, which is also the host name."""
    switch_id: pulumi.Input[str]
    """The closed network's switch: ordered from Sakura and never owned by this program."""
    archive_id: str
    """The image of both disks, in the servers' zone."""
    tunnels: Sequence[TunnelPort]
    """The WireGuard tunnels that end on these routers."""
    peer_addresses: Mapping[str, pulumi.Input[str]]
    """Public IPv4 addresses of the far ends, by far router."""
    core: int = 1
    """Cores of each server."""
    memory_gib: int = 2
    """Memory of each server."""
    tags: Sequence[str] = ()
    """Of everything here; Sakura's tags are plain words."""


class SakuraWireGuardRouterPair(pulumi.ComponentResource):
    """Two routers between the Internet and the closed network, on disks that hold nothing of their own.

    The first NIC is on the shared segment behind a packet filter, the second on the closed network's switch.
    """

    addresses: Mapping[str, pulumi.Output[str]]
    """Public IPv4 addresses by router: Sakura gives one to each server."""

    def __init__(
        self, name: str, args: SakuraWireGuardRouterPairArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("flets-to-vpc:index:SakuraWireGuardRouterPair", name, None, opts)
        self._name, self._args = name, args
        servers: dict[str, sakuracloud.Server] = {}
        for router in args.routers:
            # One after the other: a change of both, a new image, must not shut both down in one moment.
            servers[router] = self._server(router, after=list(servers.values()))
        self.addresses = {router: server.ip_address for router, server in servers.items()}
        self.register_outputs({"addresses": dict(self.addresses)})

    def _server(self, router: str, after: Sequence[pulumi.Resource]) -> sakuracloud.Server:
        args = self._args
        return sakuracloud.Server(
            f"{self._name}-{router}",
            core=args.core,
            memory=args.memory_gib,
            disks=[self._disk(router).id],
            network_interfaces=[
                sakuracloud.ServerNetworkInterfaceArgs(
                    upstream="shared", packet_filter_id=self._packet_filter(router).id
                ),
                sakuracloud.ServerNetworkInterfaceArgs(
                    upstream=args.switch_id, user_ip_address=str(args.routers[router].closed_address)
                ),
            ],
            # Not user_data: with it, every later change of the server would be a shutdown.
            # The note is named by id, so its content is read when a disk is edited and reboots nothing by itself.
            disk_edit_parameter=sakuracloud.ServerDiskEditParameterArgs(
                hostname=router,
                disable_pw_auth=True,
                notes=[sakuracloud.ServerDiskEditParameterNoteArgs(id=self._note(router).id)],
            ),
            description=f"Router {router}",
            tags=list(args.tags),
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(after)),
        )

    def _disk(self, router: str) -> sakuracloud.Disk:
        return sakuracloud.Disk(
            f"{self._name}-{router}",
            source_archive_id=self._args.archive_id,
            size=DISK_GIB,
            plan="ssd",
            connector="virtio",
            description=self._args.routers[router].disk,
            tags=list(self._args.tags),
            opts=pulumi.ResourceOptions(parent=self, replace_on_changes=["description"]),
        )

    def _packet_filter(self, router: str) -> sakuracloud.PacketFilter:
        tunnels = [tunnel for tunnel in self._args.tunnels if tunnel.router == router]
        return sakuracloud.PacketFilter(
            f"{self._name}-{router}",
            expressions=expressions(tunnels, self._args.peer_addresses),
            description=f"Router {router}, shared NIC",
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _note(self, router: str) -> sakuracloud.Note:
        return sakuracloud.Note(
            f"{self._name}-{router}",
            class_="shell",
            content=pulumi.Output.secret(self._args.routers[router].startup_note),
            tags=list(self._args.tags),
            opts=pulumi.ResourceOptions(parent=self),
        )
