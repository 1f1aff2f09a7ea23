"""What keepalived reads: how well a Sakura router's path works."""

from __future__ import annotations

import pytest

from router.track_file import BROKEN, GIVEN_UP, GIVES_UP_FOR_S, WORKS
from router.watch import DAEMONS_EVERY_S, TICK_S
from tests.router.bundle_files import AGENT, SAKURA_AGENT
from tests.router.fake_router import FakeRouter
from tests.router.watch_run import Run, installed


@pytest.fixture
def sakura(router: FakeRouter, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A Sakura router with one tunnel that works."""
    installed(router, {**SAKURA_AGENT, "bgp_neighbors": AGENT["bgp_neighbors"], "site_neighbors": []})
    return Run(router, monkeypatch)


def fall_silent(sakura: Run, *, silent: bool = True) -> None:
    """The closed network does, so the path is broken."""
    sakura.probe.silent, sakura.probe.well = silent, not silent


def test_keepalived_reads_how_well_the_path_works(sakura: Run) -> None:
    track = sakura.router.paths.track_file
    sakura.ticks(0.5)
    assert track.read_text() == "0\n"
    assert track.stat().st_mode & 0o777 == 0o644

    sakura.router.paths.draining_flag.touch()
    sakura.tick()
    assert track.read_text() == "1\n"

    fall_silent(sakura)
    sakura.tick()
    assert track.read_text() == "254\n"
    sakura.ticks(GIVES_UP_FOR_S + TICK_S)
    assert track.read_text() == "2\n"
    assert sakura.router.machine.lines.now.withheld


def test_another_run_on_sakura_assumes_what_the_track_file_says(
    sakura: Run, router: FakeRouter, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert sakura.probe.assumed == 0
    sakura.ticks(0.5)

    assert Run(router, monkeypatch).probe.assumed == 1


def test_a_path_that_never_worked_is_not_given_up(sakura: Run) -> None:
    """Who has just booted holds nothing, and may be alone."""
    fall_silent(sakura)
    seen = set()
    for _ in range(20):
        sakura.tick()
        seen.add(sakura.router.paths.track_file.read_text())

    assert seen == {BROKEN}


def test_a_path_that_is_back_before_it_was_given_up_for_long_works_again(sakura: Run) -> None:
    sakura.ticks(0.5)
    fall_silent(sakura)
    sakura.tick()
    fall_silent(sakura, silent=False)
    sakura.tick()
    assert sakura.router.paths.track_file.read_text() == WORKS

    sakura.ticks(0.5)
    fall_silent(sakura)
    sakura.tick()
    assert sakura.router.paths.track_file.read_text() == GIVEN_UP


def test_a_drained_router_whose_path_breaks_gives_it_up_too(sakura: Run) -> None:
    sakura.router.paths.draining_flag.touch()
    sakura.ticks(0.5)
    fall_silent(sakura)
    sakura.tick()

    assert sakura.router.paths.track_file.read_text() == GIVEN_UP


def test_a_router_whose_bgpd_died_has_no_path_at_once_for_zebra_takes_its_routes_away(sakura: Run) -> None:
    sakura.ticks(0.5)
    sakura.dead = ("bgpd",)
    sakura.router.frr.hung.add("bgpd")
    sakura.tick(DAEMONS_EVERY_S)

    assert sakura.router.paths.track_file.read_text() == GIVEN_UP


def test_a_bgpd_that_was_started_anew_brings_a_path_only_when_it_says_so(sakura: Run) -> None:
    sakura.ticks(0.5)
    sakura.dead = ("bgpd",)
    sakura.router.frr.hung.add("bgpd")
    sakura.tick(DAEMONS_EVERY_S)
    sakura.dead = ()
    sakura.tick(DAEMONS_EVERY_S)
    assert sakura.router.paths.track_file.read_text() == BROKEN

    sakura.router.frr.hung.clear()
    sakura.ticks(1.0)
    assert sakura.router.paths.track_file.read_text() == WORKS


def test_an_aws_router_has_no_track_file(run: Run) -> None:
    assert not run.router.paths.track_file.exists()
