from __future__ import annotations

from lab.fabric.gateway import Gateway, gateways
from lab.fabric.instances import instances
from lab.fabric.vpc import vpcs
from tests.lab.fabric.deployed import GATEWAY, Deployed


def gateway_of(deployed: Deployed) -> Gateway:
    clouds = deployed.clouds()
    return gateways(clouds, vpcs(clouds, instances(clouds)))[0]


def test_attachments_join_the_tables_that_are_stated() -> None:
    gateway = gateway_of(Deployed())
    joined = {attachment.vpc.name: (attachment.associated, attachment.propagated) for attachment in gateway.vpcs}
    assert joined == {
        "app": ("vpcs", ("connect",)),
        "router": ("transport", ("connect",)),
        "shared": ("vpcs", ("connect",)),
    }
    (connect,) = gateway.connects
    assert (connect.associated, connect.propagated) == ("connect", ("transport", "vpcs"))


def test_an_attachment_in_no_table_is_found() -> None:
    deployed = Deployed()
    deployed.remove("tgw/RouteTableAssociation", "as-tgw-attach-connect")
    (finding,) = gateway_of(deployed).findings()
    assert (finding.resource, finding.rule) == ("tgw-attach-connect", "is associated with no route table")


def test_a_peer_at_an_address_that_the_gateway_does_not_have_is_found() -> None:
    deployed = Deployed()
    deployed.change("tgw/TransitGateway", GATEWAY, transitGatewayCidrBlocks=["10.253.0.0/24"])

    findings = gateway_of(deployed).findings()

    assert {finding.hop for finding in findings} == {"gre:aws-a", "gre:aws-b"}
    assert all("lies outside the gateway's 10.253.0.0/24" in finding.rule for finding in findings)


def test_the_gateways_default_table_takes_attachments_that_do_not_refuse_it() -> None:
    deployed = Deployed()
    deployed.remove("tgw/RouteTableAssociation", "as-tgw-attach-app")
    defaults = {"defaultRouteTableAssociation": "enable", "associationDefaultRouteTableId": "default"}
    deployed.change("tgw/TransitGateway", GATEWAY, **defaults)
    associated = {attachment.vpc.name: attachment.associated for attachment in gateway_of(deployed).vpcs}
    assert associated["app"] is None
    deployed.change("tgw/VpcAttachment", "tgw-attach-app", transitGatewayDefaultRouteTableAssociation=True)
    gateway = gateway_of(deployed)
    associated = {attachment.vpc.name: attachment.associated for attachment in gateway.vpcs}
    assert associated["app"] == "default"
    assert "default" in gateway.tables


def test_a_connect_over_a_transport_that_is_gone_is_found() -> None:
    deployed = Deployed()
    deployed.change("tgw/Connect", "tgw-attach-connect", transportAttachmentId="tgw-attach-gone")
    assert any("tgw-attach-gone" in finding.rule for finding in gateway_of(deployed).findings())


def test_a_peer_has_the_first_three_addresses_of_its_inside_network() -> None:
    peer = gateway_of(Deployed()).connects[0].peers[0]
    assert peer.name == "aws-a"
    assert str(peer.inside_router) == "169.254.6.1"
    assert [str(address) for address in peer.inside_gateway] == ["169.254.6.2", "169.254.6.3"]


def test_a_peer_without_a_tag_is_called_by_who_holds_its_address() -> None:
    deployed = Deployed()
    deployed.change("tgw/ConnectPeer", "peer-aws-b", tags={})
    assert [peer.name for peer in gateway_of(deployed).connects[0].peers] == ["aws-a", "aws-b"]


def test_a_peer_without_an_asn_gets_the_gateways() -> None:
    deployed = Deployed()
    deployed.change("tgw/ConnectPeer", "peer-aws-b", bgpAsn=None)
    assert [peer.router_asn for peer in gateway_of(deployed).connects[0].peers] == [64513, 64512]
