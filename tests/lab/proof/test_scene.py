"""What is promised is looked up in what was deployed, also where the cloud's names are no help."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from lab.fabric import Fabric
from lab.fabric.wiring import wire
from lab.proof.flows import Place
from lab.proof.scene import Scene
from tests.lab.fabric.deployed import Deployed, world


def promised_vpcs(deployed: Deployed, attachment_ids: dict[str, Any]) -> dict[str, Place]:
    inventory = wire(deployed.clouds(), world(), "userspace", Path("/run/x")).inventory
    outputs = {"vpc_attachment_ids": attachment_ids}
    scene = Scene(fabric=cast(Fabric, inventory), booted={}, world=world(), outputs=outputs)
    return {place.name: place for place in scene.vpcs()}


def addresses(place: Place) -> set[str]:
    return {endpoint.address for endpoint in place.endpoints}


def test_a_vpc_with_the_name_of_the_router_vpc_is_met_by_its_own_hosts() -> None:
    deployed = Deployed()
    deployed.change("ec2/Vpc", "vpc-app", tags={"Name": "router"})

    place = promised_vpcs(deployed, {"router": "tgw-attach-app"})["router"]

    assert addresses(place) == {"10.20.1.254", "10.20.3.254"}
    assert {endpoint.hop for endpoint in place.endpoints} == {place.hop}


def test_a_vpc_whose_attachment_is_gone_is_still_tried() -> None:
    deployed = Deployed()
    deployed.remove("tgw/VpcAttachment", "tgw-attach-app")

    place = promised_vpcs(deployed, {"app": "tgw-attach-app"})["app"]

    assert place.hop == "vpc:app"
    assert addresses(place)


def test_a_vpc_that_was_deployed_nowhere_has_no_host() -> None:
    place = promised_vpcs(Deployed(), {"lost": "tgw-attach-lost"})["lost"]

    assert (place.hop, place.endpoints) == ("vpc:lost", ())
