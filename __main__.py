"""The whole path from VPCs to sites: gateway, AWS routers, Sakura routers, then the bundles they boot from."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws

import settings
from components.aws.network import RouterVpc, RouterVpcArgs
from components.aws.tgw_connect import TgwConnectAttachment, TgwConnectAttachmentArgs
from components.aws.transit_gateway import TransitGateway, TransitGatewayArgs
from components.aws.vpc_on_path import VpcOnPath, VpcOnPathArgs
from components.aws.wireguard_router_pair import AwsRouterArgs, AwsWireGuardRouterPair, AwsWireGuardRouterPairArgs
from components.bundle_store import BundleStore, BundleStoreArgs
from components.router_bundle import RouterBundle, RouterBundleArgs
from components.router_keys import RouterKeys, RouterKeysArgs
from components.sakura import wireguard_router_pair as sakura
from components.ssm_hybrid_node import SsmHybridNode, SsmHybridNodeArgs

plan = settings.plan()  # or every problem of the stack file, before anything exists
stack, region, protect = pulumi.get_stack(), plan.region, plan.protect
stack_tag = {"flets-to-vpc:stack": stack}
tags = {router: {**stack_tag, "flets-to-vpc:router": router} for router in plan.routers}
accounts = [plan.account_id] if plan.account_id else None
cloud = aws.Provider("aws", region=region, allowed_account_ids=accounts, default_tags={"tags": stack_tag})
account_id = aws.get_caller_identity_output(opts=pulumi.InvokeOutputOptions(provider=cloud)).account_id
opts = pulumi.ResourceOptions(providers=[cloud])

# The gateway, the VPCs behind it, and the VPC of the routers before it.
gateway = TransitGateway("gateway", TransitGatewayArgs(
    asn=plan.gateway.asn, cidr=plan.gateway.cidr, blackholes=plan.gateway.blackholes, protect=protect,
), opts)  # fmt: skip
vpcs = {vpc.name: VpcOnPath(f"vpc-{vpc.id}", VpcOnPathArgs(
    region=region, vpc=vpc.origin, gateway=gateway.ref, aggregates=vpc.aggregates, label=vpc.name,
), opts) for vpc in plan.vpcs}  # fmt: skip
home = RouterVpc("router-vpc", RouterVpcArgs(region=region, network=plan.router_vpc, gateway=gateway.ref), opts)

# Where routers find their bundles; nothing is in it until every router's address is known.
paths = {router: f"/flets-to-vpc/{stack}/{router}" for router in plan.routers}
store_args = BundleStoreArgs(region=region, account_id=account_id, parameter_paths=paths, protect=protect)
store = BundleStore("bundles", store_args, opts)

# The AWS routers and their way to the gateway.
aws_routers = {router: AwsRouterArgs(
    zone=f"{region}{place.zone}", subnet_id=home.router_subnet_ids[place.zone], private_address=place.private_address,
    boot_object=store.boot_objects[router], policy=store.read_policies[router], tags=tags[router],
) for router, place in plan.aws_places.items()}  # fmt: skip
aws_args = AwsWireGuardRouterPairArgs(
    routers=aws_routers, vpc_id=home.vpc_id, gateway_cidr=plan.gateway.cidr, overlay_cidr=plan.overlay_cidr,
    tunnels=plan.tunnel_ports("aws"), image_id=plan.images.aws_ami, instance_type=plan.router_instance_type,
    protect=protect, after=[home],
)  # fmt: skip
aws_pair = AwsWireGuardRouterPair("routers", aws_args, opts)
connect_args = TgwConnectAttachmentArgs(
    gateway_id=gateway.gateway_id, transport_attachment_id=home.attachment_id,
    route_table_id=gateway.route_table_ids["connect"],
    announce_to={table: gateway.route_table_ids[table] for table in ("vpcs", "transport")},
    peers=plan.connect_peers, router_asn=plan.routers["aws-a"].asn,
)  # fmt: skip
connect = TgwConnectAttachment("connect", connect_args, opts)

# The Sakura routers, which Systems Manager manages too; each cloud admits the other's routers only.
nodes = {router: SsmHybridNode(router, SsmHybridNodeArgs(
    region=region, account_id=account_id, policy=store.read_policies[router], disk=place.disk,
    boot_object=store.boot_objects[router], tags=tags[router],
), opts) for router, place in plan.sakura_places.items()}  # fmt: skip
sakura_routers = {router: sakura.SakuraRouterArgs(
    closed_address=place.closed_address.ip, disk=place.disk, startup_note=nodes[router].startup_note,
) for router, place in plan.sakura_places.items()}  # fmt: skip
sakura_args = sakura.SakuraWireGuardRouterPairArgs(
    routers=sakura_routers, switch_id=plan.closed_network.switch_id, archive_id=plan.images.sakura_archive,
    core=plan.sakura_server.core, memory_gib=plan.sakura_server.memory_gib, tunnels=plan.tunnel_ports("sakura"),
    peer_addresses=aws_pair.addresses, tags=["flets-to-vpc", stack],
)  # fmt: skip
sakura_pair = sakura.SakuraWireGuardRouterPair("routers", sakura_args)
aws_pair.allow_peers(sakura_pair.addresses)

# Keys, then bundles: nothing above boots from their content, every router waits for its own.
addresses = {**sakura_pair.addresses, **aws_pair.addresses}
keys = RouterKeys("keys", RouterKeysArgs(plan=plan, store=store), opts)
bundles = {router: RouterBundle(router, RouterBundleArgs(
    plan=plan, router=router, addresses=addresses, keys=keys, store=store, tags=tags[router],
), opts) for router in plan.routers}  # fmt: skip

pulumi.export("interface_version", 1)
pulumi.export("gateway_id", gateway.gateway_id)
pulumi.export("gateway_route_table_ids", gateway.route_table_ids)
pulumi.export("connect_attachment_id", connect.attachment_id)
pulumi.export("connect_peer_ids", connect.peer_ids)
pulumi.export("vpc_attachment_ids", {name: vpc.attachment_id for name, vpc in vpcs.items()})
pulumi.export("site_prefixes", [str(prefix) for prefix in plan.site_prefixes])
pulumi.export("usable_mtu", plan.usable_mtu_bytes)
pulumi.export("usable_mss", plan.usable_mss_bytes)
pulumi.export("routers", {name: {
    "asn": router.asn,
    "public_address": addresses[name],
    "private_address": str(plan.private_addresses[name]),
    "parameter_names": sorted([*keys.parameter_names[name], bundles[name].parameter_name]),
    "bundle_version": bundles[name].version,
} for name, router in plan.routers.items()})  # fmt: skip
