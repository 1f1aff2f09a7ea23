"""What may reach an AWS router, and what it may reach."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

import pulumi
import pulumi_aws as aws

ANYWHERE = IPv4Network("0.0.0.0/0")
BFD_MULTIHOP_PORT = 4784  # RFC 5883

_RuleClass = type[aws.vpc.SecurityGroupIngressRule] | type[aws.vpc.SecurityGroupEgressRule]


@dataclass(frozen=True, kw_only=True)
class RouterSecurityGroupArgs:
    """Whom the router talks to, tunnels aside."""

    vpc_id: pulumi.Input[str]
    router: str
    """For the Name tag."""
    sibling_address: IPv4Address
    """Private address of the sibling: BFD between the two means ready."""
    gateway_cidr: IPv4Network
    """GRE outer addresses of the gateway."""
    overlay_cidr: IPv4Network
    """Router loopbacks: the gateway probe comes from there."""


@dataclass(frozen=True, kw_only=True)
class _Rule:
    """One security group rule; for ICMP the ports are type and code, and -1 is any."""

    key: str
    network: pulumi.Input[str]
    protocol: str
    ports: tuple[int, int] | None
    description: str


class RouterSecurityGroup(pulumi.ComponentResource):
    """Admits a router's own protocols only; neither SSH nor anything else from the Internet.

    Each direction of what both ends start has a rule of its own.
    A flow known only by connection tracking would end when AWS forgets it, after 180 to 600 s.
    """

    group_id: pulumi.Output[str]
    """The group for the router's network interface."""
    rules: Sequence[pulumi.Resource]
    """The rules that need no peer: a machine without them starts deaf.
    Those of `allow_peer` are not among them, for they wait for machines of the other cloud."""

    def __init__(self, name: str, args: RouterSecurityGroupArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("flets-to-vpc:index:RouterSecurityGroup", name, None, opts)
        self._name = name
        group = aws.ec2.SecurityGroup(
            name,
            vpc_id=args.vpc_id,
            description="A router of flets-to-vpc",
            tags={"Name": args.router},
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.group_id = group.id
        self.rules = [*self._admit(_inbound(args)), *self._permit(_outbound(args))]
        self.register_outputs({"group_id": self.group_id})

    def allow_peer(self, key: str, port: int, address: pulumi.Input[str]) -> None:
        """Open one tunnel's UDP port, the same at both ends, to its far end's public address.

        `key` tells the tunnel from others and is part of the rules' names.
        """
        rule = _Rule(
            key=key,
            network=pulumi.Output.concat(address, "/32"),
            protocol="udp",
            ports=(port, port),
            description=f"WireGuard {key}",
        )
        self._admit([rule])
        self._permit([rule])

    def _admit(self, rules: Iterable[_Rule]) -> list[pulumi.Resource]:
        return self._open(aws.vpc.SecurityGroupIngressRule, "in", rules)

    def _permit(self, rules: Iterable[_Rule]) -> list[pulumi.Resource]:
        return self._open(aws.vpc.SecurityGroupEgressRule, "out", rules)

    def _open(self, kind: _RuleClass, way: str, rules: Iterable[_Rule]) -> list[pulumi.Resource]:
        return [
            kind(
                f"{self._name}-{way}-{rule.key}",
                security_group_id=self.group_id,
                ip_protocol=rule.protocol,
                from_port=rule.ports and rule.ports[0],
                to_port=rule.ports and rule.ports[1],
                cidr_ipv4=rule.network,
                description=rule.description,
                opts=pulumi.ResourceOptions(parent=self),
            )
            for rule in rules
        ]


def _rule(key: str, network: IPv4Network, protocol: str, ports: tuple[int, int] | None, description: str) -> _Rule:
    return _Rule(key=key, network=str(network), protocol=protocol, ports=ports, description=description)


def _both_ways(args: RouterSecurityGroupArgs) -> list[_Rule]:
    bfd = (BFD_MULTIHOP_PORT, BFD_MULTIHOP_PORT)
    return [
        _rule("gre", args.gateway_cidr, "47", None, "GRE of the Transit Gateway"),
        _rule("bfd", IPv4Network(args.sibling_address), "udp", bfd, "BFD of the sibling"),
    ]


def _inbound(args: RouterSecurityGroupArgs) -> list[_Rule]:
    return [
        *_both_ways(args),
        _rule("probe", args.overlay_cidr, "icmp", (8, 0), "Gateway probe: echo"),
        _rule("fragmentation-needed", ANYWHERE, "icmp", (3, 4), "Path MTU discovery, RFC 1191"),
    ]


def _outbound(args: RouterSecurityGroupArgs) -> list[_Rule]:
    """AWS's own DNS and NTP, at link-local addresses, pass no security group."""
    return [
        *_both_ways(args),
        _rule("icmp", ANYWHERE, "icmp", (-1, -1), "ICMP errors and echo"),
        _rule("https", ANYWHERE, "tcp", (443, 443), "AWS APIs"),
    ]
