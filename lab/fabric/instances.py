"""The EC2 machines that Auto Scaling groups of one keep running, and the fixed interface each takes on."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lab.clouds.store import Resource
from lab.clouds.view import Clouds
from lab.fabric import names
from lab.fabric.ec2 import tag
from lab.fabric.inventory import Finding

ROUTER_TAG = "flets-to-vpc:router"
_INSTANCE_ID_DIGITS = 17


@dataclass(frozen=True, kw_only=True)
class Instance:
    """A machine of a group."""

    name: str
    """What its tag calls it, or its user data, which may be another router's by mistake."""
    id: str
    """Another one after each instance refresh: for it follows from the template's version."""
    group_id: str
    image_id: str
    interface_id: str
    """Of device index 0; empty when the launch template names none."""
    zones: tuple[str, ...]
    user_data: str
    instance_profile: str
    role: str
    tags: dict[str, str]


def instances(clouds: Clouds) -> tuple[Instance, ...]:
    """One per group that wants one, sorted by group."""
    found = [_instance(clouds, group) for group in clouds.of("aws:autoscaling/group:Group")]
    present = [instance for instance in found if instance]
    labels = names.distinct({instance.id: instance.name for instance in present})
    return tuple(_named(instance, labels[instance.id]) for instance in present)


def _named(instance: Instance, name: str) -> Instance:
    return Instance(**{**vars(instance), "name": name})


def _instance(clouds: Clouds, group: Resource) -> Instance | None:
    wanted = group.outputs.get("desiredCapacity", group.outputs.get("minSize"))
    reference = group.outputs.get("launchTemplate") or {}
    templates = clouds.of("aws:ec2/launchTemplate:LaunchTemplate")
    template = next((t for t in templates if reference.get("id") in (t.id,) or _is_named(t, reference)), None)
    if template is None or not int(wanted or 0):
        return None
    version = _version(template, reference)
    data = _data(template, version)
    id_ = f"i-{names.digest(group.id, template.id, version)[:_INSTANCE_ID_DIGITS]}"
    tags = _tags(data, group)
    user_data = str(data.get("userData") or "")
    profile, role = _profile(clouds, data)
    return Instance(
        name=tags.get(ROUTER_TAG) or _router(user_data) or id_,
        id=id_,
        group_id=group.id,
        image_id=str(data.get("imageId") or ""),
        interface_id=_interface(data),
        zones=tuple(group.outputs.get("availabilityZones") or ()),
        user_data=user_data,
        instance_profile=profile,
        role=role,
        tags=tags,
    )


def _version(template: Resource, reference: dict[str, Any]) -> str:
    """The template's version that the group runs."""
    stated = str(reference.get("version") or "$Default")
    moving = {"$Default": "defaultVersion", "$Latest": "latestVersion"}
    return str(template.outputs.get(moving[stated], "")) if stated in moving else stated


def _data(template: Resource, version: str) -> Mapping[str, Any]:
    """What this version launches; nothing where the template has no such version."""
    latest = str(template.outputs.get("latestVersion") or version)
    earlier: Mapping[str, Mapping[str, Any]] = template.outputs.get("__earlierVersions") or {}
    return template.outputs if version == latest else earlier.get(version, {})


def _is_named(template: Resource, reference: dict[str, Any]) -> bool:
    return bool(reference.get("name")) and reference.get("name") == template.outputs.get("name")


def _interface(data: Mapping[str, Any]) -> str:
    for card in data.get("networkInterfaces") or []:
        if int(card.get("deviceIndex") or 0) == 0:
            return str(card.get("networkInterfaceId") or "")
    return ""


def _tags(data: Mapping[str, Any], group: Resource) -> dict[str, str]:
    tags: dict[str, str] = {}
    for entry in data.get("tagSpecifications") or []:
        if entry.get("resourceType") == "instance":
            tags.update(entry.get("tags") or {})
    for entry in group.outputs.get("tags") or []:
        if entry.get("propagateAtLaunch"):
            tags[entry["key"]] = entry["value"]
    return tags


def _profile(clouds: Clouds, data: Mapping[str, Any]) -> tuple[str, str]:
    """Name of the instance profile and of its role."""
    wanted = data.get("iamInstanceProfile") or {}
    for profile in clouds.of("aws:iam/instanceProfile:InstanceProfile"):
        known = {"arn": profile.outputs.get("arn"), "name": profile.outputs.get("name") or profile.id}
        if any(value and value == known.get(key) for key, value in wanted.items()):
            return str(known["name"]), str(profile.outputs.get("role") or "")
    return "", ""


def _router(user_data: str) -> str:
    """The boot object's `router`; nothing where the user data is no boot object."""
    try:
        boot = json.loads(base64.b64decode(user_data, validate=True))
    except (binascii.Error, ValueError):
        return ""
    return str(boot.get("router") or "") if isinstance(boot, dict) else ""


def misplaced(clouds: Clouds, found: tuple[Instance, ...], image_id: str) -> tuple[Finding, ...]:
    """Machines that a real cloud could not start where they should be, or not from the routers' image."""
    interfaces = {r.id: r for r in clouds.of("aws:ec2/networkInterface:NetworkInterface")}
    zone_of = {r.id: str(r.outputs["availabilityZone"]) for r in clouds.of("aws:ec2/subnet:Subnet")}
    lacks = []
    for instance in found:
        if instance.image_id and instance.image_id != image_id:
            rule = f"its launch template boots {instance.image_id}, and the routers' image is {image_id}"
            lacks.append(Finding(hop=instance.name, resource=instance.group_id, rule=rule))
        interface = interfaces.get(instance.interface_id)
        if interface is None:
            rule = f"its launch template names no network interface that exists (it says {instance.interface_id!r})"
            lacks.append(Finding(hop=instance.name, resource=instance.group_id, rule=rule))
            continue
        holders = [other.name for other in found if other.interface_id == interface.id and other != instance]
        if holders:
            rule = f"its launch template names {interface.id}, and so does that of {', '.join(holders)}"
            lacks.append(Finding(hop=instance.name, resource=instance.group_id, rule=rule))
        zone = zone_of.get(str(interface.outputs.get("subnetId")), "")
        if instance.zones and zone not in instance.zones:
            rule = (
                f"its zones {', '.join(instance.zones)} do not hold {interface.id} ({tag(interface, 'Name')} in {zone})"
            )
            lacks.append(Finding(hop=instance.name, resource=instance.group_id, rule=rule))
    return tuple(lacks)
