"""What every emulated cloud refuses, shown on VPCs and subnets: shapes, references, forgotten outputs, use."""

from __future__ import annotations

from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest
from pulumi.provider.experimental import provider as protocol
from pulumi.provider.experimental.property_value import PropertyValue

from lab.clouds.aws.provider import AwsProvider
from lab.clouds.kind import Refused
from lab.clouds.properties import plain, wrapped
from lab.clouds.random_values import RandomProvider
from lab.clouds.store import Store

VPC = "aws:ec2/vpc:Vpc"
SUBNET = "aws:ec2/subnet:Subnet"


def answer(call: Coroutine[Any, Any, Any]) -> Any:
    """Drives a provider's method, which awaits nothing."""
    try:
        call.send(None)
    except StopIteration as end:
        return end.value
    raise AssertionError("the provider awaited something")


class Cloud:
    """AWS with nothing in it."""

    def __init__(self, path: Path) -> None:
        self.store = Store(path)
        self.aws = AwsProvider(self.store)
        self.configure(region="ap-northeast-1", defaultTags='{"tags": {"stack": "t"}}')

    def configure(self, **config: str) -> None:
        """Takes a provider configuration."""
        values = {name: PropertyValue(value) for name, value in config.items()}
        answer(self.aws.configure(protocol.ConfigureRequest({}, values, True, True)))

    def check(self, type_: str, **inputs: Any) -> list[str]:
        """The failures of a check, `property: reason`."""
        values = {name: wrapped(value) for name, value in inputs.items()}
        found = answer(self.aws.check(protocol.CheckRequest(urn(type_, "x"), {}, values, b"")))
        return [f"{failure.property}: {failure.reason}" for failure in found.failures]

    def create(self, type_: str, name: str, **inputs: Any) -> tuple[str, dict[str, Any]]:
        """Creates a resource and returns its id and outputs."""
        values = {key: wrapped(value) for key, value in inputs.items()}
        made = answer(self.aws.create(protocol.CreateRequest(urn(type_, name), values, 0, False)))
        return made.resource_id, {key: plain(value) for key, value in made.properties.items()}

    def delete(self, type_: str, name: str, id_: str) -> None:
        """Deletes a resource."""
        answer(self.aws.delete(protocol.DeleteRequest(urn(type_, name), id_, {}, 0)))


def urn(type_: str, name: str) -> str:
    """As the engine makes it for a child of a component."""
    return f"urn:pulumi:t::flets-to-vpc::flets-to-vpc:index:C${type_}::{name}"


@pytest.fixture
def cloud(tmp_path: Path) -> Cloud:
    """AWS with nothing in it."""
    return Cloud(tmp_path / "store.db")


def test_an_unknown_input_is_refused_with_the_nearest_one(cloud: Cloud) -> None:
    assert cloud.check(VPC, cidrBlok="10.0.0.0/16", cidrBlock="10.0.0.0/16") == [
        "cidrBlok: UnknownParameter: there is no input 'cidrBlok'; did you mean cidrBlock?"
    ]


def test_a_missing_input_is_refused(cloud: Cloud) -> None:
    assert cloud.check(VPC) == ["cidrBlock: MissingParameter: cidrBlock must be stated"]


@pytest.mark.parametrize("cidr", ["10.0.0.0/15", "10.0.0.0/29"])
def test_a_vpc_must_be_from_16_to_28(cloud: Cloud, cidr: str) -> None:
    assert cloud.check(VPC, cidrBlock=cidr) == [f"cidrBlock: InvalidVpc.Range: {cidr} must be from /16 to /28"]


def test_a_network_with_host_bits_is_refused(cloud: Cloud) -> None:
    assert "without host bits" in cloud.check(VPC, cidrBlock="10.0.0.1/16")[0]


def test_the_text_none_betrays_a_forgotten_output(cloud: Cloud) -> None:
    (failure,) = cloud.check(VPC, cidrBlock="10.0.0.0/16", tags={"Name": "gateway-None"})

    assert failure.startswith("tags.Name: ForgottenOutput")


def test_a_secret_is_not_shown_in_a_failure(cloud: Cloud) -> None:
    values = {"cidrBlock": PropertyValue("hunter2", is_secret=True)}
    found = answer(cloud.aws.check(protocol.CheckRequest(urn(VPC, "x"), {}, values, b"")))

    assert len(found.failures) == 1
    assert "hunter2" not in found.failures[0].reason


