"""A small deployment written by hand, in the camelCase properties that pulumi-aws and pulumi-sakuracloud give."""

from __future__ import annotations

import base64
import json
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from lab.clouds.store import Resource
from lab.clouds.view import Clouds
from lab.world import BgpSite, ClosedNetwork, Images, Site, World

REGION = "ap-northeast-1"
GATEWAY = "tgw-1"
ROUTER_ADDRESSES = {"aws-a": "10.255.0.10", "aws-b": "10.255.0.26"}
ELASTIC_IPS = {"aws-a": "203.0.113.10", "aws-b": "203.0.113.11"}
SAKURA_ADDRESSES = {"sakura-a": "198.51.100.10", "sakura-b": "198.51.100.11"}
BLACKHOLES = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
SWITCH = "113000000001"


class Deployed:
    """The resources of both clouds, which a test changes before it makes `Clouds` of them."""

    def __init__(self) -> None:
        self._resources: dict[tuple[str, str], dict[str, Any]] = {}
        self._gateway()
        self._router_vpc()
        self._vpc("app", "10.20.0.0/20")
        self._vpc("shared", "10.21.0.0/20")
        self._connect()
        self._sakura()

    def put(self, kind: str, id_: str, **properties: Any) -> None:
        """Adds or replaces a resource; kind is `ec2/Subnet`."""
        self._resources[kind, id_] = properties

    def change(self, kind: str, id_: str, **properties: Any) -> None:
        """Changes properties of a resource that is there."""
        self._resources[kind, id_].update(properties)

    def remove(self, kind: str, id_: str) -> None:
        """Takes a resource away. Raises KeyError when it is not there."""
        del self._resources[kind, id_]

    def clouds(self) -> Clouds:
        """What the lab would load from `clouds.json`."""
        return Clouds(
            Resource("urn:" + id_, _type(kind), id_, {}, json.loads(json.dumps(properties)))
            for (kind, id_), properties in self._resources.items()
        )

    def permit(self, direction: str, id_: str, group: str, **rule: Any) -> None:
        """A rule of a security group; direction is `Ingress` or `Egress`."""
        self.put(f"vpc/SecurityGroup{direction}Rule", id_, securityGroupId=group, **rule)

    def _subnet(self, id_: str, vpc: str, cidr: str, zone: str, table: str) -> None:
        self.put("ec2/Subnet", id_, vpcId=vpc, cidrBlock=cidr, availabilityZone=REGION + zone)
        self.put("ec2/RouteTableAssociation", f"assoc-{id_}", subnetId=id_, routeTableId=table)

    def _attach(self, name: str, subnets: list[str], associated: str, propagated: str) -> None:
        id_ = f"tgw-attach-{name}"
        off = {"transitGatewayDefaultRouteTableAssociation": False, "transitGatewayDefaultRouteTablePropagation": False}
        self.put("tgw/VpcAttachment", id_, transitGatewayId=GATEWAY, vpcId=f"vpc-{name}", subnetIds=subnets, **off)
        self._join(id_, associated, [propagated])

    def _join(self, attachment: str, associated: str, propagated: list[str]) -> None:
        pair = {"transitGatewayAttachmentId": attachment}
        self.put("tgw/RouteTableAssociation", f"as-{attachment}", transitGatewayRouteTableId=associated, **pair)
        for table in propagated:
            id_ = f"pr-{attachment}-{table}"
            self.put("tgw/RouteTablePropagation", id_, transitGatewayRouteTableId=table, **pair)

    def _gateway(self) -> None:
        off = {"defaultRouteTableAssociation": "disable", "defaultRouteTablePropagation": "disable"}
        self.put("tgw/TransitGateway", GATEWAY, amazonSideAsn=64512, transitGatewayCidrBlocks=["10.254.0.0/24"], **off)
        for table in ("vpcs", "connect", "transport"):
            self.put("tgw/RouteTable", table, transitGatewayId=GATEWAY)
            for cidr in BLACKHOLES:
                place = {"transitGatewayRouteTableId": table, "destinationCidrBlock": cidr}
                self.put("tgw/Route", f"{table} {cidr}", blackhole=True, **place)

    def _router_vpc(self) -> None:
        self.put(
            "ec2/Vpc", "vpc-router", cidrBlock="10.255.0.0/24", mainRouteTableId="rtb-main", tags={"Name": "router"}
        )
        self.put("ec2/InternetGateway", "igw-1", vpcId="vpc-router")
        for table in ("rtb-routers", "rtb-attachment"):
            self.put("ec2/RouteTable", table, vpcId="vpc-router")
        for destination, target in (
            ("0.0.0.0/0", {"gatewayId": "igw-1"}),
            ("10.254.0.0/24", {"transitGatewayId": GATEWAY}),
            ("10.253.0.0/24", {"transitGatewayId": GATEWAY}),
        ):
            id_ = f"r-{destination}"
            self.put("ec2/Route", id_, routeTableId="rtb-routers", destinationCidrBlock=destination, **target)
        for position, (zone, router) in enumerate((("a", "aws-a"), ("c", "aws-b"))):
            self._subnet(f"subnet-r{zone}", "vpc-router", f"10.255.0.{16 * position}/28", zone, "rtb-routers")
            self._subnet(f"subnet-t{zone}", "vpc-router", f"10.255.0.{128 + 16 * position}/28", zone, "rtb-attachment")
            self._router(router, f"subnet-r{zone}", zone)
        self._attach("router", ["subnet-ta", "subnet-tc"], "transport", "connect")

    def _router(self, name: str, subnet: str, zone: str) -> None:
        sibling = next(address for other, address in ROUTER_ADDRESSES.items() if other != name)
        self.put("ec2/SecurityGroup", f"sg-{name}", vpcId="vpc-router")
        for way in ("Ingress", "Egress"):
            self.permit(way, f"{way}-gre-{name}", f"sg-{name}", ipProtocol="47", cidrIpv4="10.254.0.0/24")
            bfd = {"ipProtocol": "udp", "fromPort": 4784, "toPort": 4784, "cidrIpv4": f"{sibling}/32"}
            self.permit(way, f"{way}-bfd-{name}", f"sg-{name}", **bfd)
            for peer, public in SAKURA_ADDRESSES.items():
                wireguard = {"ipProtocol": "udp", "fromPort": 51820, "toPort": 51827, "cidrIpv4": f"{public}/32"}
                self.permit(way, f"{way}-{peer}-{name}", f"sg-{name}", **wireguard)
        self.permit(
            "Egress", f"https-{name}", f"sg-{name}", ipProtocol="tcp", fromPort=443, toPort=443, cidrIpv4="0.0.0.0/0"
        )
        address = ROUTER_ADDRESSES[name]
        groups = {"securityGroups": [f"sg-{name}"], "sourceDestCheck": False}
        self.put(
            "ec2/NetworkInterface", f"eni-{name}", subnetId=subnet, privateIp=address, privateIps=[address], **groups
        )
        self.put("ec2/Eip", f"eip-{name}", networkInterface=f"eni-{name}", publicIp=ELASTIC_IPS[name])
        user_data = base64.b64encode(json.dumps({"router": name}).encode()).decode()
        card = {"deviceIndex": 0, "networkInterfaceId": f"eni-{name}"}
        self.put("ec2/LaunchTemplate", f"lt-{name}", networkInterfaces=[card], userData=user_data)
        launch = {"launchTemplate": {"id": f"lt-{name}", "version": "1"}, "desiredCapacity": 1}
        self.put("autoscaling/Group", f"asg-{name}", availabilityZones=[REGION + zone], **launch)

    def _vpc(self, name: str, cidr: str) -> None:
        vpc, network = f"vpc-{name}", IPv4Network(cidr)
        self.put("ec2/Vpc", vpc, cidrBlock=cidr, mainRouteTableId=f"rtb-main-{name}", tags={"Name": name})
        hosts, attachments = [*network.subnets(3)], [*network.subnets(new_prefix=28)]
        for use in ("hosts", "attachment"):
            self.put("ec2/RouteTable", f"rtb-{name}-{use}", vpcId=vpc)
        for position, zone in enumerate(("a", "c")):
            self._subnet(f"subnet-{name}-{zone}", vpc, str(hosts[position]), zone, f"rtb-{name}-hosts")
            self._subnet(f"subnet-{name}-t{zone}", vpc, str(attachments[-1 - position]), zone, f"rtb-{name}-attachment")
        self._attach(name, [f"subnet-{name}-ta", f"subnet-{name}-tc"], "vpcs", "connect")
        for aggregate in BLACKHOLES:
            place = {"routeTableId": f"rtb-{name}-hosts", "destinationCidrBlock": aggregate}
            self.put("ec2/Route", f"r-{name}-{aggregate}", transitGatewayId=GATEWAY, **place)

    def _connect(self) -> None:
        off = {"transitGatewayDefaultRouteTableAssociation": False, "transitGatewayDefaultRouteTablePropagation": False}
        transport = {"transportAttachmentId": "tgw-attach-router"}
        self.put("tgw/Connect", "tgw-attach-connect", transitGatewayId=GATEWAY, **transport, **off)
        self._join("tgw-attach-connect", "connect", ["vpcs", "transport"])
        for position, (router, address) in enumerate(ROUTER_ADDRESSES.items()):
            self.put(
                "tgw/ConnectPeer",
                f"peer-{router}",
                transitGatewayAttachmentId="tgw-attach-connect",
                peerAddress=address,
                transitGatewayAddress=f"10.254.0.{position + 1}",
                insideCidrBlocks=[f"169.254.6.{8 * position}/29"],
                bgpAsn="64513",
                tags={"Name": router},
            )

    def _sakura(self) -> None:
        self.put("sakura/Switch", SWITCH, name="flets")
        wireguard = [
            {"protocol": "udp", "sourceNetwork": public, "destinationPort": "51820-51827"}
            for public in ELASTIC_IPS.values()
        ]
        replies = [{"protocol": "tcp", "sourcePort": "443"}, {"protocol": "icmp"}, {"protocol": "fragment"}]
        for router, address in SAKURA_ADDRESSES.items():
            expressions = [*wireguard, *replies, {"protocol": "ip", "allow": False}]
            self.put("sakura/PacketFilter", f"filter-{router}", expressions=expressions)
            self.put("sakura/Note", f"note-{router}", content=f'echo \'{{"router": "{router}"}}\'')
            self.put(
                "sakura/Server",
                f"server-{router}",
                ipAddress=address,
                netmask=24,
                gateway="198.51.100.1",
                networkInterfaces=[{"upstream": "shared", "packetFilterId": f"filter-{router}"}, {"upstream": SWITCH}],
                diskEditParameter={"hostname": router, "notes": [{"id": f"note-{router}"}]},
            )


