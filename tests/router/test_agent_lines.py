from __future__ import annotations

import json

import pytest

from router.agent_file import AgentFile, parse
from router.agent_lines import AgentLines, Lines, stanza, with_lines
from router.errors import FrrError
from tests.router.bundle_files import AGENT, FRR_CONF, GATEWAY_NEIGHBOR, SAKURA_AGENT, SIBLING, TUNNEL_NEIGHBOR
from tests.router.fake_router import FakeRouter

AWS, SAKURA = parse(json.dumps(AGENT)), parse(json.dumps(SAKURA_AGENT))
HALVES = ("192.168.1.0/25", "192.168.1.128/25")
IN_BGP = ("router bgp 64513", "address-family ipv4 unicast")
PEER = f"peer {SIBLING} multihop local-address 10.255.0.10"
DENIED = ("route-map from-gateway deny 10",)
ASKED = ("route-map to-sakura permit 20", "set community graceful-shutdown additive")
PREPENDED = ("route-map to-gateway permit 20", "set as-path prepend 64513 64513 64513")
HEARD, TOLD = [GATEWAY_NEIGHBOR], [TUNNEL_NEIGHBOR, GATEWAY_NEIGHBOR]
EVERYTHING = Lines(sibling_up=True, withheld=True, draining=True, halves=HALVES)


@pytest.fixture
def lines(router: FakeRouter) -> AgentLines:
    """Of a router whose FRR has the bundle's file and nothing else."""
    router.paths.frr_conf.parent.mkdir(parents=True)
    router.paths.frr_conf.write_text(FRR_CONF)
    return AgentLines(router.paths)


def test_without_lines_frr_is_meant_to_run_the_file_as_it_is() -> None:
    assert with_lines(FRR_CONF, AWS, Lines()) == FRR_CONF


def test_a_ready_router_lacks_the_siblings_shutdown_and_no_other() -> None:
    other = " peer 10.9.9.9 multihop local-address 10.255.0.10\n  shutdown\n exit\n"
    conf = FRR_CONF.replace(" !\nexit", f" !\n{other} !\nexit")

    assert with_lines(conf, AWS, Lines(sibling_up=True)) == conf.replace("  shutdown\n", "", 1)
    assert other in with_lines(conf, AWS, Lines(sibling_up=True))


def test_halves_are_networks_of_the_address_family() -> None:
    conf = FRR_CONF + "router bgp 64513\n address-family ipv4 unicast\n  redistribute connected\n exit-address-family\n"

    assert with_lines(conf, AWS, Lines(halves=HALVES)).endswith(
        " address-family ipv4 unicast\n"
        "  network 192.168.1.0/25\n"
        "  network 192.168.1.128/25\n"
        "  redistribute connected\n"
        " exit-address-family\n"
    )


def test_clauses_are_written_as_frr_writes_them_back() -> None:
    assert with_lines("!\n", AWS, Lines(withheld=True, draining=True)) == (
        "!\n"
        "route-map from-gateway deny 10\nexit\n!\n"
        "route-map to-sakura permit 20\n set community graceful-shutdown additive\nexit\n!\n"
        "route-map to-gateway permit 20\n set as-path prepend 64513 64513 64513\nexit\n!\n"
    )


def test_a_sakura_router_asks_aws_and_its_sites_for_another_way() -> None:
    drained = with_lines("!\n", SAKURA, Lines(draining=True))

    assert "route-map to-aws permit 20\n set community graceful-shutdown additive\n" in drained
    assert "route-map to-sites permit 20\n set as-path prepend 65010 65010 65010\n" in drained


def test_a_sakura_router_without_bgp_sites_asks_aws_alone() -> None:
    alone = parse(json.dumps({**SAKURA_AGENT, "site_neighbors": []}))

    assert "to-sites" not in with_lines("!\n", alone, Lines(draining=True))


def test_a_sibling_that_the_file_does_not_know_is_named() -> None:
    with pytest.raises(FrrError, match=r"no BFD peer 10\.255\.0\.2, agent\.json names it"):
        stanza(FRR_CONF, "10.255.0.2")


@pytest.mark.parametrize(
    ("before", "wanted", "entered", "anew"),
    [
        (Lines(), Lines(), [], []),
        (Lines(), Lines(sibling_up=True), [("bfd", PEER, "no shutdown")], []),
        (Lines(sibling_up=True), Lines(), [("bfd", PEER, "shutdown")], []),
        (Lines(), Lines(halves=HALVES), [(*IN_BGP, *(f"network {half}" for half in HALVES))], []),
        (Lines(halves=HALVES), Lines(halves=HALVES[:1]), [(*IN_BGP, f"no network {HALVES[1]}")], []),
        (Lines(), Lines(withheld=True), [DENIED], HEARD),
        (Lines(withheld=True), Lines(), [("no route-map from-gateway deny 10",)], HEARD),
        (Lines(), Lines(draining=True), [ASKED, PREPENDED], TOLD),
        (
            Lines(draining=True),
            Lines(),
            [("no route-map to-sakura permit 20",), ("no route-map to-gateway permit 20",)],
            TOLD,
        ),
    ],
    ids=["nothing", "ready", "not ready", "takeover", "a half less", "withheld", "announced again", "drain", "undrain"],
)
def test_only_what_differs_is_entered_and_told_anew_only_when_a_route_map_changed(
    router: FakeRouter, lines: AgentLines, before: Lines, wanted: Lines, entered: list, anew: list
) -> None:
    lines.change(router.frr, AWS, before)  # type: ignore[arg-type]
    router.frr.entered.clear()
    router.frr.announced_anew.clear()
    router.frr.heard_anew.clear()

    lines.change(router.frr, AWS, wanted)  # type: ignore[arg-type]

    assert router.frr.entered == entered
    assert [*router.frr.heard_anew, *router.frr.announced_anew] == anew
    assert lines.now == wanted
    assert lines.intended.read_text() == with_lines(FRR_CONF, AWS, wanted)


