from __future__ import annotations

from dataclasses import replace

from lab.fabric.blueprint import Address, Blueprint, Device, End, Link, Namespace, Neighbour, Program, Route
from lab.fabric.changes import Changes, NamespaceChange, changes

LINK = Link(
    near=End(netns="vpc", device="eni", mac="02:00:00:00:00:01", mtu_bytes=9001),
    far=End(netns="node", device="internet", mac="02:00:00:00:00:02", mtu_bytes=9001),
)
VPC = Namespace(
    name="vpc",
    is_router=True,
    neighbours=(Neighbour(device="eni", address="10.0.0.10", mac="02:00:00:00:00:02"),),
    routes=(
        Route(destination="10.0.0.10/32", device="eni"),
        Route(destination="default", device="igw", via="169.254.0.1", table=100),
    ),
    rules=("pref 100 iif eni lookup 100",),
    ruleset="table ip one",
)
NODE = Namespace(
    name="node",
    addresses=(Address(device="internet", address="10.0.0.10/28"),),
    routes=(Route(destination="default", device="internet", via="10.0.0.1"),),
)
BIRD = Program(name="bird", netns="vpc", argv=("bird",), files={"/x": "one"}, reload_argv=("birdc", "configure"))
WHOLE = Blueprint(namespaces=(VPC, NODE), links=(LINK,), programs=(BIRD,))


def _inside(todo: Changes, name: str) -> NamespaceChange:
    return next(change for change in todo.inside if change.name == name)


def _with_vpc(vpc: Namespace) -> Blueprint:
    return replace(WHOLE, namespaces=(vpc, NODE))


def test_equal_blueprints_need_nothing() -> None:
    assert not any(vars(changes(WHOLE, WHOLE)).values())


def test_the_first_time_everything_is_made() -> None:
    todo = changes(Blueprint(), WHOLE)
    assert [space.name for space in todo.new_namespaces] == ["vpc", "node"]
    assert len(todo.create) == 1
    assert todo.start == (BIRD,)
    lines = _inside(todo, "vpc").additions
    assert lines.index("link set eni up") < lines.index("route replace 10.0.0.10/32 dev eni table main")


def test_a_route_with_another_next_hop_is_replaced_and_never_missing() -> None:
    moved = replace(VPC.routes[1], device="tgw")
    todo = changes(WHOLE, _with_vpc(replace(VPC, routes=(VPC.routes[0], moved))))
    assert _inside(todo, "vpc").removals == ()
    assert _inside(todo, "vpc").additions == (f"route replace {moved.text}",)


def test_a_route_that_goes_is_deleted() -> None:
    todo = changes(WHOLE, _with_vpc(replace(VPC, routes=VPC.routes[:1])))
    assert _inside(todo, "vpc").removals == ("route delete default via 169.254.0.1 dev igw onlink table 100",)


def test_an_equal_rule_set_is_not_loaded_again() -> None:
    todo = changes(WHOLE, _with_vpc(replace(VPC, rules=())))
    assert _inside(todo, "vpc").ruleset is None
    todo = changes(WHOLE, _with_vpc(replace(VPC, ruleset="table ip two")))
    assert _inside(todo, "vpc") == NamespaceChange(name="vpc", ruleset="table ip two")


def test_a_link_made_anew_gets_its_routes_and_neighbours_again() -> None:
    link = replace(LINK, far=replace(LINK.far, mac="02:00:00:00:00:99"))
    todo = changes(WHOLE, replace(WHOLE, links=(link,)))
    assert todo.remove_devices == (("vpc", "eni"),)
    assert f"route replace {VPC.routes[0].text}" in _inside(todo, "vpc").additions
    assert f"neigh replace {VPC.neighbours[0].text}" in _inside(todo, "vpc").additions
    assert f"route replace {VPC.routes[1].text}" not in _inside(todo, "vpc").additions
    assert f"address replace {NODE.addresses[0].text}" in _inside(todo, "node").additions


def test_another_mtu_is_set_on_the_standing_link() -> None:
    link = replace(LINK, near=replace(LINK.near, mtu_bytes=1500))
    todo = changes(WHOLE, replace(WHOLE, links=(link,)))
    assert not todo.remove_devices
    assert _inside(todo, "vpc").additions == ("link set eni mtu 1500",)


def test_a_device_that_loses_its_address_gets_its_routes_again() -> None:
    node = replace(NODE, addresses=(Address(device="internet", address="10.0.0.9/28"),))
    todo = changes(WHOLE, replace(WHOLE, namespaces=(VPC, node)))
    assert _inside(todo, "node").removals == ("address delete 10.0.0.10/28 dev internet",)
    assert f"route replace {NODE.routes[0].text}" in _inside(todo, "node").additions


def test_a_device_that_loses_its_address_gets_its_neighbours_again() -> None:
    router = Neighbour(device="internet", address="10.0.0.1", mac="02:00:00:00:00:01")
    before = replace(NODE, neighbours=(router,))
    after = replace(before, addresses=(Address(device="internet", address="10.0.0.9/28"),))
    todo = changes(replace(WHOLE, namespaces=(VPC, before)), replace(WHOLE, namespaces=(VPC, after)))
    assert f"neigh replace {router.text}" in _inside(todo, "node").additions


def test_a_namespace_that_goes_takes_its_link_along() -> None:
    todo = changes(WHOLE, Blueprint(namespaces=(VPC,), programs=(BIRD,)))
    assert todo.remove_devices == (("vpc", "eni"),)
    assert todo.remove_namespaces == ("node",)


def test_changed_files_are_reloaded_where_the_program_can() -> None:
    other = replace(BIRD, files={"/x": "two"})
    todo = changes(WHOLE, replace(WHOLE, programs=(other,)))
    assert (todo.stop, todo.reload, todo.start) == ((), (other,), ())


def test_other_arguments_start_the_program_anew() -> None:
    other = replace(BIRD, argv=("bird", "-d"))
    todo = changes(WHOLE, replace(WHOLE, programs=(other,)))
    assert (todo.stop, todo.reload, todo.start) == ((BIRD,), (), (other,))


def test_a_tunnel_of_another_kind_is_made_anew() -> None:
    old = Device(netns="vpc", name="gre", kind="gre local 10.0.0.1 remote 10.0.0.2")
    new = replace(old, kind="gre local 10.0.0.1 remote 10.0.0.3")
    todo = changes(replace(WHOLE, devices=(old,)), replace(WHOLE, devices=(new,)))
    assert todo.remove_devices == (("vpc", "gre"),)
    assert todo.create == ("link add gre netns vpc mtu 1500 type gre local 10.0.0.1 remote 10.0.0.3",)


def test_devices_that_answer_for_others_do_so_without_delay() -> None:
    answering = _with_vpc(replace(VPC, answers_arp_for_others=True))
    assert _inside(changes(Blueprint(), answering), "vpc").settings == ("net.ipv4.neigh.eni.proxy_delay=0",)


def test_a_nic_that_its_machine_brings_up_is_left_down() -> None:
    """A site's first segment would else reach a router that forwards and has no address there yet."""
    own = replace(WHOLE, links=(replace(LINK, far=replace(LINK.far, is_up=False)),))
    todo = changes(Blueprint(), own)
    assert "link set eni up" in _inside(todo, "vpc").additions
    assert "link set internet down" in _inside(todo, "node").additions