def _type(kind: str) -> str:
    """`tgw/Route` as Pulumi writes it, `aws:ec2transitgateway/route:Route`."""
    module, name = kind.split("/")
    lower = name[0].lower() + name[1:]
    if module == "sakura":
        return f"sakuracloud:index/{lower}:{name}"
    return f"aws:{'ec2transitgateway' if module == 'tgw' else module}/{lower}:{name}"


def world() -> World:
    """Three sites, one of which speaks BGP."""
    return World(
        region=REGION,
        sakura_zone="tk1a",
        sites=(
            Site(id=1, name="store-001", prefixes=(IPv4Network("192.168.1.0/24"),), bgp=None),
            Site(
                id=2,
                name="plant-01",
                prefixes=(IPv4Network("192.168.2.0/24"),),
                bgp=BgpSite(asn=65101, address=IPv4Address("172.16.0.20")),
            ),
            Site(
                id=3,
                name="store-002",
                prefixes=(IPv4Network("192.168.3.0/24"), IPv4Network("192.168.64.0/26")),
                bgp=None,
            ),
        ),
        closed_network=ClosedNetwork(
            switch_id=SWITCH,
            cidr=IPv4Network("172.16.0.0/24"),
            gateway=IPv4Address("172.16.0.254"),
            virtual_ip=IPv4Address("172.16.0.1"),
            vrid=51,
            routers={"sakura-a": IPv4Address("172.16.0.2"), "sakura-b": IPv4Address("172.16.0.3")},
        ),
        sakura_asn=65010,
        images=Images(aws_ami="ami-1", sakura_archive="113000000002"),
        existing_vpcs=(),
    )
