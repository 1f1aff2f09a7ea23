"""A run that ends in the middle: what exists is in the state, and the next run goes on from there."""

from __future__ import annotations

import signal

from tests.lab.engine.changes import a_vpc_added, a_vpc_removed, another_ami
from tests.lab.engine.lab_stack import Stack

PEER = "connectPeer:ConnectPeer::connect-aws-b"
GROUP = "autoscaling/group:Group::routers-aws-a"
ATTACHMENT = "vpcAttachment:VpcAttachment::"


def test_a_refused_creation_leaves_what_was_made_and_the_next_up_makes_only_the_rest(tmp_path, first_up: Stack) -> None:
    stack = Stack(tmp_path / "stack")
    refused = stack.run("up", fault=f"create {PEER}")

    assert refused.returncode == 1
    assert f"{PEER}: InternalError: an internal error has occurred" in refused.stderr
    made = stack.made()
    assert made == stack.known()
    assert not any(urn.endswith(PEER) for urn in made)

    stack.done("up")
    created = {urn for urn, action in stack.actions().items() if action == "created"}
    assert any(urn.endswith(PEER) for urn in created)
    assert not {urn for urn in made if urn in created}
    assert stack.made() == stack.known() == first_up.made()


def test_a_refused_update_keeps_the_old_resource_and_the_next_up_repeats_it_alone(deployed: Stack) -> None:
    refused = deployed.run("up", another_ami, fault=f"update {GROUP}")

    assert refused.returncode == 1
    assert deployed.made() == deployed.known()

    deployed.done("up", another_ami)
    assert [urn for urn, action in deployed.actions().items() if action == "updated" and urn.endswith(GROUP)]
    assert sum(action != "same" for action in deployed.actions().values()) == 1


def test_a_refused_deletion_stays_in_the_state_and_the_next_up_deletes_it(deployed: Stack) -> None:
    refused = deployed.run("up", a_vpc_removed, fault=f"delete {ATTACHMENT}vpc-1")

    assert refused.returncode == 1
    assert deployed.made() == deployed.known()
    assert any(urn.endswith(f"{ATTACHMENT}vpc-1") for urn in deployed.made())

    deployed.done("up", a_vpc_removed)
    assert deployed.made() == deployed.known()
    assert not any(urn.endswith("::vpc-1") for urn in deployed.made())


def test_an_engine_that_is_killed_in_the_middle_leaves_clouds_and_state_of_one_mind(deployed: Stack) -> None:
    before = deployed.resources()
    killed = deployed.run("up", a_vpc_added, fault=f"kill {ATTACHMENT}vpc-3")

    assert killed.returncode == -signal.SIGKILL
    deployed.done("up")
    assert set(deployed.actions().values()) == {"same"}
    assert deployed.resources() == before
    deployed.done("up", a_vpc_added)
    assert deployed.made() == deployed.known()


def test_the_outputs_of_the_last_run_outlive_one_that_is_refused(deployed: Stack) -> None:
    before = (deployed.folder / "outputs.json").read_text()
    refused = deployed.run("up", lambda path: path.update(overlay_cidr="10.20.0.0/24"))

    assert refused.returncode == 2
    assert (deployed.folder / "outputs.json").read_text() == before
