from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from lab.api import metadata
from lab.api.access import Session
from lab.api.machines import MachineFacts, machine_facts
from lab.api.metadata import Metadata
from lab.api.refusals import Refused
from lab.nodes.ssm_agent.sigv4 import Credentials
from tests.lab.api import deployment
from tests.lab.api.deployment import REGION, VPC


def session_for(role: str, instance_id: str) -> Session:
    if role != "role-aws-a":
        raise Refused("access denied", "no trust")
    credentials = Credentials(access_key_id="ASIATEST", secret_access_key="test", session_token="test")
    return Session(role=role, name=instance_id, credentials=credentials, expires=datetime.now(UTC) + timedelta(hours=6))


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> MachineFacts:
    folder = tmp_path_factory.mktemp("deployed")
    deployment.deploy(folder)
    (found,) = machine_facts(deployment.clouds(folder), REGION)
    return found


@pytest.fixture(scope="module")
def served(machine: MachineFacts) -> Iterator[tuple[str, int]]:
    """Metadata served on loopback, where every asker is 127.0.0.1."""
    source = Metadata(session_for)
    source.load((replace(machine, address="127.0.0.1"),))
    listening = socket.create_server(("127.0.0.1", 0))
    server = metadata.serve(source, VPC, listening)
    yield listening.getsockname()
    server.shutdown()
    server.server_close()


def ask(served: tuple[str, int], method: str, path: str, **headers: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection(*served, timeout=5)
    connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    answer = connection.getresponse()
    found = answer.status, answer.read().decode()
    connection.close()
    return found


def token(served: tuple[str, int]) -> dict[str, str]:
    _, text = ask(served, "PUT", "/latest/api/token", X_aws_ec2_metadata_token_ttl_seconds="60")
    return {"X_aws_ec2_metadata_token": text}


def test_a_read_without_a_token_is_refused(served: tuple[str, int]) -> None:
    assert ask(served, "GET", "/latest/meta-data/instance-id")[0] == 401
    assert ask(served, "GET", "/latest/meta-data/instance-id", X_aws_ec2_metadata_token="made up")[0] == 401


@pytest.mark.parametrize("seconds", ["", "0", "21601", "abc"])
def test_a_token_lives_between_one_second_and_six_hours(served: tuple[str, int], seconds: str) -> None:
    assert ask(served, "PUT", "/latest/api/token", X_aws_ec2_metadata_token_ttl_seconds=seconds)[0] == 400


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("meta-data/placement/region", REGION),
        ("meta-data/placement/availability-zone", f"{REGION}a"),
        ("meta-data/local-ipv4", "10.255.0.10"),
        ("meta-data/mac", "02:00:00:00:00:0a"),
        ("meta-data/autoscaling/target-lifecycle-state", "InService"),
        ("meta-data/tags/instance/flets-to-vpc:router", "aws-a"),
        ("meta-data/iam/security-credentials/", "role-aws-a"),
        ("meta-data/placement/", "availability-zone\nregion"),
    ],
)
def test_an_instance_reads_what_was_deployed(served: tuple[str, int], path: str, text: str) -> None:
    assert ask(served, "GET", f"/latest/{path}", **token(served)) == (200, text)


def test_user_data_is_the_boot_object_decoded(served: tuple[str, int]) -> None:
    _, text = ask(served, "GET", "/latest/user-data", **token(served))

    assert json.loads(text)["router"] == "aws-a"


def test_the_roles_credentials_are_there(served: tuple[str, int]) -> None:
    _, text = ask(served, "GET", "/latest/meta-data/iam/security-credentials/role-aws-a", **token(served))

    found = json.loads(text)
    assert (found["Code"], found["AccessKeyId"]) == ("Success", "ASIATEST")


def test_what_is_not_there_is_not_found(served: tuple[str, int]) -> None:
    held = token(served)

    assert ask(served, "GET", "/latest/meta-data/nothing", **held)[0] == 404
    assert ask(served, "GET", "/latest/meta-data/iam/security-credentials/role-aws-b", **held)[0] == 404


def test_another_machines_token_is_no_good(machine: MachineFacts) -> None:
    source = Metadata(session_for)
    other = replace(machine, instance_id="i-other")
    made = source.make_token(other, "60")

    assert source.admits(other, made)
    assert not source.admits(machine, made)


def test_only_the_interfaces_address_in_its_vpc_is_answered(machine: MachineFacts) -> None:
    source = Metadata(session_for)
    source.load((machine,))

    assert source.machine(VPC, "10.255.0.10") is machine
    assert source.machine(VPC, "10.255.0.11") is None
    assert source.machine("vpc-other", "10.255.0.10") is None


def test_a_role_that_does_not_trust_ec2_gives_no_credentials(machine: MachineFacts) -> None:
    source = Metadata(session_for)
    foreign = replace(machine, role="role-of-another-service")

    found = source.read(foreign, "meta-data/iam/security-credentials/role-of-another-service")

    assert json.loads(found or b"")["Code"] == "AssumeRoleUnauthorizedAccess"


def test_version_1_is_open_only_where_the_template_leaves_it_open(deployed_folder: Path) -> None:
    deployment.change(
        deployed_folder, "aws:ec2/launchTemplate:LaunchTemplate", "lt-0a", metadataOptions={"httpTokens": "optional"}
    )
    (machine,) = machine_facts(deployment.clouds(deployed_folder), REGION)

    assert Metadata(session_for).admits(machine, None)


def test_metadata_that_is_switched_off_knows_no_machine(deployed_folder: Path) -> None:
    deployment.change(
        deployed_folder, "aws:ec2/launchTemplate:LaunchTemplate", "lt-0a", metadataOptions={"httpEndpoint": "disabled"}
    )

    assert machine_facts(deployment.clouds(deployed_folder), REGION) == ()


def test_tags_are_hidden_unless_the_template_shows_them(deployed_folder: Path) -> None:
    deployment.change(
        deployed_folder, "aws:ec2/launchTemplate:LaunchTemplate", "lt-0a", metadataOptions={"httpTokens": "required"}
    )
    (machine,) = machine_facts(deployment.clouds(deployed_folder), REGION)

    assert Metadata(session_for).read(machine, "meta-data/tags/instance/Name") is None
