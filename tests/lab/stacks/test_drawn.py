"""A drawn stack: follows from its seed, differs from the next, and reaches the corners of what may be stated."""

from __future__ import annotations

import json
from ipaddress import IPv4Network
from random import Random
from typing import Any

from lab.stacks.drawn import stack

STACKS = [stack(Random(number))["flets-to-vpc:path"] for number in range(150)]


def sites() -> list[dict[str, Any]]:
    return [site for path in STACKS for site in path["sites"]]


def test_the_same_seed_draws_the_same_stack() -> None:
    assert stack(Random("7-1")) == stack(Random("7-1")) != stack(Random("7-2"))


def test_a_stack_is_what_a_stack_file_can_hold() -> None:
    assert json.loads(json.dumps(STACKS)) == STACKS


def test_every_number_of_sites_and_vpcs_is_drawn() -> None:
    assert {len(path["sites"]) for path in STACKS} == set(range(1, 13))
    assert {len(path["vpcs"]) for path in STACKS} == set(range(1, 7))


def test_sites_speak_bgp_in_none_some_and_all_of_them() -> None:
    large = [path["sites"] for path in STACKS if len(path["sites"]) > 3]
    shares = {sum("bgp" in site for site in each) / len(each) for each in large}
    assert {0.0, 1.0} < shares


def test_prefixes_are_hosts_links_and_blocks_and_many_at_one_site() -> None:
    lengths = {IPv4Network(prefix).prefixlen for site in sites() for prefix in site["prefixes"]}
    assert {12, 24, 30, 31, 32} <= lengths
    assert max(len(site["prefixes"]) for site in sites()) >= 10


def test_vpcs_are_new_and_existing_in_one_to_three_zones() -> None:
    vpcs = [vpc for path in STACKS for vpc in path["vpcs"]]
    assert {len(vpc["zones"]) for vpc in vpcs if "zones" in vpc} == {1, 2, 3}
    assert {len(vpc["cidrs"]) for vpc in vpcs if "existing" in vpc} == {1, 2}


def test_bfd_is_off_fast_and_slow_and_keys_rotate() -> None:
    assert {path["timers"]["bfd_ms"] for path in STACKS if "timers" in path} == {0, 50, 100, 300}
    assert any(len(generations) == 2 for path in STACKS for generations in path["key_generation"].values())
    assert any(path.get("aggregate") for path in STACKS)
    assert {path.get("takeover") for path in STACKS} == {None, True, False}


def test_ids_are_in_no_order() -> None:
    numbers = [[site["id"] for site in path["sites"]] for path in STACKS]
    assert any(ids != sorted(ids) for ids in numbers)
