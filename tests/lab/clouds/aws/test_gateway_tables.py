"""What AWS refuses of a Transit Gateway's route tables."""

from __future__ import annotations

import pytest

from lab.clouds.kind import Refused
from tests.lab.clouds.cloud import LEFT_OUT, Case, Clouds, case, refused
from tests.lab.clouds.standing import (
    GATEWAY_ASSOCIATION,
    GATEWAY_PROPAGATION,
    GATEWAY_ROUTE,
    GATEWAY_TABLE,
    VPC_ATTACHMENT,
)

LINK = {"transitGatewayAttachmentId": "$transport", "transitGatewayRouteTableId": "$gateway-table"}
BLACKHOLE = {
    "transitGatewayRouteTableId": "$gateway-table", "destinationCidrBlock": "10.0.0.0/8", "blackhole": True,
}  # fmt: skip


@pytest.mark.parametrize(
    "row",
    [
        case("its destination is free", "RouteAlreadyExists", "already exists in tgw-rtb-",
             destinationCidrBlock="172.16.0.0/12"),
        case("it leads somewhere", "InvalidParameterCombination", "either a blackhole or", blackhole=False),
        case("it leads to one place", "InvalidParameterCombination", "either a blackhole or",
             transitGatewayAttachmentId="$transport"),
        case("it does not lead to connect", "InvalidParameterValue", "takes no static routes", blackhole=False,
             transitGatewayAttachmentId="$connect"),
        case("it stays in its gateway", "InvalidTransitGatewayAttachmentID.NotFound", "of two gateways",
             blackhole=False, transitGatewayAttachmentId="$transport",
             transitGatewayRouteTableId="$other-gateway-table"),
        case("its table exists", "InvalidRouteTableID.NotFound", "no resource", transitGatewayRouteTableId="rtb-0"),
        case("its destination is stated", "MissingParameter", "must be stated", destinationCidrBlock=LEFT_OUT),
    ],
)  # fmt: skip
def test_a_static_route(gateway: Clouds, row: Case) -> None:
    gateway.create(GATEWAY_ROUTE, "first", **{**BLACKHOLE, "destinationCidrBlock": "172.16.0.0/12"})
    refused(gateway, GATEWAY_ROUTE, BLACKHOLE, row)


def test_a_gateway_has_at_most_20_tables(gateway: Clouds) -> None:
    for number in range(19):
        gateway.create(GATEWAY_TABLE, f"table-{number}", transitGatewayId="$gateway")
    with pytest.raises(Refused, match=r"TransitGatewayRouteTableLimitExceeded: tgw-.* at most 20 route tables"):
        gateway.create(GATEWAY_TABLE, "one more", transitGatewayId="$gateway")


def test_an_attachment_is_associated_once_and_propagates_once_to_a_table(gateway: Clouds) -> None:
    gateway.create(GATEWAY_TABLE, "second", transitGatewayId="$gateway")
    gateway.create(GATEWAY_ASSOCIATION, "association", **LINK)
    gateway.create(GATEWAY_PROPAGATION, "propagation", **LINK)
    gateway.create(GATEWAY_PROPAGATION, "elsewhere", **{**LINK, "transitGatewayRouteTableId": "$second"})
    with pytest.raises(Refused, match=r"Resource.AlreadyAssociated: tgw-attach-"):
        gateway.create(GATEWAY_ASSOCIATION, "again", **{**LINK, "transitGatewayRouteTableId": "$second"})
    with pytest.raises(Refused, match=r"TransitGatewayRouteTablePropagation.Duplicate: tgw-attach-"):
        gateway.create(GATEWAY_PROPAGATION, "again", **LINK)


@pytest.mark.parametrize("type_", [GATEWAY_ASSOCIATION, GATEWAY_PROPAGATION])
def test_a_link_stays_within_one_gateway(gateway: Clouds, type_: str) -> None:
    with pytest.raises(Refused, match=r"InvalidTransitGatewayAttachmentID.NotFound: .* are of two gateways"):
        gateway.create(type_, "stray", **{**LINK, "transitGatewayRouteTableId": "$other-gateway-table"})


def test_what_the_gateway_associates_by_default_is_associated_already(gateway: Clouds) -> None:
    inputs = {"transitGatewayId": "$other-gateway", "vpcId": "$other-vpc", "subnetIds": ["$other-subnet"]}
    gateway.create(VPC_ATTACHMENT, "by-default", **inputs)
    link = {"transitGatewayAttachmentId": "$by-default", "transitGatewayRouteTableId": "$other-gateway-table"}
    with pytest.raises(Refused, match=r"Resource.AlreadyAssociated: .* with the default route table of tgw-"):
        gateway.create(GATEWAY_ASSOCIATION, "association", **link)
    gateway.create(GATEWAY_ASSOCIATION, "association", **link, replaceExistingAssociation=True)


def test_a_table_goes_after_its_associations_and_takes_routes_and_propagations_along(gateway: Clouds) -> None:
    gateway.create(GATEWAY_ASSOCIATION, "association", **LINK)
    gateway.create(GATEWAY_PROPAGATION, "propagation", **LINK)
    gateway.create(GATEWAY_ROUTE, "route", **BLACKHOLE)
    with pytest.raises(Refused, match=rf"IncorrectState: tgw-rtb-.* is in use by {GATEWAY_ASSOCIATION}"):
        gateway.delete("gateway-table")
    gateway.delete("association")
    gateway.delete("gateway-table")

    assert [*gateway.store.of(GATEWAY_PROPAGATION), *gateway.store.of(GATEWAY_ROUTE)] == []