def test_the_flag_is_the_first_that_is_entered(router: FakeRouter, lines: AgentLines) -> None:
    """The sibling's takeover waits for it."""
    lines.change(router.frr, AWS, Lines(sibling_up=True))  # type: ignore[arg-type]
    router.frr.entered.clear()

    lines.change(router.frr, AWS, Lines(withheld=True))  # type: ignore[arg-type]

    assert router.frr.entered == [("bfd", PEER, "shutdown"), DENIED]


def test_what_is_wanted_is_remembered_before_it_is_entered(router: FakeRouter, lines: AgentLines) -> None:
    router.frr.vty("bfdd").refuses.add("no shutdown")

    with pytest.raises(FrrError, match="refuses `no shutdown`"):
        lines.change(router.frr, AWS, EVERYTHING)  # type: ignore[arg-type]

    assert lines.now == EVERYTHING
    assert lines.intended.read_text() == with_lines(FRR_CONF, AWS, EVERYTHING)


def test_lines_survive_the_agent_and_not_a_reboot(router: FakeRouter, lines: AgentLines) -> None:
    lines.change(router.frr, AWS, EVERYTHING)  # type: ignore[arg-type]

    assert AgentLines(router.paths).now == EVERYTHING

    router.restart()
    assert AgentLines(router.paths).now == Lines()


def entered_anew(router: FakeRouter, lines: AgentLines, agent: AgentFile) -> list[tuple[str, ...]]:
    router.frr.entered.clear()
    lines.enter(router.frr, agent)  # type: ignore[arg-type]
    return router.frr.entered


def test_all_lines_are_entered_into_an_frr_that_started_from_its_file(router: FakeRouter, lines: AgentLines) -> None:
    lines.change(router.frr, AWS, EVERYTHING)  # type: ignore[arg-type]

    entered = entered_anew(router, lines, AWS)

    assert entered == [
        DENIED,
        ASKED,
        PREPENDED,
        (*IN_BGP, *(f"network {half}" for half in HALVES)),
        ("bfd", PEER, "no shutdown"),
    ]
    assert router.frr.heard_anew[-1:] == HEARD
    assert router.frr.announced_anew[-2:] == TOLD


def test_what_an_earlier_agent_may_have_left_is_taken_away_and_what_is_not_there_is_no_error(
    router: FakeRouter, lines: AgentLines
) -> None:
    router.frr.vty("bgpd").refuses.add("no ")

    entered = entered_anew(router, lines, AWS)

    assert entered == [
        ("no route-map from-gateway deny 10",),
        ("no route-map to-sakura permit 20",),
        ("no route-map to-gateway permit 20",),
        *((*IN_BGP, f"no network {half}") for half in HALVES),
        ("bfd", PEER, "shutdown"),
    ]


def test_a_sakura_router_has_no_flag_in_frr(router: FakeRouter, lines: AgentLines) -> None:
    lines.change(router.frr, SAKURA, Lines(withheld=True))  # type: ignore[arg-type]

    assert ("bfd", PEER, "shutdown") not in router.frr.entered


def test_a_sakura_router_that_is_cut_off_forgets_its_sites_and_originates_none(
    router: FakeRouter, lines: AgentLines
) -> None:
    assert SAKURA.closed_network is not None
    originated = SAKURA.closed_network.announced
    in_bgp = (f"router bgp {SAKURA.asn}", "address-family ipv4 unicast")

    lines.change(router.frr, SAKURA, Lines(withheld=True))  # type: ignore[arg-type]
    lines.change(router.frr, SAKURA, Lines())  # type: ignore[arg-type]

    assert router.frr.entered == [
        (*in_bgp, *(f"no network {prefix}" for prefix in originated)),
        ("route-map from-sites deny 10",),
        (*in_bgp, *(f"network {prefix}" for prefix in originated)),
        ("no route-map from-sites deny 10",),
    ]
    assert router.frr.heard_anew == [*SAKURA.site_neighbors] * 2
    assert router.frr.announced_anew == []


def test_frr_is_not_meant_to_originate_the_sites_of_a_dead_side() -> None:
    conf = " address-family ipv4 unicast\n  network 10.9.0.1/32\n  network 192.168.1.0/24\n exit-address-family\n"

    assert "192.168.1.0/24" not in with_lines(conf, SAKURA, Lines(withheld=True))
    assert "10.9.0.1/32" in with_lines(conf, SAKURA, Lines(withheld=True))
    assert with_lines(conf, SAKURA, Lines()) == conf


def test_the_bundles_file_is_never_changed(router: FakeRouter, lines: AgentLines) -> None:
    lines.change(router.frr, AWS, EVERYTHING)  # type: ignore[arg-type]
    lines.enter(router.frr, AWS)  # type: ignore[arg-type]

    assert router.paths.frr_conf.read_text() == FRR_CONF
