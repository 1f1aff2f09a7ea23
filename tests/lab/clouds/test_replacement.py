"""What a changed create-only input does: a replacement, and a collision where the old one must go first."""

from __future__ import annotations

import pytest

from lab.clouds.kind import Refused
from tests.lab.clouds.cloud import Clouds
from tests.lab.clouds.standing import (
    ATTACHMENT,
    CONNECT_PEER,
    CORE_POLICY,
    GROUP,
    GROUP_A,
    INTERFACE,
    INTERFACE_A,
    PARAMETER,
    PEER_A,
    ROLE,
    trust,
)


def test_every_input_of_a_connect_peer_replaces_it(gateway: Clouds) -> None:
    gateway.create(CONNECT_PEER, "peer", **PEER_A)
    changes = {"peerAddress": "10.0.0.11", "transitGatewayAddress": "10.99.0.2", "bgpAsn": "64514",
               "insideCidrBlocks": ["169.254.7.0/29"]}  # fmt: skip

    for name, value in changes.items():
        assert gateway.diff("peer", **{name: value}).replaces == [name]
    assert gateway.diff("peer", tags={"Name": "x"}).replaces == []


def test_a_new_connect_peer_collides_with_the_one_it_replaces(gateway: Clouds) -> None:
    """So the program must delete first: both want the same addresses."""
    gateway.create(CONNECT_PEER, "peer", **PEER_A)
    with pytest.raises(Refused, match=r"InvalidParameterValue: .* uses the pair 10.99.0.1 and 10.0.0.10"):
        gateway.create(CONNECT_PEER, "peer", **{**PEER_A, "bgpAsn": "64514"})
    gateway.delete("peer")
    gateway.create(CONNECT_PEER, "peer", **{**PEER_A, "bgpAsn": "64514"})


def test_a_new_interface_collides_with_the_one_it_replaces(network: Clouds) -> None:
    with pytest.raises(Refused, match=r"InvalidIPAddress.InUse: address 10.0.0.10"):
        network.create(INTERFACE, "interface-a", **INTERFACE_A)


def test_a_new_group_collides_with_the_machine_of_the_one_it_replaces(machine: Clouds) -> None:
    hook = {"name": "drain", "lifecycleTransition": "autoscaling:EC2_INSTANCE_TERMINATING"}
    changed = {**GROUP_A, "initialLifecycleHooks": [hook]}
    assert machine.diff("group-a", initialLifecycleHooks=[hook]).replaces == ["initialLifecycleHooks"]
    with pytest.raises(Refused, match=r"InvalidNetworkInterface.InUse: .* by the machine of group-a"):
        machine.create(GROUP, "group-a", **changed)
    machine.delete("group-a")
    machine.create(GROUP, "group-a", **changed)


def test_what_has_a_stated_name_is_deleted_before_its_replacement_and_what_has_not_gets_another(
    identities: Clouds,
) -> None:
    """As Pulumi's bridge does it: the old one holds the name."""
    identities.create(PARAMETER, "stated", name="/t/x", type="String", value="x")
    identities.create(ROLE, "unnamed", assumeRolePolicy=trust("ec2.amazonaws.com"))
    of_stated = identities.diff("stated", type="SecureString")
    of_unnamed = identities.diff("unnamed", path="/routers/")

    assert (of_stated.replaces, of_stated.delete_before_replace) == (["type"], True)
    assert (of_unnamed.replaces, of_unnamed.delete_before_replace) == (["path"], False)


def test_a_change_in_place_asks_for_no_deletion(identities: Clouds) -> None:
    identities.create(PARAMETER, "stated", name="/t/x", type="String", value="x")
    found = identities.diff("stated", value="y")

    assert (found.diffs, found.replaces, found.delete_before_replace) == (["value"], [], False)


def test_a_reordered_list_whose_order_means_nothing_is_no_change(gateway: Clouds) -> None:
    assert not gateway.diff("transport", subnetIds=["$subnet-c", "$subnet-a"]).changes
    assert gateway.diff("transport", subnetIds=["$subnet-c"]).replaces == []


def test_an_attachment_of_a_policy_names_role_and_policy_for_good(identities: Clouds) -> None:
    identities.create(ATTACHMENT, "second", role="node", policyArn=f"{CORE_POLICY}2")
    assert identities.diff("second", policyArn=f"{CORE_POLICY}3").replaces == ["policyArn"]
