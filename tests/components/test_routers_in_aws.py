"""The AWS router pair: fixed identities, disposable machines, closed doors."""

from __future__ import annotations

import base64
import json

from tests.components.recorder import Engine, deploy

PAIR = "routers"
GROUP = "aws:autoscaling/group:Group"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"


def rules(engine: Engine, type_: str, router: str) -> set[tuple[object, ...]]:
    return {
        (i["ipProtocol"], i.get("fromPort"), i.get("toPort"), i["cidrIpv4"])
        for i in (made.inputs for made in engine.made if made.type == type_ and made.parent == f"{PAIR}-{router}")
    }


def test_nothing_but_the_routers_own_protocols_may_come_in(lab: Engine) -> None:
    assert rules(lab, INGRESS, "aws-a") == {
        ("47", None, None, "10.254.0.0/24"),
        ("udp", 4784, 4784, "10.255.0.42/32"),
        ("icmp", 8, 0, "10.253.0.0/24"),
        ("icmp", 3, 4, "0.0.0.0/0"),
        ("udp", 51820, 51820, "198.51.100.10/32"),
        ("udp", 51824, 51824, "198.51.100.11/32"),
    }


def test_every_way_out_is_stated_and_none_is_open_to_all_protocols(lab: Engine) -> None:
    assert rules(lab, EGRESS, "aws-b") == {
        ("47", None, None, "10.254.0.0/24"),
        ("udp", 4784, 4784, "10.255.0.10/32"),
        ("icmp", -1, -1, "0.0.0.0/0"),
        ("tcp", 443, 443, "0.0.0.0/0"),
        ("udp", 51822, 51822, "198.51.100.10/32"),
        ("udp", 51826, 51826, "198.51.100.11/32"),
    }


def test_a_key_rotation_opens_the_second_port_beside_the_first() -> None:
    rotating = deploy(lambda path: path.update(key_generation={"sakura-a": [1, 2]}))

    ports = {rule[1] for rule in rules(rotating, INGRESS, "aws-a") if rule[3] == "198.51.100.10/32"}

    assert ports == {51820, 51821}


def test_the_launch_template_names_the_fixed_interface_and_no_security_group(lab: Engine) -> None:
    template = lab.the("aws:ec2/launchTemplate:LaunchTemplate", f"{PAIR}-aws-a").inputs

    assert template["networkInterfaces"] == [{"deviceIndex": 0, "networkInterfaceId": f"NetworkInterface-{PAIR}-aws-a"}]
    assert "vpcSecurityGroupIds" not in template
    assert template["metadataOptions"] == {
        "httpEndpoint": "enabled",
        "httpTokens": "required",
        "httpPutResponseHopLimit": 1,
    }
    assert template["blockDeviceMappings"][0]["ebs"] == {"encrypted": "true", "volumeType": "gp3"}


def test_user_data_says_where_the_bundle_is_and_nothing_else(lab: Engine) -> None:
    template = lab.the("aws:ec2/launchTemplate:LaunchTemplate", f"{PAIR}-aws-a")

    assert json.loads(base64.b64decode(template.inputs["userData"])) == {
        "router": "aws-a",
        "region": "ap-northeast-1",
        "bucket": "bundles-physical",
        "parameter_path": "/flets-to-vpc/lab/aws-a",
    }
    assert template.secrets == frozenset()


def test_each_router_is_a_group_of_one_whose_machine_leaves_before_the_next_comes(lab: Engine) -> None:
    group = lab.the(GROUP, f"{PAIR}-aws-b")

    assert (group.inputs["minSize"], group.inputs["maxSize"], group.inputs["desiredCapacity"]) == (1, 1, 1)
    assert group.inputs["availabilityZones"] == ["ap-northeast-1c"]
    assert "vpcZoneIdentifiers" not in group.inputs
    assert group.inputs["launchTemplate"]["version"] == "1"
    assert group.inputs["instanceMaintenancePolicy"] == {"minHealthyPercentage": 0, "maxHealthyPercentage": 100}
    assert group.inputs["initialLifecycleHooks"] == [
        {
            "name": "drain",
            "lifecycleTransition": "autoscaling:EC2_INSTANCE_TERMINATING",
            "heartbeatTimeout": 900,
            "defaultResult": "CONTINUE",
        }
    ]
    assert group.options.deleteBeforeReplace


def test_a_machine_carries_the_tags_by_which_ssm_finds_it(lab: Engine) -> None:
    tags = {(tag["key"], tag["value"]) for tag in lab.the(GROUP, f"{PAIR}-aws-a").inputs["tags"]}

    assert tags == {("Name", "aws-a"), ("flets-to-vpc:stack", "lab"), ("flets-to-vpc:router", "aws-a")}


def test_a_machine_waits_for_its_address_rules_and_rights_but_for_no_machine_in_sakura(lab: Engine) -> None:
    after = lab.the(GROUP, f"{PAIR}-aws-a").after

    assert f"aws:ec2/eip:Eip::{PAIR}-aws-a" in after
    assert f"{INGRESS}::{PAIR}-aws-a-in-gre" in after
    assert f"aws:iam/rolePolicy:RolePolicy::{PAIR}-aws-a" in after
    assert f"{INGRESS}::{PAIR}-aws-a-in-wg-sakura-a-0" not in after, "it would wait for Sakura's servers"


def test_an_elastic_ip_waits_for_the_internet_gateway(lab: Engine) -> None:
    after = lab.the("aws:ec2/eip:Eip", f"{PAIR}-aws-a").after

    assert "aws:ec2/internetGateway:InternetGateway::router-vpc" in after


def test_forwarded_packets_pass_the_interface(lab: Engine) -> None:
    interface = lab.the("aws:ec2/networkInterface:NetworkInterface", f"{PAIR}-aws-a").inputs

    assert interface["sourceDestCheck"] is False
    assert interface["privateIps"] == ["10.255.0.10"]
