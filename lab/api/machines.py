"""What instance metadata says of each EC2 machine, from the deployed launch templates and interfaces."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lab.api.deployed import ACCOUNT
from lab.clouds.store import Resource
from lab.clouds.view import Clouds
from lab.fabric.instances import Instance, instances


@dataclass(frozen=True, kw_only=True)
class MachineFacts:
    """One EC2 machine, as metadata shows it."""

    instance_id: str
    address: str
    vpc_id: str
    role: str
    requires_token: bool
    """False where the launch template leaves version 1 of the service open."""
    leaves: Mapping[str, str]
    """Every path below /latest and its text, but for credentials and user data."""
    user_data: bytes | None


def machine_facts(clouds: Clouds, region: str) -> tuple[MachineFacts, ...]:
    """Every EC2 machine whose interface exists, and whose metadata is not switched off."""
    interfaces = {r.id: r for r in clouds.of("aws:ec2/networkInterface:NetworkInterface")}
    subnets = {r.id: r for r in clouds.of("aws:ec2/subnet:Subnet")}
    found = []
    for instance in instances(clouds):
        interface = interfaces.get(instance.interface_id)
        template = _template_of(clouds, instance)
        options = template.get("metadataOptions") or {}
        if interface is None or options.get("httpEndpoint") == "disabled":
            continue
        subnet = subnets[str(interface.outputs["subnetId"])]
        found.append(_facts(clouds, instance, interface, subnet, template, region))
    return tuple(found)


def _facts(
    clouds: Clouds, instance: Instance, interface: Resource, subnet: Resource, template: Mapping[str, Any], region: str
) -> MachineFacts:
    options = template.get("metadataOptions") or {}
    meta = _machine_data(instance, interface, subnet, template, region) | _network_data(clouds, interface, subnet)
    if options.get("instanceMetadataTags") == "enabled":
        meta |= {f"tags/instance/{name}": text for name, text in instance.tags.items()}
    leaves = {f"meta-data/{name}": text for name, text in meta.items()}
    leaves["dynamic/instance-identity/document"] = _identity_document(meta)
    return MachineFacts(
        instance_id=instance.id,
        address=meta["local-ipv4"],
        vpc_id=str(subnet.outputs["vpcId"]),
        role=instance.role,
        requires_token=options.get("httpTokens") != "optional",
        leaves=leaves,
        user_data=_user_data(instance.user_data),
    )


def _machine_data(
    instance: Instance, interface: Resource, subnet: Resource, template: Mapping[str, Any], region: str
) -> dict[str, str]:
    address = _private_address(interface)
    host_name = f"ip-{address.replace('.', '-')}.{region}.compute.internal"
    return {
        "ami-id": str(template.get("imageId") or ""),
        "autoscaling/target-lifecycle-state": "InService",
        "hostname": host_name,
        "instance-action": "none",
        "instance-id": instance.id,
        "instance-life-cycle": "on-demand",
        "instance-type": str(template.get("instanceType") or ""),
        "local-hostname": host_name,
        "local-ipv4": address,
        "mac": str(interface.outputs.get("macAddress") or ""),
        "placement/availability-zone": str(subnet.outputs["availabilityZone"]),
        "placement/region": region,
        "services/domain": "amazonaws.com",
        "services/partition": "aws",
    }


def _network_data(clouds: Clouds, interface: Resource, subnet: Resource) -> dict[str, str]:
    public = _public_address(clouds, interface.id)
    mac = str(interface.outputs.get("macAddress") or "")
    card = {
        "device-number": "0",
        "interface-id": interface.id,
        "local-ipv4s": _private_address(interface),
        "mac": mac,
        "owner-id": ACCOUNT,
        "subnet-id": subnet.id,
        "subnet-ipv4-cidr-block": str(subnet.outputs["cidrBlock"]),
        "vpc-id": str(subnet.outputs["vpcId"]),
    }
    found = {f"network/interfaces/macs/{mac}/{name}": text for name, text in card.items()}
    if public:
        found |= {"public-ipv4": public, f"network/interfaces/macs/{mac}/public-ipv4s": public}
    return found


def _identity_document(meta: Mapping[str, str]) -> str:
    return json.dumps(
        {
            "accountId": ACCOUNT,
            "availabilityZone": meta["placement/availability-zone"],
            "imageId": meta["ami-id"],
            "instanceId": meta["instance-id"],
            "instanceType": meta["instance-type"],
            "privateIp": meta["local-ipv4"],
            "region": meta["placement/region"],
            "version": "2017-09-30",
        }
    )


def _private_address(interface: Resource) -> str:
    return str(interface.outputs.get("privateIp") or (interface.outputs.get("privateIps") or [""])[0])


def _template_of(clouds: Clouds, instance: Instance) -> Mapping[str, Any]:
    group = clouds.get(instance.group_id, "aws:autoscaling/group:Group")
    reference = group.outputs.get("launchTemplate") or {}
    for template in clouds.of("aws:ec2/launchTemplate:LaunchTemplate"):
        if template.id == reference.get("id") or (template.outputs.get("name") or "") == reference.get("name"):
            return template.outputs
    return {}


def _public_address(clouds: Clouds, interface_id: str) -> str:
    for address in clouds.of("aws:ec2/eip:Eip"):
        if address.outputs.get("networkInterface") == interface_id:
            return str(address.outputs.get("publicIp") or "")
    return ""


def _user_data(text: str) -> bytes | None:
    """User data as a machine reads it: the launch template holds it in base64."""
    try:
        return base64.b64decode(text, validate=True) if text else None
    except binascii.Error:
        return text.encode()
