from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from router.errors import FrrError
from router.frr import RELOAD, Frr
from router.paths import Paths
from tests.router.fake_vty import FakeDaemon

PEER_SEEN = {
    "peer": "10.253.0.16",
    "status": "up",
    "diagnostic": "ok",
    "transmit-interval": 100,
    "receive-interval": 100,
    "detect-multiplier": 3,
    "remote-transmit-interval": 300,
    "remote-receive-interval": 50,
    "remote-detect-multiplier": 5,
}
ANSWERS = {
    "bgpd": {
        "show bgp summary json": {
            "ipv4Unicast": {"peers": {"10.0.0.1": {"state": "Established", "pfxRcd": 4}, "10.0.0.2": {"state": "Idle"}}}
        }
    },
    "bfdd": {
        "show bfd peers json": [PEER_SEEN],
        "show bfd peers brief json": [
            {"peer": "10.253.0.16", "status": "up"},
            {"peer": "10.255.0.26", "status": "shutdown"},
        ],
        "show bfd peers counters json": [{"peer": "10.255.0.26", "control-packet-input": 7}],
    },
    "zebra": {
        "show ip route json": {
            "10.20.0.0/20": [{"protocol": "bgp"}, {"protocol": "static", "installed": True}],
            "10.21.0.0/20": [{"protocol": "bgp"}],
        }
    },
}


@pytest.fixture
def bare(tmp_path: Path) -> Paths:
    """No daemon runs."""
    paths = Paths(root=tmp_path)
    paths.frr_run.mkdir(parents=True)
    return paths


@pytest.fixture
def frr(bare: Paths) -> Iterator[Frr]:
    frr = Frr(bare, lambda *_, **__: "")
    yield frr
    for daemon in ANSWERS:
        frr.vty(daemon).close()


@pytest.fixture
def running(bare: Paths) -> Iterator[None]:
    """Every daemon runs."""
    with contextlib.ExitStack() as daemons:
        for daemon, answers in ANSWERS.items():
            said = {command: json.dumps(answer) for command, answer in answers.items()}
            daemons.enter_context(FakeDaemon(bare.frr_run / f"{daemon}.vty", answers=said))
        yield


def test_bgp_sessions_are_read_from_bgpd(running: None, frr: Frr) -> None:
    sessions = frr.bgp_sessions()

    assert {name: (s.up, s.received_prefixes) for name, s in sessions.items()} == {
        "10.0.0.1": (True, 4),
        "10.0.0.2": (False, 0),
    }


def test_bfd_timers_in_force_are_the_slower_of_both_ends(running: None, frr: Frr) -> None:
    session = frr.bfd_sessions()["10.253.0.16"]

    assert session.up
    assert (session.transmit_ms, session.receive_ms, session.multiplier) == (100, 100, 3)
    assert session.transmit_in_force_ms == 100
    assert session.detection_ms == 5 * 300


def test_only_installed_routes_count(running: None, frr: Frr) -> None:
    assert frr.prefixes() == {"10.20.0.0/20"}


def test_a_daemon_that_does_not_run_is_named(tmp_path: Path) -> None:
    with pytest.raises(FrrError, match="bgpd does not answer `show bgp summary json`"):
        Frr(Paths(root=tmp_path), lambda *_, **__: "").bgp_sessions()


def test_a_reload_asks_for_every_route_again(tmp_path: Path) -> None:
    calls: list[list[str]] = []

    Frr(Paths(root=tmp_path), lambda argv, **_: calls.append(argv) or "").reload(Path("/run/x"))

    assert calls == [[RELOAD, "--reload", "/run/x"], ["vtysh", "-c", "clear bgp * soft"]]


def test_a_session_is_set_up_anew_by_the_end_of_its_tcp_connection(tmp_path: Path) -> None:
    calls: list[list[str]] = []

    Frr(Paths(root=tmp_path), lambda argv, **_: calls.append(argv) or "").set_up_anew("169.254.6.2")

    assert calls == [["ss", "--kill", "--tcp", "--numeric", "dst", "169.254.6.2"]]


def test_bfd_states_and_packets_are_read_by_peer(running: None, frr: Frr) -> None:
    assert frr.bfd_states() == {"10.253.0.16": "up", "10.255.0.26": "shutdown"}
    assert frr.bfd_packets() == {"10.255.0.26": 7}


def test_a_change_of_state_is_seen_at_the_next_question(bare: Paths, frr: Frr) -> None:
    seen = []
    with FakeDaemon(bare.frr_run / "bfdd.vty") as bfdd:
        for status in ("up", "up", "down"):
            bfdd.answers["show bfd peers brief json"] = json.dumps([{"peer": "10.253.0.16", "status": status}])
            seen.append(frr.bfd_states()["10.253.0.16"])

    assert seen == ["up", "up", "down"]


def test_an_answer_that_is_no_json_is_named(bare: Paths, frr: Frr) -> None:
    with (
        FakeDaemon(bare.frr_run / "bgpd.vty", answers={"show bgp summary json": "% Can't"}),
        pytest.raises(FrrError, match="bgpd answers with no JSON"),
    ):
        frr.bgp_sessions()


def test_announcing_anew_is_asked_of_each_neighbor_and_outwards_only(bare: Paths, frr: Frr) -> None:
    with FakeDaemon(bare.frr_run / "bgpd.vty") as bgpd:
        frr.announce_anew(("10.0.0.1", "10.0.0.2"))

        assert bgpd.heard[1:] == [f"clear bgp ipv4 unicast {n} soft out" for n in ("10.0.0.1", "10.0.0.2")]


def test_hearing_anew_is_asked_of_each_neighbor_and_inwards_only(bare: Paths, frr: Frr) -> None:
    with FakeDaemon(bare.frr_run / "bgpd.vty") as bgpd:
        frr.hear_anew(("10.0.0.1", "10.0.0.2"))

        assert bgpd.heard[1:] == [f"clear bgp ipv4 unicast {n} soft in" for n in ("10.0.0.1", "10.0.0.2")]
