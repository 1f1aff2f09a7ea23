from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from router.errors import FrrError
from router.vty import Vty
from tests.router.fake_vty import FakeDaemon

QUICKLY_S = 0.05


@pytest.fixture
def bgpd(tmp_path: Path) -> Iterator[FakeDaemon]:
    with FakeDaemon(tmp_path / "bgpd.vty", answers={"show one": "1", "show two": "2"}) as daemon:
        yield daemon


@pytest.fixture
def vty(bgpd: FakeDaemon) -> Iterator[Vty]:
    with contextlib.closing(Vty(bgpd.path)) as vty:
        yield vty


def test_one_connection_serves_every_question(bgpd: FakeDaemon, vty: Vty) -> None:
    answers = [vty.ask("show one"), vty.ask("show two"), vty.ask("show one")]

    assert answers == ["1", "2", "1"]
    assert bgpd.heard == ["enable", "show one", "show two", "show one"]
    assert vty.connections == 1


def test_a_long_answer_comes_whole(bgpd: FakeDaemon, vty: Vty) -> None:
    bgpd.answers["show all"] = "x" * 300_000

    assert len(vty.ask("show all")) == 300_000


def test_a_daemon_that_started_anew_is_asked_again_and_the_new_connection_is_counted(
    bgpd: FakeDaemon, vty: Vty
) -> None:
    vty.ask("show one")
    bgpd.restart()

    assert vty.ask("show two") == "2"
    assert vty.connections == 2


def test_a_daemon_that_hangs_is_named_and_its_late_answer_belongs_to_no_other_question(
    bgpd: FakeDaemon, vty: Vty
) -> None:
    vty._answer_timeout_s = QUICKLY_S
    vty.ask("show one")
    bgpd.hang()

    with pytest.raises(FrrError, match="bgpd does not answer `show one`"):
        vty.ask("show one")

    bgpd.restart()
    assert vty.ask("show two") == "2"


def test_lines_are_entered_in_configuration_mode_and_it_is_left(bgpd: FakeDaemon, vty: Vty) -> None:
    vty.configure("router bgp 64513", "network 10.0.0.0/8")

    assert bgpd.heard == ["enable", "configure terminal", "router bgp 64513", "network 10.0.0.0/8", "end"]


def test_a_refused_line_is_named_nothing_follows_it_and_configuration_mode_is_left(bgpd: FakeDaemon, vty: Vty) -> None:
    bgpd.refused["netwrok"] = "% Unknown command: netwrok\n"

    with pytest.raises(FrrError, match="bgpd refuses `netwrok`: % Unknown command: netwrok"):
        vty.configure("router bgp 64513", "netwrok", "network 10.0.0.0/8")

    assert bgpd.heard[-2:] == ["netwrok", "end"]


def test_a_daemon_that_ends_amid_a_change_is_named_and_no_half_change_goes_to_the_next_one(
    bgpd: FakeDaemon, vty: Vty
) -> None:
    bgpd.ends_at = "router bgp 64513"

    with pytest.raises(FrrError, match="bgpd has ended at `router bgp 64513`"):
        vty.configure("router bgp 64513", "network 10.0.0.0/8")

    bgpd.ends_at = ""
    assert vty.ask("show one") == "1"
    assert "network 10.0.0.0/8" not in bgpd.heard
