"""The whole path from VPCs to sites: gateway, AWS routers, Sakura routers, then the bundles they boot from."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws

import settings
from components.aws.network import RouterVpc, RouterVpcArgs
from components.aws.tgw_connect import TgwConnectAttachment, TgwConnectAttachmentArgs
from components.aws.transit_gateway import TransitGateway, TransitGatewayArgs
from components.aws.vpc_on_path import VpcOnPath, VpcOnPathArgs
from components.aws.wireguard_router_pair import AwsWireGuardRouterPair, AwsWireGuardRouterPairArgs
from components.bundle_store import BundleStore, BundleStoreArgs
from components.router_bundle import RouterBundle, RouterBundleArgs
from components.router_keys import RouterKeys, RouterKeysArgs
from components.sakura.wireguard_router_pair import SakuraWireGuardRouterPair, SakuraWireGuardRouterPairArgs
from components.ssm_hybrid_node import SsmHybridNode, SsmHybridNodeArgs
from topology import PlanError, make_plan

try:
    plan = make_plan(settings.load())
except PlanError as refusal:
    raise pulumi.RunError(str(refusal)) from None  # all problems, one a line; a traceback would bury them
for note in plan.notes:
    pulumi.log.warn(note)
stack, region, protect, hub = pulumi.get_stack(), plan.region, plan.protect, plan.gateway
stack_tag = {"flets-to-vpc:stack": stack}
tags = {router: {**stack_tag, "flets-to-vpc:router": router} for router in plan.routers}
accounts = [plan.account_id] if plan.account_id else None
cloud = aws.Provider(
    "aws", region=region, allowed_account_ids=accounts, default_tags={"tags": {"flets-to-vpc:stack": stack}}
)
account_id = aws.get_caller_identity_output(opts=pulumi.InvokeOutputOptions(provider=cloud)).account_id
opts = pulumi.ResourceOptions(providers=[cloud])

# The gateway, the VPCs behind it, and the VPC of the routers before it.
hub_args = TransitGatewayArgs(asn=hub.asn, cidr=hub.cidr, blackholes=hub.blackholes, protect=protect)
gateway = TransitGateway("gateway", hub_args, opts)
vpcs = {v.name: VpcOnPath(v.name, VpcOnPathArgs(region=region, vpc=v, gateway=gateway.ref), opts) for v in plan.vpcs}
home_args = RouterVpcArgs(region=region, network=plan.router_vpc, gateway=gateway.ref, overlay_cidr=plan.overlay_cidr)
home = RouterVpc("router-vpc", home_args, opts)

# Where routers find their bundles; nothing is in it until every router's address is known.
paths = {router: f"/flets-to-vpc/{stack}/{router}" for router in plan.routers}
store_args = BundleStoreArgs(region=region, account_id=account_id, parameter_paths=paths, protect=protect)
store = BundleStore("bundles", store_args, opts)

# The AWS routers and their way to the gateway.
aws_args = AwsWireGuardRouterPairArgs(
    region=region, places=plan.aws_places, vpc_id=home.vpc_id, subnet_ids=home.router_subnet_ids,
    gateway_cidr=hub.cidr, overlay_cidr=plan.overlay_cidr, tunnels=plan.tunnels,
    image_id=plan.images.aws_ami, instance_type=plan.router_instance_type,
    boot_objects=store.boot_objects, policies=store.read_policies, tags=tags, protect=protect, after=[home],
)  # fmt: skip
aws_pair = AwsWireGuardRouterPair("routers", aws_args, opts)
connect_args = TgwConnectAttachmentArgs(
    gateway=gateway.ref, transport_attachment_id=home.attachment_id,
    peers=plan.connect_peers, router_asn=plan.routers["aws-a"].asn,
)  # fmt: skip
connect = TgwConnectAttachment("connect", connect_args, opts)

# The Sakura routers, which Systems Manager manages too; each cloud admits the other's routers only.
disks = {router: f"{plan.images.sakura_archive}/{plan.routers[router].rebuild}" for router in plan.sakura_places}
nodes = {router: SsmHybridNode(router, SsmHybridNodeArgs(
    region=region, account_id=account_id, policy=store.read_policies[router], disk=disk,
    boot_object=store.boot_objects[router], tags=tags[router],
), opts) for router, disk in disks.items()}  # fmt: skip
sakura_args = SakuraWireGuardRouterPairArgs(
    places=plan.sakura_places, switch_id=plan.closed_network.switch_id, archive_id=plan.images.sakura_archive,
    disks=disks, size=plan.sakura_server, tunnels=plan.tunnels, aws_addresses=aws_pair.addresses,
    startup_notes={router: node.startup_note for router, node in nodes.items()}, tags=["flets-to-vpc", stack],
)  # fmt: skip
sakura_pair = SakuraWireGuardRouterPair("routers", sakura_args)
aws_pair.allow_peers(sakura_pair.addresses)

# Keys, then bundles: nothing above boots from their content, every router waits for its own.
addresses = {**sakura_pair.addresses, **aws_pair.addresses}
private = {**{n: p.closed_address.ip for n, p in plan.sakura_places.items()}, **aws_pair.private_addresses}
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
    "private_address": str(private[name]),
    "parameter_names": sorted([*keys.parameter_names[name], bundles[name].parameter_name]),
    "bundle_version": bundles[name].version,
} for name, router in plan.routers.items()})  # fmt: skip
