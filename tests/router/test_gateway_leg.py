from __future__ import annotations

import json
import socket
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from router import gateway_leg, packet_filter
from router.agent_file import parse
from router.gateway_leg import MAC_FOR_S, GatewayProbe, checksum, default_gateway_mac, echo_request
from tests.router.bundle_files import AGENT

LOOPBACK, PRIVATE = "10.253.0.3", "10.255.0.10"
OTHERS = socket.PACKET_HOST


def test_the_checksum_is_the_one_of_a_known_header() -> None:
    header = bytes.fromhex("4500 0073 0000 4000 4011 0000 c0a8 0001 c0a8 00c7")

    assert checksum(header) == 0xB861


def test_a_probe_is_an_echo_request_whose_two_checksums_hold() -> None:
    packet = echo_request(LOOPBACK, PRIVATE)

    version, tos, length, _, fragment, ttl, protocol, _ = struct.unpack("!BBHHHBBH", packet[:12])
    assert (version, tos, length, fragment, ttl, protocol) == (0x45, 0xC0, len(packet), 0, 64, socket.IPPROTO_ICMP)
    assert packet[12:20] == socket.inet_aton(LOOPBACK) + socket.inet_aton(PRIVATE)
    assert (packet[20], packet[21]) == (8, 0)
    assert checksum(packet[:20]) == 0
    assert checksum(packet[20:]) == 0


def proc_net(tmp_path: Path, arp: str) -> Path:
    heading = "Iface\tDestination\tGateway\tFlags\n"
    (tmp_path / "route").write_text(
        f"{heading}internet\t00000000\t0100FF0A\t0003\ninternet\t0000FF0A\t00000000\t0001\n"
    )
    (tmp_path / "arp").write_text(f"IP address HW type Flags HW address Mask Device\n{arp}")
    return tmp_path


@pytest.mark.parametrize(
    ("arp", "mac"),
    [
        ("10.255.0.1 0x1 0x2 02:00:00:00:00:01 * internet\n", "020000000001"),
        ("10.255.0.9 0x1 0x2 02:00:00:00:00:09 * internet\n", None),
        ("10.255.0.1 0x1 0x2 02:00:00:00:00:01 * closed\n", None),
        ("10.255.0.1 0x1 0x0 00:00:00:00:00:00 * internet\n", None),
        ("", None),
    ],
    ids=["known", "another host", "another device", "not answered yet", "nobody"],
)
def test_the_mac_of_the_default_gateway_is_the_one_the_kernel_knows(tmp_path: Path, arp: str, mac: str | None) -> None:
    assert default_gateway_mac(proc_net(tmp_path, arp)) == (None if mac is None else bytes.fromhex(mac))


class FakeTap:
    """A packet socket: what it sent, and what arrived."""

    def __init__(self) -> None:
        self.sent: list[tuple[bytes, tuple[object, ...]]] = []
        self.arrived: list[int] = []
        self.gone = False

    def sendto(self, packet: bytes, address: tuple[object, ...]) -> None:
        if self.gone:
            raise OSError("No such device")
        self.sent.append((packet, address))

    def recvfrom(self, _: int) -> tuple[bytes, tuple[object, ...]]:
        if not self.arrived:
            raise BlockingIOError
        return b"", ("device", 0x0800, self.arrived.pop(0))

    def close(self) -> None:
        self.gone = True


@pytest.fixture
def probe(monkeypatch: pytest.MonkeyPatch) -> Iterator[GatewayProbe]:
    agent = parse(json.dumps(AGENT))
    assert agent.gateway is not None
    monkeypatch.setattr(gateway_leg, "default_gateway_mac", lambda: b"router")
    probe = GatewayProbe(agent, agent.gateway, 0.3, 0.0)
    probe._taps = {"internet": FakeTap(), "gre-gateway": FakeTap()}  # type: ignore[dict-item]
    return probe


