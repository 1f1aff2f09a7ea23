"""What AWS refuses of route tables of VPCs, their routes and associations."""

from __future__ import annotations

import pytest

from lab.clouds.kind import Refused
from tests.lab.clouds.cloud import LEFT_OUT, Case, Clouds, case, refused
from tests.lab.clouds.standing import (
    INTERFACE,
    INTERNET_GATEWAY,
    ROUTE,
    ROUTE_TABLE,
    TABLE_ASSOCIATION,
)

DEFAULT = {"routeTableId": "$table", "destinationCidrBlock": "0.0.0.0/0", "gatewayId": "$internet"}


@pytest.mark.parametrize(
    "row",
    [
        case("it has a target", "InvalidParameterCombination", "none stated", gatewayId=LEFT_OUT),
        case("it has one target", "InvalidParameterCombination", "and networkInterfaceId stated",
             networkInterfaceId="$interface-a"),
        case("it has a destination", "MissingParameter", "destinationCidrBlock", destinationCidrBlock=LEFT_OUT),
        case("its destination is free", "RouteAlreadyExists", "10.7.0.0/16 already exists",
             destinationCidrBlock="10.7.0.0/16"),
        case("it is not the local route", "RouteAlreadyExists", "own local route", destinationCidrBlock="10.0.0.0/16"),
        case("its table exists", "InvalidRouteTableID.NotFound", "no resource has it", routeTableId="rtb-0"),
        case("its internet gateway is attached", "InvalidParameterValue", "is not attached", gatewayId="$elsewhere"),
        case("its gateway is attached", "InvalidTransitGatewayID.NotFound", "no attachment to", gatewayId=LEFT_OUT,
             transitGatewayId="$other-gateway"),
        case("its interface is of the vpc", "InvalidParameterValue", "are in two VPCs", gatewayId=LEFT_OUT,
             networkInterfaceId="$other-interface"),
    ],
)  # fmt: skip
def test_a_route(gateway: Clouds, row: Case) -> None:
    gateway.create(INTERNET_GATEWAY, "elsewhere", vpcId="$other-vpc")
    gateway.create(INTERFACE, "other-interface", subnetId="$other-subnet", privateIps=["10.1.0.10"])
    gateway.create(ROUTE, "first", **{**DEFAULT, "destinationCidrBlock": "10.7.0.0/16"})
    refused(gateway, ROUTE, DEFAULT, row)


@pytest.mark.parametrize("target", [{"transitGatewayId": "$gateway"}, {"networkInterfaceId": "$interface-a"}])
def test_a_route_to_what_is_attached_is_taken(gateway: Clouds, target: dict[str, str]) -> None:
    gateway.create(ROUTE, "route", **{**DEFAULT, "gatewayId": LEFT_OUT, **target})


def test_a_subnet_has_one_table_of_its_own_vpc(network: Clouds) -> None:
    network.create(ROUTE_TABLE, "second", vpcId="$vpc")
    with pytest.raises(Refused, match=r"InvalidParameterValue: .*belong to different networks"):
        network.create(TABLE_ASSOCIATION, "stray", routeTableId="$table", subnetId="$other-subnet")
    network.create(TABLE_ASSOCIATION, "first", routeTableId="$table", subnetId="$subnet-a")
    with pytest.raises(Refused, match=r"Resource.AlreadyAssociated: subnet-"):
        network.create(TABLE_ASSOCIATION, "another", routeTableId="$second", subnetId="$subnet-a")
    network.update("first", routeTableId="$second")


def test_a_vpc_has_at_most_200_tables(network: Clouds) -> None:
    for number in range(199):
        network.create(ROUTE_TABLE, f"t{number}", vpcId="$vpc")
    with pytest.raises(Refused, match=r"RouteTableLimitExceeded: .* at most 200 tables"):
        network.create(ROUTE_TABLE, "one more", vpcId="$vpc")


def test_a_table_goes_after_its_associations_and_takes_its_routes_along(network: Clouds) -> None:
    network.create(TABLE_ASSOCIATION, "association", routeTableId="$table", subnetId="$subnet-a")
    network.create(ROUTE, "route", **DEFAULT)
    with pytest.raises(Refused, match=rf"DependencyViolation: rtb-.* is in use by {TABLE_ASSOCIATION}"):
        network.delete("table")
    network.delete("association")
    network.delete("table")

    assert network.store.of(ROUTE) == []
