"""A router's answers are read as they come, also half of them."""

from __future__ import annotations

import json
from ipaddress import IPv4Address

import pytest

from lab.proof.facts import QUESTIONS, parse

AGENT: dict[str, object] = {
    "bgp_neighbors": ["10.253.0.17"],
    "bfd_peers": ["10.253.0.17"],
    "sibling_bfd": "10.253.0.4",
    "prefixes": {"sites": ["192.168.1.0/24"], "vpcs": ["10.20.0.0/20"]},
}
ANSWERS = [
    json.dumps(AGENT),
    json.dumps({"bundle_version": "0123456789ab", "last": "every unit started"}),
    json.dumps({"peers": {"10.253.0.17": {"state": "Established"}}}),
    json.dumps([{"peer": "10.253.0.17", "status": "up"}]),
    "wg-aws-a-0\tsome-key=\t990\nwg-aws-b-0\tother-key=\t0",
    "wg-aws-a-0\t51820",
    json.dumps([{"ifname": "wg-aws-a-0", "mtu": 1440, "addr_info": [{"local": "10.253.0.16", "prefixlen": 31}]}]),
    "frr.service",
    json.dumps(
        [
            {"dst": "default", "gateway": "10.255.0.1", "dev": "internet"},
            {"dst": "192.168.1.0/24", "nexthops": [{"dev": "wg-sakura-a-0"}, {"dev": "wg-sakura-b-0"}]},
        ]
    ),
    json.dumps({"ready": False, "why_not_ready": ["no tunnel works"]}),
    "",
]

NOT_REGISTERED = "ERROR Registration failed due to error registering the instance with AWS SSM."


def test_a_router_says_what_it_has_and_what_it_should_have():
    facts = parse("sakura-a", ANSWERS, now_s=1000.0)

    assert (facts.bundle_version, facts.last) == ("0123456789ab", "every unit started")
    assert facts.wanted_bfd == ("10.253.0.17", "10.253.0.4")
    assert facts.bgp == {"10.253.0.17": "Established"}
    assert facts.bfd == {"10.253.0.17": "up"}
    assert facts.handshake_age_s == {"wg-aws-a-0": 10.0}, "no handshake yet is no handshake"
    assert facts.listen_ports == {"wg-aws-a-0": 51820}
    assert facts.device_towards("10.253.0.17") == "wg-aws-a-0"
    assert facts.holds(IPv4Address("10.253.0.16"))
    assert facts.failed_units == ("frr.service",)
    assert facts.wanted_prefixes == ("192.168.1.0/24", "10.20.0.0/20")
    assert facts.routes == ("default", "192.168.1.0/24")
    assert facts.ways == {"default": ("internet",), "192.168.1.0/24": ("wg-sakura-a-0", "wg-sakura-b-0")}
    assert facts.why_not_ready == ("no tunnel works",)


def test_a_router_without_its_bundle_has_nothing():
    facts = parse("aws-a", [""] * len(QUESTIONS), now_s=1000.0)

    assert not facts.has_bundle
    assert (facts.bgp, facts.bfd, facts.devices) == ({}, {}, {})
    assert facts.why_not_ready, "who has not judged itself is not ready"


@pytest.mark.parametrize(
    ("says", "is_refused"),
    [
        ("parameter /a/bundle: AWS answers AccessDeniedException: not authorized; trying again", True),
        ("bundle 0123456789ab is for aws-a, this router is aws-b; trying again", True),
        ("bundle of 9 bytes has SHA-256 0123..., its pointer demands 4567...: truncated; trying again", True),
        (f"{NOT_REGISTERED} ActivationExpired: Activation 1 has expired.", True),
        (f"{NOT_REGISTERED} InvalidActivation: Activation 1 has reached its registration limit of 1.", True),
        (f"{NOT_REGISTERED} RequestError: ssm.ap-northeast-1.amazonaws.com: timed out", False),
        ("parameter /a/bundle: AWS is not reached: Connect timeout; trying again", False),
        ("no boot object: no file of that name, and instance metadata says no; trying again", False),
        ("bundle 0123456789ab is installed; starting the path", False),
    ],
)
def test_a_router_is_refused_its_bundle_when_aws_was_reached_and_its_answer_is_of_no_use(says, is_refused):
    facts = parse("aws-b", [*[""] * (len(QUESTIONS) - 1), says], now_s=1000.0)

    assert facts.refused == (says if is_refused else "")


def test_no_question_prints_keys():
    assert not any("dump" in question or "private" in question for question in QUESTIONS)
