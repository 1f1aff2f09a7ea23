"""What a mending must bring back, compared with how it was: differences are told in words."""

from __future__ import annotations

from typing import Any

from lab.drills.calm import Look, states
from lab.fabric.observe import GatewayRoute

LOCK = "/flets-to-vpc/lab/roll-out-lock/aws"


def look(**values: Any) -> Look:
    made = {"down": (), "virtual_ip_holders": ("sakura-a",), "tables": {}}
    return Look(**{**made, **values})


def test_a_lab_as_it_was_has_no_differences():
    drained = look(states=("aws-a: asks the others for another way",), locks=(LOCK,))

    assert look().differences(look()) == ()
    assert drained.differences(drained) == ()


def test_a_roll_out_lock_that_nobody_gave_back_is_a_difference():
    assert look(locks=(LOCK,)).differences(look()) == (f"parameter {LOCK} was not there",)
    assert look().differences(look(locks=(LOCK,))) == (f"parameter {LOCK} is gone",)


def test_a_takeover_that_has_not_ended_a_drain_and_withheld_prefixes_are_differences():
    watch = {"takeover": ["10.0.0.0/9", "10.128.0.0/9"], "draining": True, "withheld": True}
    now = look(states=tuple(f"aws-b: {words}" for words in states(watch)))

    assert now.differences(look()) == (
        "aws-b: asks the others for another way was not there",
        "aws-b: takeover of 10.0.0.0/9, 10.128.0.0/9 was not there",
        "aws-b: withholds what it announces across its tunnels was not there",
    )


def test_a_router_that_carries_its_own_part_alone_does_nothing_beside():
    assert list(states({"ready": True, "takeover": [], "draining": False, "withheld": False})) == []
    assert list(states({})) == []


def test_routes_of_the_gateway_are_told_by_their_table():
    def table(*next_hops: str) -> dict[str, tuple[GatewayRoute, ...]]:
        return {"tgw-rtb-1": (GatewayRoute(destination="10.0.0.0/8", next_hops=next_hops),)}

    assert look(tables=table("gre:aws-b")).differences(look(tables=table("gre:aws-a", "gre:aws-b"))) == (
        "tgw-rtb-1: 10.0.0.0/8 by gre:aws-b was not there",
        "tgw-rtb-1: 10.0.0.0/8 by gre:aws-a, gre:aws-b is gone",
    )


def test_who_holds_the_virtual_address_is_told():
    assert look(virtual_ip_holders=()).differences(look()) == ("the virtual address is at no router",)
