"""What each interface of a VPC lets in and out: security groups, source check, Elastic IPs, zones of the attachment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from lab.clouds.view import Clouds
from lab.fabric import ec2
from lab.fabric.ec2 import Permit
from lab.fabric.template import fill
from lab.fabric.vpc import PROBE_GROUP, Eni, Vpc

REASONS = {
    "no_route": "iifname",
    "no_elastic_ip": "iifname",
    "zone": "iifname",
    "source_check": "iifname",
    "destination_check": "oifname",
    "egress": "iifname",
    "ingress": "oifname",
}
"""Why a VPC drops a packet, each counted by the device it came by or leaves by."""
_PROTOCOLS = {"6": "tcp", "17": "udp", "1": "icmp"}
_EVERYONE = "0.0.0.0/0"
_ADMITS_ALL = (Permit(protocol="-1", ports=None, network=_EVERYONE, group_id=None),)


@dataclass(frozen=True, kw_only=True)
class SecurityGroups:
    """All groups' rules, and who is a member of which."""

    ingress: Mapping[str, tuple[Permit, ...]]
    egress: Mapping[str, tuple[Permit, ...]]
    members: Mapping[str, tuple[str, ...]]
    """Private addresses by group."""

    @classmethod
    def read(cls, clouds: Clouds, enis: Iterable[Eni]) -> SecurityGroups:
        """The groups of the cloud, whose members are the given interfaces."""
        members: dict[str, tuple[str, ...]] = {}
        for eni in enis:
            for group_id in eni.group_ids:
                members[group_id] = (*members.get(group_id, ()), *eni.addresses)
        probe = {PROBE_GROUP: _ADMITS_ALL}
        return cls(
            ingress={**ec2.permits(clouds, "ingress"), **probe},
            egress={**ec2.permits(clouds, "egress"), **probe},
            members=members,
        )

    def admitted(self, eni: Eni, direction: str) -> list[str]:
        """What nftables matches of each rule of the interface's groups, without doubles."""
        rules = self.ingress if direction == "ingress" else self.egress
        permits = [permit for group_id in eni.group_ids for permit in rules.get(group_id, ())]
        matches = (_match(permit, direction, self.members) for permit in permits)
        return list(dict.fromkeys(match for match in matches if match is not None))


def _match(permit: Permit, direction: str, members: Mapping[str, tuple[str, ...]]) -> str | None:
    """None where nothing can match: a group without members, a rule for IPv6."""
    side = "saddr" if direction == "ingress" else "daddr"
    if permit.group_id is not None:
        addresses = ", ".join(members.get(permit.group_id, ()))
        if not addresses:
            return None
        where = f"ip {side} {{ {addresses} }}"
    elif permit.network is None:
        return None
    else:
        where = "" if permit.network == _EVERYONE else f"ip {side} {permit.network}"
    return " ".join(part for part in (where, _protocol(permit)) if part)


def _protocol(permit: Permit) -> str:
    name = _PROTOCOLS.get(permit.protocol, permit.protocol)
    first, last = permit.ports or (-1, -1)
    if name == "-1":
        return ""
    if name in ("tcp", "udp") and first >= 0:
        return f"{name} dport {first}-{last}" if last > first else f"{name} dport {first}"
    if name == "icmp" and first >= 0:
        return f"icmp type {first}" + (f" icmp code {last}" if last >= 0 else "")
    return f"meta l4proto {name}"


def vpc_ruleset(vpc: Vpc, groups: SecurityGroups) -> str:
    """The VPC's rule set."""
    reached = vpc.gateway_link.zones if vpc.gateway_link else frozenset()
    return fill(
        "vpc.nft.j2",
        reasons=REASONS,
        enis=[
            {
                "id": eni.id,
                "device": eni.device,
                "groups": ", ".join(eni.group_ids) or "no security group",
                "addresses": ", ".join(eni.addresses),
                "first_address": eni.addresses[0],
                "checks_source": eni.checks_source,
                "ingress": groups.admitted(eni, "ingress"),
                "egress": groups.admitted(eni, "egress"),
            }
            for eni in vpc.enis
        ],
        elastic_ips=[
            {"private": private, "public": public} for eni in vpc.enis for private, public in sorted(eni.public.items())
        ],
        unattached=", ".join(f'"{eni.device}"' for eni in vpc.enis if eni.subnet.zone not in reached),
    )
