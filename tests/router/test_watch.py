from __future__ import annotations

from ipaddress import IPv4Network

import pytest

from router.agent_lines import Lines
from router.moves import watched
from router.watch import (
    DAEMONS_EVERY_S,
    ENTER_EVERY_S,
    LATE_S,
    PATIENCE_WITH_FRR_S,
    TICK_S,
)
from tests.router.bundle_files import AGENT, GATEWAY_NEIGHBOR, SIBLING, SITE, TUNNEL_NEIGHBOR
from tests.router.fake_router import FakeRouter
from tests.router.watch_run import Run, installed

HALVES = ("192.168.1.0/25", "192.168.1.128/25")
PEER = f"peer {SIBLING} multihop local-address 10.255.0.10"


def test_a_router_whose_path_works_is_ready_and_raises_its_flag(run: Run) -> None:
    assert run.router.machine.lines.now == Lines(sibling_up=True)
    assert watched(run.router.paths).ready
    assert run.release.ready_moments > 0


def test_a_sibling_that_falls_silent_is_taken_over_within_one_tick(run: Run) -> None:
    run.ticks(4.0)
    run.router.frr.bfd_up.discard(SIBLING)

    assert run.tick().halves == HALVES
    assert watched(run.router.paths).moves["takeover"] == 1


def test_a_tunnel_whose_bfd_goes_down_lowers_the_flag_within_one_tick(run: Run) -> None:
    run.router.frr.bfd_up.discard(TUNNEL_NEIGHBOR)

    assert not run.tick().sibling_up
    assert run.router.frr.entered == [("bfd", PEER, "shutdown")]


def test_only_halves_of_what_is_reached_over_the_tunnels_are_announced(run: Run) -> None:
    run.reached = [IPv4Network("10.20.0.0/20"), IPv4Network("0.0.0.0/0")]
    run.ticks(4.0)
    run.router.frr.bfd_up.discard(SIBLING)

    assert run.tick().halves == ()

    run.reached = [IPv4Network("192.168.1.0/26")]
    assert run.ticks(0.5).halves == HALVES
    assert run.over[-1] == {"wg-sakura-a-0"}

    run.reached = []
    assert run.ticks(0.5).halves == ()


def test_a_router_that_does_not_work_keeps_halves_and_adds_none(run: Run) -> None:
    """Its own bfdd is dead, so it hears nothing of a sibling that has come back meanwhile."""
    run.ticks(4.0)
    run.router.frr.bfd_up.discard(SIBLING)
    run.ticks(4.0)
    run.dead = ("bfdd",)
    assert run.ticks(0.5).halves == HALVES

    run.reached = []
    assert run.ticks(0.5).halves == ()
    run.reached = [IPv4Network(SITE)]
    assert run.ticks(0.5).halves == ()

    run.dead = ()
    assert run.ticks(0.5).halves == HALVES


