"""The pair of WireGuard routers in Sakura Cloud."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_sakuracloud as sakuracloud

from components.sakura.packet_filter import expressions
from topology.plan import SakuraRouterPlace, SakuraServerPlan, Tunnel

DISK_GIB = 20


@dataclass(frozen=True, kw_only=True)
class SakuraWireGuardRouterPairArgs:
    """Where the two routers stand, what they boot and whom they talk to; every mapping is by router."""

    places: Mapping[str, SakuraRouterPlace]
    """The two routers on the closed network."""
    switch_id: pulumi.Input[str]
    """The closed network's switch: ordered from Sakura and never owned by this program."""
    archive_id: str
    """The image of both disks, in the servers' zone."""
    disks: Mapping[str, str]
    """`<archive id>/<rebuild number>`: a change renews the router's disk."""
    size: SakuraServerPlan
    tunnels: Sequence[Tunnel]
    aws_addresses: Mapping[str, pulumi.Input[str]]
    """Public addresses of the far ends, by AWS router."""
    startup_notes: Mapping[str, pulumi.Input[str]]
    """Shell scripts of the first boot; secret."""
    tags: Sequence[str]
    """Of everything here; Sakura's tags are plain words."""


class SakuraWireGuardRouterPair(pulumi.ComponentResource):
    """Two routers between the Internet and the closed network, on disks that hold nothing of their own.

    The first NIC is on the shared segment behind a packet filter, the second on the closed network's switch.
    """

    addresses: Mapping[str, pulumi.Output[str]]
    """Public addresses, by router: Sakura gives one to each server."""

    def __init__(
        self, name: str, args: SakuraWireGuardRouterPairArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("flets-to-vpc:index:SakuraWireGuardRouterPair", name, None, opts)
        self._name, self._args = name, args
        servers: dict[str, sakuracloud.Server] = {}
        for router in args.places:
            # One after the other: a change of both, a new image, must not shut both down in one moment.
            servers[router] = self._server(router, after=list(servers.values()))
        self.addresses = {router: server.ip_address for router, server in servers.items()}
        self.register_outputs({"addresses": dict(self.addresses)})

    def _server(self, router: str, after: Sequence[pulumi.Resource]) -> sakuracloud.Server:
        args = self._args
        return sakuracloud.Server(
            f"{self._name}-{router}",
            core=args.size.core,
            memory=args.size.memory_gib,
            disks=[self._disk(router).id],
            network_interfaces=[
                sakuracloud.ServerNetworkInterfaceArgs(
                    upstream="shared", packet_filter_id=self._packet_filter(router).id
                ),
                sakuracloud.ServerNetworkInterfaceArgs(
                    upstream=args.switch_id, user_ip_address=str(args.places[router].closed_address.ip)
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
            description=self._args.disks[router],
            tags=list(self._args.tags),
            opts=pulumi.ResourceOptions(parent=self, replace_on_changes=["description"]),
        )

    def _packet_filter(self, router: str) -> sakuracloud.PacketFilter:
        tunnels = [tunnel for tunnel in self._args.tunnels if tunnel.sakura.router == router]
        return sakuracloud.PacketFilter(
            f"{self._name}-{router}",
            expressions=expressions(router, tunnels, self._args.aws_addresses),
            description=f"Router {router}, shared NIC",
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _note(self, router: str) -> sakuracloud.Note:
        return sakuracloud.Note(
            f"{self._name}-{router}",
            class_="shell",
            content=pulumi.Output.secret(self._args.startup_notes[router]),
            tags=list(self._args.tags),
            opts=pulumi.ResourceOptions(parent=self),
        )
