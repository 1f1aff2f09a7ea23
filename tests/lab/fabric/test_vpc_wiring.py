from __future__ import annotations

from lab.fabric import names
from lab.fabric.blueprint import Namespace, Route
from lab.fabric.instances import instances
from lab.fabric.vpc import Vpc, vpcs
from lab.fabric.vpc_filter import SecurityGroups
from lab.fabric.vpc_wiring import vpc_findings, vpc_part
from tests.lab.fabric.deployed import Deployed


def _vpc(deployed: Deployed, name: str) -> Vpc:
    clouds = deployed.clouds()
    return next(vpc for vpc in vpcs(clouds, instances(clouds)) if vpc.name == name)


def _space(deployed: Deployed, name: str, netns: str | None = None) -> Namespace:
    vpc = _vpc(deployed, name)
    part = vpc_part(vpc, SecurityGroups.read(deployed.clouds(), vpc.enis), "gateway")
    return next(space for space in part.namespaces if space.name == (netns or vpc.netns))


def _routes(space: Namespace, table_id: str) -> dict[str, Route]:
    return {route.destination: route for route in space.routes if route.table == names.table(table_id)}


def test_a_table_holds_every_interface_its_routes_and_nothing_for_the_rest_of_the_vpc() -> None:
    routes = _routes(_space(Deployed(), "router"), "rtb-routers")
    assert routes["10.255.0.10/32"].device == "eni-aws-a"
    assert routes["default"].device == "igw"
    assert routes["10.254.0.0/24"].device == "tgw"
    assert routes["10.255.0.0/24"].device == "no-route"


def test_an_interface_is_looked_up_in_the_table_of_its_subnet() -> None:
    deployed = Deployed()
    assert f"pref 100 iif eni-aws-a lookup {names.table('rtb-routers')}" in _space(deployed, "router").rules
    deployed.change("ec2/RouteTableAssociation", "assoc-subnet-ra", routeTableId="rtb-attachment")
    assert f"pref 100 iif eni-aws-a lookup {names.table('rtb-attachment')}" in _space(deployed, "router").rules


def test_a_subnet_without_association_uses_the_main_table() -> None:
    deployed = Deployed()
    deployed.remove("ec2/RouteTableAssociation", "assoc-subnet-ra")
    space = _space(deployed, "router")
    assert f"pref 100 iif eni-aws-a lookup {names.table('rtb-main')}" in space.rules
    assert "default" not in _routes(space, "rtb-main")


def test_a_target_that_the_vpc_does_not_have_leads_nowhere_and_is_found() -> None:
    deployed = Deployed()
    deployed.remove("ec2/InternetGateway", "igw-1")
    assert _routes(_space(deployed, "router"), "rtb-routers")["default"].device == "no-route"
    (finding,) = vpc_findings(_vpc(deployed, "router"))
    assert (finding.hop, finding.resource) == ("vpc:router", "rtb-routers")
    assert "igw-1" in finding.rule


def test_a_vpc_that_is_not_attached_has_no_way_to_the_gateway() -> None:
    deployed = Deployed()
    deployed.remove("tgw/VpcAttachment", "tgw-attach-app")
    assert _routes(_space(deployed, "app"), "rtb-app-hosts")["10.0.0.0/8"].device == "no-route"


def test_inline_routes_count_as_routes_of_their_own_do() -> None:
    deployed = Deployed()
    deployed.change("ec2/RouteTable", "rtb-attachment", routes=[{"cidrBlock": "0.0.0.0/0", "gatewayId": "igw-1"}])
    assert _routes(_space(deployed, "router"), "rtb-attachment")["default"].device == "igw"


def test_from_the_gateway_a_zone_without_an_attachment_subnet_is_out_of_reach() -> None:
    deployed = Deployed()
    deployed.change("tgw/VpcAttachment", "tgw-attach-app", subnetIds=["subnet-app-ta"])
    rules = _space(deployed, "app").rules
    assert f"pref 100 iif tgw to 10.20.0.0/23 lookup {names.table('rtb-app-attachment')}" in rules
    assert f"pref 100 iif tgw to 10.20.2.0/23 lookup {names.table('unreached zones')}" in rules


def test_a_machine_gets_what_dhcp_would_give_it() -> None:
    node = _space(Deployed(), "router", "aws-b")
    assert [address.text for address in node.addresses] == ["10.255.0.26/28 dev internet"]
    assert [route.text for route in node.routes] == ["default via 10.255.0.17 dev internet onlink table main"]