def test_each_way_is_asked_by_its_own_device(probe: GatewayProbe) -> None:
    probe.ask(0.0)

    (out, out_to), (back, back_to) = (probe._taps[device].sent[0] for device in ("gre-gateway", "internet"))  # type: ignore[attr-defined]
    assert out == echo_request(LOOPBACK, PRIVATE)
    assert back == echo_request(PRIVATE, LOOPBACK)
    assert (out_to[0], back_to[0], back_to[4]) == ("gre-gateway", "internet", b"router")


def test_the_gateways_mac_is_looked_up_now_and_then_and_each_time_while_nothing_comes_back(
    probe: GatewayProbe, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bytes] = []
    monkeypatch.setattr(gateway_leg, "default_gateway_mac", lambda: asked.append(b"") or b"router")
    probe.assume(0.0)
    for tenth in range(3):
        probe.ask(tenth / 10)
    assert len(asked) == 1

    for tenth in range(4, 7):
        probe.ask(tenth / 10)
    assert len(asked) == 4, "silent"

    probe.assume(MAC_FOR_S + 1.0)
    probe.ask(MAC_FOR_S + 1.0)
    assert len(asked) == 5


@pytest.mark.parametrize("heard", [("internet",), ("gre-gateway",), ()])
def test_one_way_alone_is_a_silent_leg(probe: GatewayProbe, heard: tuple[str, ...]) -> None:
    for device in heard:
        probe._taps[device].arrived.append(OTHERS)  # type: ignore[attr-defined]
    probe.listen(1.0)

    assert probe.is_silent(1.0)
    assert not probe.is_well(1.0)
    assert not probe.ever


def test_both_ways_are_a_leg_that_works(probe: GatewayProbe) -> None:
    for tap in probe._taps.values():
        tap.arrived += [OTHERS, OTHERS]  # type: ignore[attr-defined]
    probe.listen(1.0)

    assert probe.is_well(1.0)
    assert probe.ever
    assert not any(tap.arrived for tap in probe._taps.values()), "what is left would be heard later than it came"  # type: ignore[attr-defined]


def test_the_leg_falls_silent_with_the_way_that_was_not_heard_for_longer(probe: GatewayProbe) -> None:
    for now_s, device in ((1.0, "internet"), (1.1, "gre-gateway"), (1.2, "internet")):
        probe._taps[device].arrived.append(OTHERS)  # type: ignore[attr-defined]
        probe.listen(now_s)

    assert probe.next_silence_s(1.2) == pytest.approx(1.4)
    assert not probe.is_silent(1.39)
    assert probe.is_silent(1.41)


def test_a_leg_whose_way_back_is_silent_still_falls_silent_on_the_way_out(probe: GatewayProbe) -> None:
    for now_s, device in ((1.0, "gre-gateway"), (1.2, "internet")):
        probe._taps[device].arrived.append(OTHERS)  # type: ignore[attr-defined]
        probe.listen(now_s)

    assert (probe.is_silent(1.4), probe.is_out_silent(1.4), probe.is_out_well(1.4)) == (True, False, True)
    assert probe.next_silence_s(1.4) == pytest.approx(1.5)
    assert (probe.is_out_silent(1.6), probe.is_out_well(1.6)) == (True, False)
    assert probe.next_silence_s(1.6) == float("inf")


def test_both_ways_can_be_waited_for(probe: GatewayProbe) -> None:
    assert set(probe.sockets) == {probe._taps["internet"], probe._taps["gre-gateway"]}


def test_what_this_router_sent_itself_is_not_heard(probe: GatewayProbe) -> None:
    for tap in probe._taps.values():
        tap.arrived.append(socket.PACKET_OUTGOING)  # type: ignore[attr-defined]
    probe.listen(1.0)

    assert not probe.ever


def test_a_device_that_is_gone_is_silence_and_no_error_and_is_opened_anew(
    probe: GatewayProbe, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_device(*_: object) -> None:
        raise OSError("No such device")

    probe._taps["gre-gateway"].close()
    monkeypatch.setattr(packet_filter, "attach", no_device)
    monkeypatch.setattr(socket, "socket", lambda *_: FakeSocket())

    probe.ask(0.0)
    probe.listen(0.0)

    assert set(probe._taps) == {"internet"}


class FakeSocket(FakeTap):
    def setblocking(self, _: bool) -> None:
        pass
