from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from router import agent_lines
from router.agent_file import parse
from router.agent_lines import AgentLines
from router.errors import FrrError
from router.frr import RELOAD, Frr
from router.paths import Paths
from tests.router.fake_router import AGENT, FRR_CONF, SIBLING, FakeFrr

PEER_SEEN = {
    "peer": "10.253.0.16",
    "status": "up",
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
    "bfdd": {"show bfd peers json": [PEER_SEEN]},
    "zebra": {
        "show ip route json": {
            "10.20.0.0/20": [{"protocol": "bgp"}, {"protocol": "static", "installed": True}],
            "10.21.0.0/20": [{"protocol": "bgp"}],
        }
    },
}


def answer_as(daemon: str, listener: socket.socket) -> None:
    """One vty connection: every command ends with a NUL, every answer with three NULs and a status byte."""
    try:
        connection, _ = listener.accept()
    except OSError:
        return  # the test did not ask this daemon
    with connection:
        for expected in ("enable", next(iter(ANSWERS[daemon]))):
            command = b""
            while not command.endswith(b"\0"):
                command += connection.recv(100)
            assert command == expected.encode() + b"\0"
            answer = "" if expected == "enable" else json.dumps(ANSWERS[daemon][expected])
            connection.sendall(answer.encode())
            connection.sendall(b"\0\0\0\0")


@pytest.fixture
def paths(tmp_path: Path) -> Iterator[Paths]:
    paths = Paths(root=tmp_path)
    paths.frr_run.mkdir(parents=True)
    with contextlib.ExitStack() as open_sockets:
        for daemon in ANSWERS:
            listener = open_sockets.enter_context(socket.socket(socket.AF_UNIX))
            listener.bind(str(paths.frr_run / f"{daemon}.vty"))
            listener.listen()
            thread = threading.Thread(target=answer_as, args=(daemon, listener))
            thread.start()
            open_sockets.callback(thread.join)
            open_sockets.callback(listener.shutdown, socket.SHUT_RDWR)
        yield paths


def test_bgp_sessions_are_read_from_bgpd(paths: Paths) -> None:
    sessions = Frr(paths, lambda *_, **__: "").bgp_sessions()

    assert {name: (s.up, s.received_prefixes) for name, s in sessions.items()} == {
        "10.0.0.1": (True, 4),
        "10.0.0.2": (False, 0),
    }


def test_bfd_timers_in_force_are_the_slower_of_both_ends(paths: Paths) -> None:
    session = Frr(paths, lambda *_, **__: "").bfd_sessions()["10.253.0.16"]

    assert session.up
    assert (session.transmit_ms, session.receive_ms, session.multiplier) == (100, 100, 3)
    assert session.transmit_in_force_ms == 100
    assert session.detection_ms == 5 * 300


def test_only_installed_routes_count(paths: Paths) -> None:
    assert Frr(paths, lambda *_, **__: "").prefixes() == {"10.20.0.0/20"}


def test_a_daemon_that_does_not_run_is_named(tmp_path: Path) -> None:
    with pytest.raises(FrrError, match="bgpd does not answer `show bgp summary json`"):
        Frr(Paths(root=tmp_path), lambda *_, **__: "").bgp_sessions()


def test_a_reload_asks_for_every_route_again(tmp_path: Path) -> None:
    calls: list[list[str]] = []

    Frr(Paths(root=tmp_path), lambda argv, **_: calls.append(argv) or "").reload(Path("/run/x"))

    assert calls == [[RELOAD, "--reload", "/run/x"], ["vtysh", "-c", "clear bgp * soft"]]


def test_the_file_alone_holds_the_sibling_shut_down_and_the_agents_line_brings_it_up(tmp_path: Path) -> None:
    paths, frr, agent = Paths(root=tmp_path), FakeFrr(), parse(json.dumps(AGENT))
    paths.make_own_folders()
    paths.frr_conf.parent.mkdir(parents=True)
    paths.frr_conf.write_text(FRR_CONF)
    lines = AgentLines(paths)

    assert lines.write_intended(agent).read_text() == FRR_CONF

    lines.raise_sibling(frr, agent)

    assert lines.intended.read_text() == FRR_CONF.replace("  shutdown\n", "")
    assert frr.entered == [("bfd", f"peer {SIBLING} multihop local-address 10.255.0.10", "no shutdown")]
    assert paths.frr_conf.read_text() == FRR_CONF, "the bundle's file is never changed"


def test_only_the_siblings_shutdown_is_taken_out() -> None:
    other = " peer 10.9.9.9 multihop local-address 10.255.0.10\n  shutdown\n exit\n"
    conf = FRR_CONF.replace(" !\nexit", f" !\n{other} !\nexit")

    assert agent_lines.without_shutdown(conf, SIBLING).count("  shutdown") == 1
    assert other in agent_lines.without_shutdown(conf, SIBLING)


def test_a_sibling_that_the_file_does_not_know_is_named() -> None:
    with pytest.raises(FrrError, match=r"no BFD peer 10\.255\.0\.2,"):
        agent_lines.stanza(FRR_CONF, "10.255.0.2")


def test_lines_are_entered_into_an_frr_that_started_from_its_file_only_when_they_were_raised(tmp_path: Path) -> None:
    paths, frr, agent = Paths(root=tmp_path), FakeFrr(), parse(json.dumps(AGENT))
    paths.make_own_folders()
    paths.frr_conf.parent.mkdir(parents=True)
    paths.frr_conf.write_text(FRR_CONF)
    lines = AgentLines(paths)

    lines.enter(frr, agent)
    assert frr.entered == []

    lines.raise_sibling(frr, agent)
    lines.enter(frr, agent)
    assert len(frr.entered) == 2
