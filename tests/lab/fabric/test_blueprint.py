from __future__ import annotations

import pytest

from lab.fabric.blueprint import Address, Blueprint, End, Link, Namespace, link_part


def test_parts_that_name_one_namespace_add_up() -> None:
    one = Namespace(name="internet", is_router=True, addresses=(Address(device="lo", address="192.0.2.1/32"),))
    other = Namespace(name="internet", rules=("pref 1 lookup 2",), ruleset="table ip fabric")
    (space,) = Blueprint.join([Blueprint(namespaces=(one,)), Blueprint(namespaces=(other,))]).namespaces
    assert (space.is_router, space.addresses, space.rules) == (True, one.addresses, other.rules)
    assert space.ruleset == "table ip fabric"


def test_two_rule_sets_of_one_namespace_are_refused() -> None:
    part = Blueprint(namespaces=(Namespace(name="internet", ruleset="table ip fabric"),))
    with pytest.raises(ValueError, match="internet"):
        Blueprint.join([part, part])


def test_each_end_of_a_link_knows_the_other_without_arp() -> None:
    near = End(netns="vpc", device="tgw", mac="02:00:00:00:00:01", mtu_bytes=8500)
    far = End(netns="gateway", device="vpc-app", mac="02:00:00:00:00:02", mtu_bytes=8500)
    spaces = {space.name: space for space in link_part(Link(near=near, far=far)).namespaces}
    assert [n.text for n in spaces["vpc"].neighbours] == ["169.254.0.1 lladdr 02:00:00:00:00:02 dev tgw nud permanent"]
    assert [n.mac for n in spaces["gateway"].neighbours] == ["02:00:00:00:00:01"]
