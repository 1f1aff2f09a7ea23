"""What the owner already has in both clouds before the program runs, and what others keep there.

An existing VPC is lived in: another tenant's subnet, table, security group and gateway are in it, and the owner's own
Transit Gateway is attached. On the closed network's switch another server is plugged in.
None of it has a URN, and no run may change or delete it.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network

from lab.clouds.aws.account import ACCOUNT_ID
from lab.clouds.kind import AWS_ID_DIGITS, digits
from lab.clouds.store import Store

LONGEST_SUBNET_BITS = 28
"""AWS takes no smaller subnet."""
SUBNET_BITS_IN_VPC = 3
"""Each range of an existing VPC is cut in eight; the last part is the tenant's."""
OWNER_GATEWAY = "tgw-0000000000000owner"


@dataclass(frozen=True, kw_only=True)
class ExistingVpc:
    """A VPC somebody else made."""

    id: int
    name: str
    cidrs: tuple[IPv4Network, ...]
    vpc_id: str
    subnet_ids: dict[str, str]
    """By zone letter."""
    route_table_ids: tuple[str, ...]

    def subnets(self) -> list[tuple[str, str, IPv4Network]]:
        """Zone, id and network of each stated subnet; a cidr that is full is followed by the next.

        Raises ValueError when they have no room.
        """
        parts = self._parts()
        if len(parts) < len(self.subnet_ids):
            raise ValueError(f"VPC {self.name}: its cidrs do not hold {len(self.subnet_ids)} subnets of /28 or larger")
        return [(zone, self.subnet_ids[zone], part) for zone, part in zip(sorted(self.subnet_ids), parts, strict=False)]

    def tenant_network(self) -> IPv4Network | None:
        """Where another tenant's hosts are; None when the stated subnets fill the VPC."""
        parts = self._parts()
        return parts[-1] if len(parts) > len(self.subnet_ids) else None

    def _parts(self) -> list[IPv4Network]:
        longest, eighth = LONGEST_SUBNET_BITS, SUBNET_BITS_IN_VPC
        return [p for cidr in self.cidrs for p in cidr.subnets(new_prefix=min(longest, cidr.prefixlen + eighth))]


def aws_id(prefix: str, *parts: str) -> str:
    """An id that follows from what it is the id of."""
    return f"{prefix}-{digits(' '.join(parts), AWS_ID_DIGITS)}"


def seed_images(store: Store, zone: str, ami: str, archive: str) -> None:
    """What the routers boot from."""
    store.seed("sakuracloud:index/archive:Archive", archive, {"zone": zone, "name": "router"}, {"size": 20})
    store.seed("aws:ec2/ami:Ami", ami, {"name": "router"}, {"architecture": "arm64"})


def seed_switch(store: Store, zone: str, switch: str) -> None:
    """The closed network's switch, and a server of somebody else on it."""
    store.seed("sakuracloud:index/switch:Switch", switch, {"zone": zone, "name": "flets"}, {"serverIds": []})
    server = {"zone": zone, "name": "recorder", "core": 1, "memory": 1, "disks": []}
    cards = [{"upstream": switch}]
    outputs = {"ipAddress": "", "netmask": 0, "gateway": "", "zone": zone}
    store.seed("sakuracloud:index/server:Server", "113000009001", {**server, "networkInterfaces": cards}, outputs)


def seed_vpc(store: Store, region: str, vpc: ExistingVpc) -> None:
    """The VPC, its stated subnets and tables, a main table nobody uses, and its other tenant."""
    first, *others = vpc.cidrs
    tags = {"Name": vpc.name}
    main_table = aws_id("rtb", vpc.vpc_id)
    outputs = {
        "arn": f"arn:aws:ec2:{region}:{ACCOUNT_ID}:vpc/{vpc.vpc_id}",
        "mainRouteTableId": main_table,
        "ownerId": ACCOUNT_ID,
        "tagsAll": tags,
    }
    store.seed("aws:ec2/vpc:Vpc", vpc.vpc_id, {"cidrBlock": str(first), "tags": tags}, outputs)
    for cidr in others:
        inputs = {"vpcId": vpc.vpc_id, "cidrBlock": str(cidr)}
        kind = "aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation"
        store.seed(kind, aws_id("vpc-cidr-assoc", vpc.vpc_id, str(cidr)), inputs, {})
    for table in (main_table, *vpc.route_table_ids):
        store.seed("aws:ec2/routeTable:RouteTable", table, {"vpcId": vpc.vpc_id}, {"ownerId": ACCOUNT_ID})
    used_table = (*vpc.route_table_ids, main_table)[0]
    for zone, subnet_id, network in vpc.subnets():
        _seed_subnet(store, vpc, subnet_id, network, f"{region}{zone}", used_table)
    if tenant := vpc.tenant_network():
        _seed_tenant(store, region, vpc, tenant)


def _seed_subnet(
    store: Store, vpc: ExistingVpc, subnet_id: str, network: IPv4Network, zone: str, table_id: str
) -> None:
    inputs = {"vpcId": vpc.vpc_id, "cidrBlock": str(network), "availabilityZone": zone}
    outputs = {"ownerId": ACCOUNT_ID, "tagsAll": {"Name": f"{vpc.name}-{zone[-1]}"}}
    store.seed("aws:ec2/subnet:Subnet", subnet_id, inputs, outputs)
    inputs = {"subnetId": subnet_id, "routeTableId": table_id}
    kind = "aws:ec2/routeTableAssociation:RouteTableAssociation"
    store.seed(kind, aws_id("rtbassoc", subnet_id), inputs, {})


def _seed_tenant(store: Store, region: str, vpc: ExistingVpc, network: IPv4Network) -> None:
    """A way to the Internet, a subnet, a table and a security group of another team, and the owner's own gateway."""
    internet, table = aws_id("igw", vpc.vpc_id), aws_id("rtb", vpc.vpc_id, "tenant")
    store.seed("aws:ec2/internetGateway:InternetGateway", internet, {"vpcId": vpc.vpc_id}, {"ownerId": ACCOUNT_ID})
    routes = [{"cidrBlock": "0.0.0.0/0", "gatewayId": internet}]
    inputs = {"vpcId": vpc.vpc_id, "routes": routes}
    store.seed("aws:ec2/routeTable:RouteTable", table, inputs, {"ownerId": ACCOUNT_ID})
    subnet, zone = aws_id("subnet", vpc.vpc_id, "tenant"), f"{region}{min(vpc.subnet_ids)}"
    _seed_subnet(store, vpc, subnet, network, zone, table)
    ingress = [{"protocol": "tcp", "fromPort": 443, "toPort": 443, "cidrBlocks": ["0.0.0.0/0"]}]
    group = {"name": "tenant", "vpcId": vpc.vpc_id, "ingress": ingress}
    store.seed(
        "aws:ec2/securityGroup:SecurityGroup", aws_id("sg", vpc.vpc_id, "tenant"), group, {"ownerId": ACCOUNT_ID}
    )
    gateway = {"description": "the owner's own", "amazonSideAsn": 64999}
    store.seed("aws:ec2transitgateway/transitGateway:TransitGateway", OWNER_GATEWAY, gateway, {"ownerId": ACCOUNT_ID})
    attachment = {"transitGatewayId": OWNER_GATEWAY, "vpcId": vpc.vpc_id, "subnetIds": [subnet]}
    kind = "aws:ec2transitgateway/vpcAttachment:VpcAttachment"
    store.seed(kind, aws_id("tgw-attach", vpc.vpc_id, "owner"), attachment, {"vpcOwnerId": ACCOUNT_ID})
