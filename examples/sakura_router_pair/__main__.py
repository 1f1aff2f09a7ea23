"""A router pair in Sakura Cloud alone: two WireGuard routers between the Internet and a switch of one's own."""

from __future__ import annotations

from ipaddress import IPv4Address

import pulumi

from components import SakuraRouterArgs, SakuraWireGuardRouterPair, SakuraWireGuardRouterPairArgs, TunnelPort

config = pulumi.Config()
archive = config.require("archive")
note = "#!/bin/sh\nsystemctl enable --now router.service\n"

args = SakuraWireGuardRouterPairArgs(
    routers={
        "edge-1": SakuraRouterArgs(closed_address=IPv4Address("172.16.0.2"), disk=f"{archive}/1", startup_note=note),
        "edge-2": SakuraRouterArgs(closed_address=IPv4Address("172.16.0.3"), disk=f"{archive}/1", startup_note=note),
    },
    switch_id=config.require("switch"),
    archive_id=archive,
    tunnels=[
        TunnelPort(name="wg-office", router="edge-1", peer="office", port=51820),
        TunnelPort(name="wg-office", router="edge-2", peer="office", port=51821),
    ],
    peer_addresses={"office": config.require("office_address")},
)
pair = SakuraWireGuardRouterPair("edge", args)

pulumi.export("addresses", pair.addresses)
