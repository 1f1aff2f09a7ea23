from __future__ import annotations

from pathlib import Path

from lab.fabric.capture import capture_points
from lab.fabric.wiring import Wiring, wire
from tests.lab.fabric.deployed import Deployed, world


def _wired(deployed: Deployed | None = None) -> Wiring:
    return wire((deployed or Deployed()).clouds(), world(), "userspace", Path("/run/x"))


def test_every_namespace_of_the_contract_is_there() -> None:
    names = {space.name for space in _wired().blueprint.namespaces}
    assert names == {
        *("internet", "api", "stranger", "gateway", "shared", "switch", "closed-gateway"),
        *("vpc-router", "vpc-app", "vpc-shared", "host-router-a", "host-router-c"),
        *("host-app-a", "host-app-c", "host-shared-a", "host-shared-c"),
        *("site-store-001", "site-store-002", "site-plant-01"),
        *("aws-a", "aws-b", "sakura-a", "sakura-b"),
    }


def test_a_good_deployment_has_no_findings() -> None:
    assert _wired().inventory.findings == ()


def test_wiring_is_a_pure_function_of_what_it_is_given() -> None:
    assert _wired().blueprint == _wired().blueprint


def test_no_two_links_meet_in_one_device() -> None:
    ends = [(end.netns, end.device) for link in _wired().blueprint.links for end in link.ends]
    assert len(ends) == len(set(ends))


def test_nodes_tell_the_lab_how_they_are_plugged_in() -> None:
    nodes = {node.name: node for node in _wired().inventory.nodes}
    assert nodes["aws-a"].internet.fabric_device == "eni-aws-a"
    assert str(nodes["aws-a"].internet.gateway) == "10.255.0.1"
    assert nodes["sakura-b"].startup_notes[0].id == "note-sakura-b"


def test_a_machine_without_an_interface_is_no_node_but_a_finding() -> None:
    deployed = Deployed()
    deployed.change("ec2/LaunchTemplate", "lt-aws-a", networkInterfaces=[])
    inventory = _wired(deployed).inventory
    assert "aws-a" not in {node.name for node in inventory.nodes}
    assert [finding.hop for finding in inventory.findings] == ["aws-a"]


def test_each_hop_of_the_path_can_be_watched() -> None:
    points = capture_points(_wired())
    assert {point.hop for point in points} == {
        *("site:store-001", "site:store-002", "site:plant-01", "closed-network"),
        *("sakura-a", "sakura-b", "aws-a", "aws-b", "gre:aws-a", "gre:aws-b", "gateway"),
        *("vpc:app", "vpc:router", "vpc:shared"),
    }


def test_watched_devices_exist() -> None:
    wiring = _wired()
    made = {(end.netns, end.device) for link in wiring.blueprint.links for end in link.ends}
    made |= {("gateway", "gre-aws-a"), ("gateway", "gre-aws-b")}
    assert {(point.netns, point.device) for point in capture_points(wiring)} <= made


def test_every_router_is_guarded_by_its_groups_or_its_packet_filter() -> None:
    deployed = Deployed()
    deployed.change("ec2/NetworkInterface", "eni-aws-b", securityGroups=[])

    guards = _wired(deployed).guards

    assert {name: guards[name] for name in ("aws-a", "aws-b", "sakura-a")} == {
        "aws-a": "sg-aws-a",
        "aws-b": "",
        "sakura-a": "filter-sakura-a",
    }
