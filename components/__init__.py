"""Cloud resources as components: each takes `(name, args, opts)` and knows neither stacks nor settings.

The names below may be used by other programs, each without the rest: `from components import TgwConnectAttachment`.
`examples/` has one small program for each.
A name is loaded when it is asked for, so that a program without Sakura Cloud never imports its SDK of 2021.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from components.aws.gateway_tables import GatewayRef, GatewayTables
    from components.aws.tgw_connect import TgwConnectAttachment, TgwConnectAttachmentArgs
    from components.aws.vpc_on_path import VpcOnPath, VpcOnPathArgs
    from components.aws.wireguard_router_pair import AwsRouterArgs, AwsWireGuardRouterPair, AwsWireGuardRouterPairArgs
    from components.sakura.wireguard_router_pair import (
        SakuraRouterArgs,
        SakuraWireGuardRouterPair,
        SakuraWireGuardRouterPairArgs,
    )
    from components.ssm_hybrid_node import SsmHybridNode, SsmHybridNodeArgs
    from topology.addressing import new_vpc
    from topology.links import ConnectPeer, TunnelPort
    from topology.vpcs import ExistingVpc, NewVpc

__all__ = [
    "AwsRouterArgs",
    "AwsWireGuardRouterPair",
    "AwsWireGuardRouterPairArgs",
    "ConnectPeer",
    "ExistingVpc",
    "GatewayRef",
    "GatewayTables",
    "NewVpc",
    "SakuraRouterArgs",
    "SakuraWireGuardRouterPair",
    "SakuraWireGuardRouterPairArgs",
    "SsmHybridNode",
    "SsmHybridNodeArgs",
    "TgwConnectAttachment",
    "TgwConnectAttachmentArgs",
    "TunnelPort",
    "VpcOnPath",
    "VpcOnPathArgs",
    "new_vpc",
]

_MODULES = {
    "components.aws.gateway_tables": ("GatewayRef", "GatewayTables"),
    "components.aws.tgw_connect": ("TgwConnectAttachment", "TgwConnectAttachmentArgs"),
    "components.aws.vpc_on_path": ("VpcOnPath", "VpcOnPathArgs"),
    "components.aws.wireguard_router_pair": ("AwsRouterArgs", "AwsWireGuardRouterPair", "AwsWireGuardRouterPairArgs"),
    "components.sakura.wireguard_router_pair": (
        *("SakuraRouterArgs", "SakuraWireGuardRouterPair", "SakuraWireGuardRouterPairArgs"),
    ),
    "components.ssm_hybrid_node": ("SsmHybridNode", "SsmHybridNodeArgs"),
    "topology.addressing": ("new_vpc",),
    "topology.links": ("ConnectPeer", "TunnelPort"),
    "topology.vpcs": ("ExistingVpc", "NewVpc"),
}


def __getattr__(name: str) -> object:
    """The public name, from its module. Raises AttributeError for any other."""
    for module, names in _MODULES.items():
        if name in names:
            return getattr(import_module(module), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}; public are {', '.join(__all__)}")
