"""The lab's own engine, run as the lab runs it: a child process for each `up` and `destroy` of a small program."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from tests.lab.engine.stack import Engine

STACK_FILE = """
config:
  aws:region: ap-northeast-1
  sakuracloud:zone: tk1a
  pulumi:disable-default-providers: [aws]
  path:
    sites: []
    closed_network: {switch_id: "113000000001", cidr: 172.16.0.0/24, gateway: 172.16.0.254, virtual_ip: 172.16.0.1,
                     vrid: 51, routers: {sakura-a: 172.16.0.2, sakura-b: 172.16.0.3}}
    sakura: {asn: 65010}
    images: {aws_ami: ami-0123456789abcdef0, sakura_archive: "113000000002"}
    vpcs: []
"""
PROGRAM = """
import pulumi, pulumi_aws as aws, pulumi_random as random

cloud = aws.Provider("aws", region="ap-northeast-1", default_tags=aws.ProviderDefaultTagsArgs(tags={"stack": "t"}))

class Network(pulumi.ComponentResource):
    def __init__(self, name, opts=None):
        super().__init__("flets-to-vpc:index:Network", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        vpc = aws.ec2.Vpc(name, cidr_block="10.0.0.0/16", tags={"Name": "one"}, opts=child)
        self.subnet = aws.ec2.Subnet(name, vpc_id=vpc.id, cidr_block="10.0.1.0/24", opts=child)
        self.register_outputs({"subnet_id": self.subnet.id})

network = Network("net", pulumi.ResourceOptions(providers=[cloud]))
password = random.RandomPassword("key", length=40, special=False)
pulumi.export("subnet_id", network.subnet.id)
pulumi.export("tags", network.subnet.tags_all)
pulumi.export("password", password.result)
"""
PEER_PROGRAM = """
import pulumi, pulumi_aws as aws

cloud = pulumi.ResourceOptions(provider=aws.Provider("aws", region="ap-northeast-1"))
hub = aws.ec2transitgateway
vpc = aws.ec2.Vpc("v", cidr_block="10.0.0.0/16", opts=cloud)
subnet = aws.ec2.Subnet("s", vpc_id=vpc.id, cidr_block="10.0.1.0/24", opts=cloud)
gateway = hub.TransitGateway("g", transit_gateway_cidr_blocks=["10.99.0.0/24"], opts=cloud)
ids = {"transit_gateway_id": gateway.id}
transport = hub.VpcAttachment("t", vpc_id=vpc.id, subnet_ids=[subnet.id], opts=cloud, **ids)
connect = hub.Connect("c", transport_attachment_id=transport.id, opts=cloud, **ids)
hub.ConnectPeer("p", transit_gateway_attachment_id=connect.id, transit_gateway_address="10.99.0.1",
    peer_address="10.0.1.10", inside_cidr_blocks=["169.254.6.0/29"], bgp_asn="64513",
    opts=pulumi.ResourceOptions.merge(cloud, pulumi.ResourceOptions(delete_before_replace=False)))
"""
PREFIX = "urn:pulumi:t::flets-to-vpc::"
VPC = f"{PREFIX}flets-to-vpc:index:Network$aws:ec2/vpc:Vpc::net"
PASSWORD = f"{PREFIX}random:index/randomPassword:RandomPassword::key"
SUBNET = f"{PREFIX}flets-to-vpc:index:Network$aws:ec2/subnet:Subnet::net"


class Stack:
    """One small stack in a folder of its own, whose program a test may change."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "program").mkdir()
        (folder / "stack.yaml").write_text(STACK_FILE)
        self.engine = Engine(
            folder=folder,
            program=folder / "program",
            stack="t",
            stack_file=folder / "stack.yaml",
            store=folder / "store.db",
        )
        self.document, self.resources = self.engine.document, self.engine.resources

    def run(self, command: str, program: str = PROGRAM) -> subprocess.CompletedProcess[str]:
        """Runs the engine once."""
        (self.folder / "program" / "__main__.py").write_text(program)
        return self.engine.run(command)

    def done(self, command: str, program: str = PROGRAM) -> dict[str, str]:
        """Runs the engine, which must succeed, and returns what it did by URN."""
        (self.folder / "program" / "__main__.py").write_text(program)
        return self.engine.done(command)


@pytest.fixture
def stack(tmp_path: Path) -> Stack:
    """A stack that was never deployed."""
    return Stack(tmp_path)


def test_a_first_up_creates_a_second_changes_nothing_and_destroy_leaves_only_what_the_owner_had(stack: Stack) -> None:
    first = stack.done("up")
    made = stack.resources()
    second = stack.done("up")

    assert set(first.values()) == {"created"}
    assert {VPC, SUBNET} < set(first)
    assert second == dict.fromkeys(first, "same")
    assert stack.resources() == made
    assert made[SUBNET]["outputs"]["tagsAll"] == {"stack": "t"}
    assert stack.document("outputs.json")["subnet_id"] == made[SUBNET]["id"]
    assert stack.done("destroy") == dict.fromkeys(first, "deleted")
    assert stack.resources() == {}
    left = {r["type"] for r in stack.document("clouds.json")["resources"]}
    sakura = {f"sakuracloud:index/{kind}" for kind in ("archive:Archive", "server:Server", "switch:Switch")}
    assert left == {"aws:ec2/ami:Ami", *sakura}


def test_a_secret_lies_in_the_store_only_which_only_its_owner_may_read(stack: Stack) -> None:
    stack.done("up")
    from lab.clouds.store import Store

    store = Store(stack.folder / "store.db")
    value = store.secret(stack.document("outputs.json")["password"]["secret"])
    store.close()

    assert len(value) == 40
    for name in ("clouds.json", "outputs.json", "state.json", "steps.json"):
        assert value not in (stack.folder / name).read_text(), name
    assert {(stack.folder / name).stat().st_mode & 0o777 for name in ("store.db", "state.json")} == {0o600}


def test_a_changed_tag_is_an_update_and_a_changed_cidr_a_replacement_with_another_id(stack: Stack) -> None:
    stack.done("up")
    before = stack.resources()
    changed = stack.done("up", PROGRAM.replace('"one"', '"two"').replace("10.0.1.0", "10.0.2.0"))
    after = stack.resources()

    assert (changed[VPC], changed[SUBNET]) == ("updated", "replaced")
    assert before[VPC]["id"] == after[VPC]["id"]
    assert before[SUBNET]["id"] != after[SUBNET]["id"]
    assert len(after) == len(before)


def test_a_resource_left_out_of_the_program_is_deleted(stack: Stack) -> None:
    stack.done("up")
    without = PROGRAM.replace('password = random.RandomPassword("key", length=40, special=False)', "").replace(
        'pulumi.export("password", password.result)', ""
    )

    assert stack.done("up", without)[PASSWORD] == "deleted"


def test_every_refusal_is_shown_and_what_was_created_before_is_kept(stack: Stack) -> None:
    bad = PROGRAM.replace("10.0.1.0/24", "10.9.1.0/24").replace("length=40", "length=0")
    failed = stack.run("up", bad)

    assert failed.returncode == 1
    assert f"{SUBNET}: InvalidSubnet.Range: the CIDR '10.9.1.0/24' is outside the VPC's 10.0.0.0/16" in failed.stderr
    assert "RandomPassword::key: length: InvalidParameterValue: 0 must be from 1" in failed.stderr
    assert set(stack.resources()) == {VPC}
    assert stack.done("up")[VPC] == "same"


def test_what_depends_on_a_refused_resource_is_left_out_without_a_failure_of_its_own(stack: Stack) -> None:
    failed = stack.run("up", PROGRAM.replace("10.0.0.0/16", "10.0.0.0/8"))

    assert failed.returncode == 1
    assert failed.stderr.strip() == f"{VPC}: cidrBlock: InvalidVpc.Range: 10.0.0.0/8 must be from /16 to /28"
    assert set(stack.resources()) == {PASSWORD}


def test_a_program_that_refuses_its_input_exits_with_2_and_creates_nothing(stack: Stack) -> None:
    refused = stack.run("up", 'import pulumi\nraise pulumi.RunError("site 3: no such thing")\n')

    assert refused.returncode == 2
    assert refused.stderr.strip().endswith("site 3: no such thing")
    assert stack.resources() == {}


def test_the_programs_own_refusal_comes_before_the_worlds(stack: Stack) -> None:
    (stack.folder / "stack.yaml").write_text(STACK_FILE.replace("sakura: {asn: 65010}", ""))
    refused = stack.run("up", 'import pulumi\nraise pulumi.RunError("all problems")\n')

    assert (refused.returncode, refused.stderr.strip()) == (2, "all problems")


def test_a_protected_resource_survives_destroy(stack: Stack) -> None:
    protected = PROGRAM.replace("special=False)", "special=False, opts=pulumi.ResourceOptions(protect=True))")
    stack.done("up", protected)
    made = stack.resources()
    refused = stack.run("destroy", protected)

    assert refused.returncode == 1
    assert "RandomPassword::key: is protected" in refused.stderr
    assert stack.resources() == made


def test_a_disabled_default_provider_is_refused_by_name(stack: Stack) -> None:
    refused = stack.run("up", 'import pulumi_aws as aws\naws.ec2.Vpc("v", cidr_block="10.0.0.0/16")\n')

    assert refused.returncode == 1
    assert "the default provider of 'aws' is disabled" in refused.stderr


def test_a_connect_peer_is_replaced_only_when_the_old_one_is_deleted_first(stack: Stack) -> None:
    stack.done("up", PEER_PROGRAM)
    changed = PEER_PROGRAM.replace('"64513"', '"64514"')
    collision = stack.run("up", changed)
    replaced = stack.done("up", changed.replace("delete_before_replace=False", "delete_before_replace=True"))

    assert collision.returncode == 1
    assert "connectPeer:ConnectPeer::p: InvalidParameterValue: tgw-connect-peer-" in collision.stderr
    assert "uses the pair 10.99.0.1 and 10.0.1.10" in collision.stderr
    assert [urn.rpartition("::")[2] for urn, action in replaced.items() if action == "replaced"] == ["p"]


REFERRING = """
import pulumi
other = pulumi.StackReference("organization/flets-to-vpc/t")
pulumi.export("subnet_id", other.require_output("subnet_id"))
pulumi.export("password", other.require_output("password"))
"""


@pytest.fixture
def referring(stack: Stack) -> Engine:
    """A stack of another project on the same clouds, which reads the first one's outputs."""
    program = stack.folder / "other"
    program.mkdir()
    (program / "Pulumi.yaml").write_text("name: other\nruntime: python\n")
    (program / "__main__.py").write_text(REFERRING)
    stack_file = program / "Pulumi.dev.yaml"
    stack_file.write_text("config: {}\n")
    return Engine(
        folder=program,
        program=program,
        stack="dev",
        stack_file=stack_file,
        store=stack.folder / "store.db",
        more=("--beside", str(stack.folder / "state.json")),
    )


def test_a_stack_reads_anothers_outputs_and_a_secret_stays_one(stack: Stack, referring: Engine) -> None:
    stack.done("up")
    referring.done("up")
    first, second = stack.document("outputs.json"), referring.document("outputs.json")

    assert second["subnet_id"] == first["subnet_id"]
    assert second["password"] == first["password"]
    assert set(second["password"]) == {"secret"}


def test_a_secret_lives_as_long_as_any_stack_on_the_clouds_refers_to_it(stack: Stack, referring: Engine) -> None:
    stack.done("up")
    referring.done("up")
    referring.done("destroy")

    assert set(stack.done("up").values()) == {"same"}


def test_a_reference_to_no_stack_is_refused_with_those_there_are(stack: Stack, referring: Engine) -> None:
    stack.done("up")
    main = referring.program / "__main__.py"
    main.write_text(REFERRING.replace("flets-to-vpc/t", "flets-to-vpc/prod"))
    refused = referring.run("up")

    assert refused.returncode == 1
    assert "no stack 'organization/flets-to-vpc/prod' on these clouds; there are: organization/flets-to-vpc/t" in (
        refused.stderr
    )


def test_the_cli_is_not_asked_for_the_stacks_of_our_engine(stack: Stack, referring: Engine) -> None:
    refused = replace(referring, more=(*referring.more, "--engine", "cli")).run("up")

    assert refused.returncode == 2
    assert "--beside: the Pulumi CLI knows the stacks of its own backend only; take --engine sdk" in refused.stderr