def test_a_reference_to_nothing_and_one_to_another_type_are_refused(cloud: Cloud) -> None:
    with pytest.raises(Refused, match=r"InvalidVpcID.NotFound: vpcId: 'vpc-1' must be .* no resource has it"):
        cloud.create(SUBNET, "s", vpcId="vpc-1", cidrBlock="10.0.0.0/24")
    vpc_id, _ = cloud.create(VPC, "v", cidrBlock="10.0.0.0/16")
    subnet_id, _ = cloud.create(SUBNET, "s", vpcId=vpc_id, cidrBlock="10.0.0.0/24")
    with pytest.raises(Refused, match=rf"InvalidVpcID.NotFound: .*it is a {SUBNET}"):
        cloud.create(SUBNET, "t", vpcId=subnet_id, cidrBlock="10.0.1.0/24")


def test_a_subnet_outside_its_vpc_or_over_another_or_in_no_zone_is_refused(cloud: Cloud) -> None:
    vpc_id, _ = cloud.create(VPC, "v", cidrBlock="10.0.0.0/16")
    cloud.create(SUBNET, "s", vpcId=vpc_id, cidrBlock="10.0.0.0/24")
    for cidr, zone, code in (
        ("10.1.0.0/24", "a", "InvalidSubnet.Range"),
        ("10.0.0.128/25", "a", "InvalidSubnet.Conflict"),
        ("10.0.1.0/24", "b", "InvalidParameterValue"),
    ):
        with pytest.raises(Refused) as refused:
            cloud.create(SUBNET, "t", vpcId=vpc_id, cidrBlock=cidr, availabilityZone=f"ap-northeast-1{zone}")
        assert refused.value.code == code


def test_a_vpc_with_a_subnet_cannot_be_deleted_and_an_empty_one_can(cloud: Cloud) -> None:
    vpc_id, _ = cloud.create(VPC, "v", cidrBlock="10.0.0.0/16")
    subnet_id, _ = cloud.create(SUBNET, "s", vpcId=vpc_id, cidrBlock="10.0.0.0/24")

    with pytest.raises(Refused, match=f"DependencyViolation: {vpc_id} is in use by {SUBNET} {subnet_id}"):
        cloud.delete(VPC, "v", vpc_id)
    cloud.delete(SUBNET, "s", subnet_id)
    cloud.delete(VPC, "v", vpc_id)
    assert cloud.store.resources() == []


def test_default_tags_lie_below_the_resources_own(cloud: Cloud) -> None:
    _, outputs = cloud.create(VPC, "v", cidrBlock="10.0.0.0/16", tags={"Name": "n"})

    assert outputs["tagsAll"] == {"stack": "t", "Name": "n"}


def test_the_same_urn_gets_the_same_id_in_every_run_and_another_when_made_anew(cloud: Cloud, tmp_path: Path) -> None:
    first, _ = cloud.create(VPC, "v", cidrBlock="10.0.0.0/16")
    elsewhere, _ = Cloud(tmp_path / "other.db").create(VPC, "v", cidrBlock="10.0.0.0/16")
    second, _ = cloud.create(VPC, "v", cidrBlock="10.0.0.0/16")

    assert first == elsewhere
    assert first != second


def test_an_account_that_is_not_allowed_is_refused(cloud: Cloud) -> None:
    with pytest.raises(Refused, match="AWS account ID not allowed: 123456789012"):
        cloud.configure(region="ap-northeast-1", allowedAccountIds='["210987654321"]')


def test_a_preview_creates_nothing(cloud: Cloud) -> None:
    values = {"cidrBlock": wrapped("10.0.0.0/16")}
    made = answer(cloud.aws.create(protocol.CreateRequest(urn(VPC, "v"), values, 0, True)))

    assert made.resource_id == ""
    assert cloud.store.resources() == []


def test_a_password_is_secret_random_and_known_by_the_id_none(cloud: Cloud) -> None:
    provider = RandomProvider(cloud.store)
    type_ = "random:index/randomPassword:RandomPassword"
    made = []
    for name in ("a", "b"):
        values = {"length": wrapped(40), "special": wrapped(False)}
        made.append(answer(provider.create(protocol.CreateRequest(urn(type_, name), values, 0, False))))

    assert [m.resource_id for m in made] == ["none", "none"]
    assert made[0].properties["result"].is_secret
    assert plain(made[0].properties["result"]) != plain(made[1].properties["result"])
    assert plain(made[0].properties["result"]).isalnum()
