"""What routers are asked to reach besides tunnels and sessions, and over which device."""

from __future__ import annotations

from ipaddress import IPv4Interface
from types import SimpleNamespace
from typing import Any

from lab.proof import reach
from lab.proof.facts import Device, NodeFacts

ROUTERS = {
    "aws-a": {"private_address": "10.255.0.10", "public_address": "203.0.113.10"},
    "aws-b": {"private_address": "10.255.0.42", "public_address": "203.0.113.11"},
    "sakura-a": {"private_address": "172.16.0.2", "public_address": "198.51.100.10"},
}


def router(name: str, loopback: str, *, has_bundle: bool = True) -> NodeFacts:
    nothing: dict[str, Any] = {k: {} for k in ("bgp", "bfd", "handshake_age_s", "listen_ports")}
    addresses = {"lo": ("127.0.0.1/8", f"{loopback}/32"), "gre-gateway": ("169.254.6.1/29",)}
    devices = {
        device: Device(mtu_bytes=1500, addresses=tuple(map(IPv4Interface, own))) for device, own in addresses.items()
    }
    return NodeFacts(
        name=name, has_bundle=has_bundle, bundle_version="1", last="", wanted_bgp=(), wanted_bfd=(), failed_units=(),
        routes=(), wanted_prefixes=(), devices=devices, **nothing,
    )  # fmt: skip


def scene(exit_codes: dict[str, int] | None = None) -> Any:
    """Routers whose programs of a name end with an exit code; others with 0."""
    codes = exit_codes or {}
    node = SimpleNamespace(run=lambda argv: SimpleNamespace(returncode=codes.get(argv[0], 0)))
    return SimpleNamespace(
        routers=ROUTERS,
        world=SimpleNamespace(region="ap-northeast-1"),
        resource=lambda hop: hop,
        booted=dict.fromkeys(ROUTERS, node),
    )


FACTS = {
    "aws-a": router("aws-a", "10.253.0.3"),
    "aws-b": router("aws-b", "10.253.0.4"),
    "sakura-a": router("sakura-a", "10.253.0.1"),
}


def test_every_router_asks_for_aws_and_each_aws_router_for_its_sibling_through_the_gateway() -> None:
    asked = reach.questions(scene(), FACTS)

    assert sorted((q.router, q.argv[0]) for q in asked) == [
        ("aws-a", "ping"), ("aws-a", "timeout"), ("aws-b", "ping"), ("aws-b", "timeout"), ("sakura-a", "timeout"),
    ]  # fmt: skip


def test_the_sibling_is_asked_by_the_gre_device_from_the_loopback_at_its_own_nic() -> None:
    (question,) = [q for q in reach.questions(scene(), FACTS) if (q.router, q.argv[0]) == ("aws-a", "ping")]

    assert question.argv[-5:] == ("-I", "gre-gateway", "-I", "10.253.0.3", "10.255.0.42")
    assert question.concerns("10.255.0.42", "10.253.0.3")
    assert not question.concerns("10.255.0.10", "10.255.0.42")


def test_a_router_without_a_bundle_neither_asks_nor_is_asked() -> None:
    asked = reach.questions(scene(), {**FACTS, "aws-b": router("aws-b", "10.253.0.4", has_bundle=False)})

    assert sorted((q.router, q.argv[0]) for q in asked) == [("aws-a", "timeout"), ("sakura-a", "timeout")]


def test_what_nobody_answers_is_told_at_its_hop() -> None:
    asked = reach.questions(scene(), FACTS)

    silent = reach.unanswered(scene({"ping": 1}), asked)

    assert [q.unanswered.hop for q in silent] == ["gre:aws-a", "gre:aws-b"]
    assert reach.unanswered(scene(), asked) == ()
