"""What every emulated cloud does alike, shown on VPCs and subnets: shapes, references, forgotten outputs, names."""

from __future__ import annotations

from pathlib import Path

import pytest
from pulumi.provider.experimental import provider as protocol
from pulumi.provider.experimental.property_value import PropertyValue

from lab.clouds.kind import Refused
from lab.clouds.properties import plain, wrapped
from lab.clouds.random_values import RandomProvider
from tests.lab.clouds.cloud import Clouds, answer, urn

VPC = "aws:ec2/vpc:Vpc"
SUBNET = "aws:ec2/subnet:Subnet"


def test_an_unknown_input_is_refused_with_the_nearest_one(clouds: Clouds) -> None:
    assert clouds.check(VPC, cidrBlok="10.0.0.0/16", cidrBlock="10.0.0.0/16") == [
        "cidrBlok: UnknownParameter: there is no input 'cidrBlok'; did you mean cidrBlock?"
    ]


def test_a_missing_input_is_refused(clouds: Clouds) -> None:
    assert clouds.check(VPC) == ["cidrBlock: MissingParameter: cidrBlock must be stated"]


def test_the_text_none_betrays_a_forgotten_output(clouds: Clouds) -> None:
    (failure,) = clouds.check(VPC, cidrBlock="10.0.0.0/16", tags={"Name": "gateway-None"})

    assert failure.startswith("tags.Name: ForgottenOutput")


def test_a_secret_is_not_shown_in_a_failure(clouds: Clouds) -> None:
    values = {"cidrBlock": PropertyValue("hunter2", is_secret=True)}
    found = answer(clouds.aws.check(protocol.CheckRequest(urn(VPC, "x"), {}, values, b"")))

    assert len(found.failures) == 1
    assert "hunter2" not in found.failures[0].reason


def test_a_reference_to_nothing_and_one_to_another_type_are_refused(clouds: Clouds) -> None:
    with pytest.raises(Refused, match=r"InvalidVpcID.NotFound: vpcId: 'vpc-1' must be .* no resource has it"):
        clouds.create(SUBNET, "s", vpcId="vpc-1", cidrBlock="10.0.0.0/24")
    vpc_id = clouds.create(VPC, "v", cidrBlock="10.0.0.0/16").id
    subnet_id = clouds.create(SUBNET, "s", vpcId=vpc_id, cidrBlock="10.0.0.0/24").id
    with pytest.raises(Refused, match=rf"InvalidVpcID.NotFound: .*it is a {SUBNET}"):
        clouds.create(SUBNET, "t", vpcId=subnet_id, cidrBlock="10.0.1.0/24")


def test_default_tags_lie_below_the_resources_own(clouds: Clouds) -> None:
    outputs = clouds.create(VPC, "v", cidrBlock="10.0.0.0/16", tags={"Name": "n"}).outputs

    assert outputs["tagsAll"] == {"stack": "t", "Name": "n"}


def test_the_same_urn_gets_the_same_id_in_every_run_and_another_when_made_anew(clouds: Clouds, tmp_path: Path) -> None:
    first = clouds.create(VPC, "v", cidrBlock="10.0.0.0/16").id
    elsewhere = Clouds(tmp_path / "other.db").create(VPC, "v", cidrBlock="10.0.0.0/16").id
    second = clouds.create(VPC, "v", cidrBlock="10.0.0.0/16").id

    assert first == elsewhere
    assert first != second


def test_an_account_that_is_not_allowed_is_refused(clouds: Clouds) -> None:
    with pytest.raises(Refused, match=r"AWS account ID not allowed: 123456789012"):
        clouds.configure(region="ap-northeast-1", allowedAccountIds='["210987654321"]')


def test_a_preview_creates_nothing(clouds: Clouds) -> None:
    values = {"cidrBlock": wrapped("10.0.0.0/16")}
    made = answer(clouds.aws.create(protocol.CreateRequest(urn(VPC, "v"), values, 0, True)))

    assert made.resource_id == ""
    assert clouds.store.resources() == []


def test_a_password_is_secret_random_and_known_by_the_id_none(clouds: Clouds) -> None:
    provider = RandomProvider(clouds.store)
    type_ = "random:index/randomPassword:RandomPassword"
    made = []
    for name in ("a", "b"):
        values = {"length": wrapped(40), "special": wrapped(False)}
        made.append(answer(provider.create(protocol.CreateRequest(urn(type_, name), values, 0, False))))

    assert [m.resource_id for m in made] == ["none", "none"]
    assert made[0].properties["result"].is_secret
    assert plain(made[0].properties["result"]) != plain(made[1].properties["result"])
    assert plain(made[0].properties["result"]).isalnum()