def test_the_sessions_of_a_leg_that_comes_back_after_a_long_silence_are_set_up_anew_one_by_one(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(AGENT, "bgp_neighbors", [TUNNEL_NEIGHBOR, GATEWAY_NEIGHBOR, "169.254.6.3"])
    installed(run.router, {**AGENT, "gateway": {**AGENT["gateway"], "neighbors": [GATEWAY_NEIGHBOR, "169.254.6.3"]}})
    run.router.frr.up.add("169.254.6.3")
    run.router.machine.lines.reloaded()
    run.ticks(1.0)

    run.probe.silent, run.probe.well = True, False
    run.ticks(12.0)
    run.probe.silent, run.probe.well = False, True
    run.ticks(1.0)
    assert run.router.frr.set_up_anew_of == [GATEWAY_NEIGHBOR]

    run.ticks(10.0)
    assert run.router.frr.set_up_anew_of == [GATEWAY_NEIGHBOR, "169.254.6.3"]
    assert watched(run.router.paths).moves["fresh session"] == 2
    assert watched(run.router.paths).ready


def test_a_daemon_that_died_makes_others_take_another_way(run: Run) -> None:
    run.dead = ("zebra",)

    assert run.tick(DAEMONS_EVERY_S).draining

    run.dead = ()
    assert not run.tick(DAEMONS_EVERY_S).draining


def test_a_router_that_is_asked_to_drain_says_that_it_is_not_ready_and_stays_there_for_its_sibling(run: Run) -> None:
    run.router.paths.draining_flag.touch()

    assert run.tick() == Lines(sibling_up=True, draining=True)
    assert not watched(run.router.paths).ready
    assert watched(run.router.paths).draining


@pytest.mark.parametrize("daemon", ["bfdd", "bgpd"])
def test_lines_are_entered_again_into_a_daemon_that_started_anew(run: Run, daemon: str) -> None:
    run.router.frr.vty(daemon).connections += 1

    run.ticks(ENTER_EVERY_S + TICK_S)

    assert run.router.frr.entered.count(("bfd", PEER, "no shutdown")) == 1


def test_lines_are_entered_again_after_a_reload(run: Run) -> None:
    run.router.machine.lines.reloaded()

    run.ticks(ENTER_EVERY_S + TICK_S)

    assert run.router.frr.entered.count(("bfd", PEER, "no shutdown")) == 1


def test_a_bfdd_that_has_not_read_its_file_yet_is_told_nothing(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run.router.frr, "bfd_states", dict)
    run.router.frr.vty("bfdd").connections += 1
    run.ticks(1.0)

    assert ("bfd", PEER, "no shutdown") not in run.router.frr.entered

    monkeypatch.undo()
    run.ticks(0.5)
    assert ("bfd", PEER, "no shutdown") in run.router.frr.entered


def test_a_line_that_was_refused_is_entered_again(run: Run) -> None:
    run.router.frr.vty("bfdd").refuses.add("shutdown")
    run.router.frr.bfd_up.discard(TUNNEL_NEIGHBOR)
    run.tick()
    run.router.frr.vty("bfdd").refuses.clear()
    run.router.frr.entered.clear()

    run.ticks(ENTER_EVERY_S + TICK_S)

    assert ("bfd", PEER, "shutdown") in run.router.frr.entered


def test_changed_settings_are_taken_in_after_a_reload(run: Run) -> None:
    installed(run.router, {**AGENT, "takeover": False})
    run.router.machine.lines.reloaded()
    run.ticks(4.0)
    run.router.frr.bfd_up.discard(SIBLING)

    assert run.ticks(5.0) == Lines(sibling_up=True)


def test_changed_settings_are_taken_in_also_when_a_line_is_refused_during_the_reload(run: Run) -> None:
    run.router.frr.vty("bfdd").refuses.add("shutdown")
    run.router.frr.bfd_up.discard(TUNNEL_NEIGHBOR)
    run.tick()
    installed(run.router, {**AGENT, "takeover": False})
    run.router.machine.lines.reloaded()
    run.router.frr.vty("bfdd").refuses.clear()
    run.router.frr.bfd_up.add(TUNNEL_NEIGHBOR)
    run.ticks(4.0)

    run.router.frr.bfd_up.discard(SIBLING)
    assert run.ticks(1.0).halves == ()


@pytest.mark.parametrize("daemon", ["bfdd", "bgpd"])
def test_a_daemon_that_hangs_makes_the_router_unready_once_patience_is_over(run: Run, daemon: str) -> None:
    run.router.frr.hung.add(daemon)
    run.ticks(PATIENCE_WITH_FRR_S - 0.2)
    assert watched(run.router.paths).ready

    run.ticks(0.4)
    assert not watched(run.router.paths).ready

    run.router.frr.hung.clear()
    run.ticks(0.4)
    assert watched(run.router.paths).ready


def test_a_tick_that_comes_late_is_forgiven_by_the_leg_and_one_in_time_is_not(run: Run) -> None:
    run.tick(TICK_S + LATE_S / 2)
    assert run.probe.forgiven_s == []

    run.tick(2.0)
    assert run.probe.forgiven_s == [pytest.approx(2.0 - TICK_S)], "what a tick in time takes is silence all the same"


def test_ticks_that_are_all_a_little_late_hide_no_silence(run: Run) -> None:
    for _ in range(100):
        run.tick(TICK_S + 1.5 * LATE_S)

    assert sum(run.probe.forgiven_s) == pytest.approx(100 * 1.5 * LATE_S), "four seconds of silence stay silence"


@pytest.mark.parametrize("every_ms", [50, 100, 300])
def test_the_leg_is_asked_as_often_as_bfd_sends_whatever_the_ticks(
    router: FakeRouter, monkeypatch: pytest.MonkeyPatch, every_ms: int
) -> None:
    installed(router, {**AGENT, "bfd": {"interval_ms": every_ms, "multiplier": 3}})
    run = Run(router, monkeypatch)
    run.ticks(12.0)

    assert len(run.probe.asked_s) == pytest.approx(12_000 / every_ms, abs=1)


def test_another_run_of_the_agent_leaves_a_ready_router_ready(
    run: Run, router: FakeRouter, monkeypatch: pytest.MonkeyPatch
) -> None:
    again = Run(router, monkeypatch)
    lines = again.tick()

    assert again.probe.assumed == 1
    assert lines == Lines(sibling_up=True)
    assert ("bfd", PEER, "shutdown") not in router.frr.entered


def test_a_first_run_of_the_agent_assumes_nothing(run: Run) -> None:
    assert run.probe.assumed == 0


def test_an_error_is_said_and_the_next_tick_comes_all_the_same(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    run.router.paths.at("/etc/flets-to-vpc/agent.json").unlink()
    run.router.machine.lines.reloaded()
    run.ticks(0.5)

    assert "no bundle was installed yet" in capsys.readouterr().out
