"""The outside world is read from a stack file or from its own world.json, and seeded into the clouds."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.clouds.store import Store
from lab.clouds.view import Clouds
from lab.world import World

STACK = """
config:
  aws:region: ap-northeast-1
  sakuracloud:zone: tk1a
  flets-to-vpc:path:
    sites:
      - {id: 2, name: plant, prefixes: [192.168.2.0/24], bgp: {asn: 65101, address: 172.16.0.20}}
      - {id: 1, name: shop, prefixes: [192.168.1.0/24]}
    closed_network: {switch_id: "113000000001", cidr: 172.16.0.0/24, gateway: "REPLACE_ME: ask the carrier",
                     virtual_ip: 172.16.0.1, vrid: 51, routers: {sakura-a: 172.16.0.2, sakura-b: 172.16.0.3}}
    sakura: {asn: 65010}
    images: {aws_ami: "REPLACE_ME: build it", sakura_archive: "113000000002"}
    vpcs:
      - {id: 1, name: app, cidr: 10.20.0.0/20}
      - {id: 2, name: old, cidrs: [10.21.0.0/20, 10.23.0.0/24],
         existing: {vpc_id: vpc-0abc, subnet_ids: {c: subnet-0c, a: subnet-0a}, route_table_ids: [rtb-0a, rtb-0b]}}
"""


@pytest.fixture
def world(tmp_path: Path) -> World:
    """The world of the stack above."""
    (tmp_path / "stack.yaml").write_text(STACK)
    return World.load_stack(tmp_path / "stack.yaml")


def test_only_existing_vpcs_are_in_the_world_and_sites_are_sorted_by_id(world: World) -> None:
    assert [vpc.name for vpc in world.existing_vpcs] == ["old"]
    assert [site.name for site in world.sites] == ["shop", "plant"]


def test_what_only_the_owner_knows_gets_a_free_stand_in_that_is_listed(world: World) -> None:
    assert str(world.closed_network.gateway) == "172.16.0.4"
    assert world.images.aws_ami.startswith("ami-")
    assert any("ask the carrier" in line and "172.16.0.4" in line for line in world.stand_ins)


def test_world_json_reads_back_as_the_same_world(world: World, tmp_path: Path) -> None:
    (tmp_path / "world.json").write_text(world.json())
    again = World.load(tmp_path / "world.json")

    assert (again.sites, again.closed_network, again.existing_vpcs) == (
        world.sites,
        world.closed_network,
        world.existing_vpcs,
    )


def test_an_existing_vpc_is_in_the_clouds_with_subnets_of_its_first_cidr_on_its_first_table(
    world: World, tmp_path: Path
) -> None:
    store = Store(tmp_path / "store.db")
    with store.one_transaction():
        world.seed(store)
    store.export(tmp_path / "clouds.json")
    store.close()
    clouds = Clouds.load(tmp_path / "clouds.json")

    subnets = {
        r.id: (r.outputs["cidrBlock"], r.outputs["availabilityZone"]) for r in clouds.of("aws:ec2/subnet:Subnet")
    }
    (tenant,) = set(subnets) - {"subnet-0a", "subnet-0c"}
    assert subnets == {
        "subnet-0a": ("10.21.0.0/23", "ap-northeast-1a"),
        "subnet-0c": ("10.21.2.0/23", "ap-northeast-1c"),
        tenant: ("10.23.0.224/27", "ap-northeast-1a"),
    }
    associations = clouds.of("aws:ec2/routeTableAssociation:RouteTableAssociation")
    tables = {r.outputs["subnetId"]: r.outputs["routeTableId"] for r in associations}
    assert (tables["subnet-0a"], tables["subnet-0c"]) == ("rtb-0a", "rtb-0a")
    assert tables[tenant] not in ("rtb-0a", "rtb-0b"), "another tenant's table is its own"
    assert {r.urn for r in clouds.resources} == {""}


def test_a_missing_key_is_named(tmp_path: Path) -> None:
    (tmp_path / "stack.yaml").write_text(STACK.replace("sakura: {asn: 65010}", ""))

    with pytest.raises(ValueError, match="sakura: the key 'sakura' is missing"):
        World.load_stack(tmp_path / "stack.yaml")


def test_every_part_that_is_malformed_is_named_at_once(tmp_path: Path) -> None:
    bad = (
        STACK.replace("192.168.1.0/24", "192.168.1.0/33").replace("vrid: 51", "vird: 51").replace("id: 2", "id: two", 1)
    )
    (tmp_path / "stack.yaml").write_text(bad)

    with pytest.raises(ValueError, match="sites") as refused:
        World.load_stack(tmp_path / "stack.yaml")

    said = str(refused.value)
    assert len(said.splitlines()) == 3
    assert all(part in said for part in ("sites[0]", "'two'", "sites[1]", "192.168.1.0/33", "closed_network", "'vrid'"))


def test_two_sites_of_one_name_are_refused(tmp_path: Path) -> None:
    (tmp_path / "stack.yaml").write_text(STACK.replace("name: plant", "name: shop"))

    with pytest.raises(ValueError, match="2 of them have the name 'shop'"):
        World.load_stack(tmp_path / "stack.yaml")


def test_an_existing_subnet_is_one_that_the_cloud_could_have_made(world: World, tmp_path: Path) -> None:
    store = Store(tmp_path / "store.db")
    world.seed(store)
    (subnet,) = (found for found in store.of("aws:ec2/subnet:Subnet") if found.id == "subnet-0c")

    assert subnet.outputs["availabilityZone"] == "ap-northeast-1c"
    assert subnet.outputs["ownerId"] == "123456789012"


def test_an_existing_vpcs_subnets_go_on_in_its_next_prefix(tmp_path: Path) -> None:
    stack = STACK.replace("[10.21.0.0/20, 10.23.0.0/24]", "[10.21.0.0/28, 10.23.0.0/28]")
    (tmp_path / "stack.yaml").write_text(stack)
    store = Store(tmp_path / "store.db")
    World.load_stack(tmp_path / "stack.yaml").seed(store)

    cidrs = {subnet.id: subnet.inputs["cidrBlock"] for subnet in store.of("aws:ec2/subnet:Subnet")}
    assert cidrs == {"subnet-0a": "10.21.0.0/28", "subnet-0c": "10.23.0.0/28"}
