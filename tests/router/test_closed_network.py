from __future__ import annotations

import socket

import pytest

from router.agent_file import ClosedNetwork
from router.closed_network import BROADCAST, ClosedNetworkProbe, who_has

OWN, GATEWAY, SIBLING = "172.16.0.2", "172.16.0.254", "172.16.0.3"
OWN_MAC, GATEWAY_MAC = bytes.fromhex("020000000002"), bytes.fromhex("0200000000fe")


def reply(sender: str, mac: bytes = GATEWAY_MAC) -> bytes:
    head = OWN_MAC + mac + bytes.fromhex("0806 0001 0800 06 04 0002")
    return head + mac + socket.inet_aton(sender) + OWN_MAC + socket.inet_aton(OWN)


class FakeTap:
    """A packet socket on the closed network."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.arrived: list[tuple[bytes, int]] = []
        self.gone = False

    def getsockname(self) -> tuple[object, ...]:
        return ("closed", 0x0806, 0, 1, OWN_MAC)

    def send(self, frame: bytes) -> None:
        if self.gone:
            raise OSError("Network is down")
        self.sent.append(frame)

    def recvfrom(self, _: int) -> tuple[bytes, tuple[object, ...]]:
        if self.gone:
            raise OSError("Network is down")
        if not self.arrived:
            raise BlockingIOError
        frame, kind = self.arrived.pop(0)
        return frame, ("closed", 0x0806, kind)

    def close(self) -> None:
        pass


@pytest.fixture
def tap() -> FakeTap:
    return FakeTap()


@pytest.fixture
def probe(tap: FakeTap) -> ClosedNetworkProbe:
    network = ClosedNetwork(device="closed", address=OWN, gateway=GATEWAY, sibling=SIBLING, announced=())
    probe = ClosedNetworkProbe(network, 0.3, 0.0)
    probe._tap = tap  # type: ignore[assignment]
    return probe


def test_a_question_is_an_arp_request_byte_for_byte() -> None:
    frame = who_has(socket.inet_aton(GATEWAY), socket.inet_aton(OWN), OWN_MAC, BROADCAST)

    assert frame.hex(" ", 2) == (
        "ffff ffff ffff 0200 0000 0002 0806 0001 0800 0604 0001 0200 0000 0002 ac10 0002 0000 0000 0000 ac10 00fe"
    )


def test_gateway_and_sibling_are_asked(probe: ClosedNetworkProbe, tap: FakeTap) -> None:
    probe.ask(0.0)

    assert {frame[38:] for frame in tap.sent} == {socket.inet_aton(GATEWAY), socket.inet_aton(SIBLING)}
    assert {frame[:6] for frame in tap.sent} == {BROADCAST}


@pytest.mark.parametrize("voice", [GATEWAY, SIBLING])
def test_one_voice_is_enough(probe: ClosedNetworkProbe, tap: FakeTap, voice: str) -> None:
    tap.arrived.append((reply(voice), 0))
    probe.listen(1.0)

    assert probe.is_well(1.0)
    assert probe.ever
    assert probe.next_silence_s(1.0) == pytest.approx(1.3)


@pytest.mark.parametrize(
    ("sender", "kind"),
    [("172.16.0.77", 0), (GATEWAY, socket.PACKET_OUTGOING)],
    ids=["a stranger", "what was sent from here"],
)
def test_anyone_else_is_not_heard(probe: ClosedNetworkProbe, tap: FakeTap, sender: str, kind: int) -> None:
    tap.arrived.append((reply(sender), kind))
    probe.listen(1.0)

    assert probe.is_silent(1.0)
    assert not probe.ever


def test_the_closed_network_can_be_waited_for_while_it_is_there(probe: ClosedNetworkProbe, tap: FakeTap) -> None:
    assert probe.sockets == (tap,)

    tap.gone = True
    probe.listen(1.0)
    assert probe.sockets == ()


class FilteredTap(FakeTap):
    """The kernel runs the filter over what a test sends through a datagram socket pair."""

    def __init__(self) -> None:
        super().__init__()
        self.sender, self._receiver = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.setblocking, self.setsockopt = self._receiver.setblocking, self._receiver.setsockopt
        self.recv = self._receiver.recv

    def bind(self, address: tuple[str, int]) -> None:
        assert address == ("closed", 0x0806)

    def close(self) -> None:
        self.sender.close()
        self._receiver.close()


def test_no_other_hosts_word_wakes_the_agent(probe: ClosedNetworkProbe, monkeypatch: pytest.MonkeyPatch) -> None:
    probe._tap, tap = None, FilteredTap()
    with monkeypatch.context() as patched:
        patched.setattr(socket, "socket", lambda *_: tap)
        probe._opened()
    for sender in ("172.16.0.77", GATEWAY, "172.16.0.1", SIBLING, "172.16.0.77"):
        tap.sender.send(reply(sender))

    assert [tap.recv(100), tap.recv(100)] == [reply(GATEWAY), reply(SIBLING)]
    with pytest.raises(BlockingIOError):
        tap.recv(100)
    probe._close()


def test_who_answers_is_asked_alone_and_by_broadcast_again_once_all_are_silent(
    probe: ClosedNetworkProbe, tap: FakeTap
) -> None:
    tap.arrived.append((reply(GATEWAY), 0))
    probe.listen(1.0)
    probe.ask(1.0)
    while_heard = {frame[38:]: frame[:6] for frame in tap.sent}
    tap.sent.clear()
    probe.ask(2.0)

    assert while_heard == {socket.inet_aton(GATEWAY): GATEWAY_MAC, socket.inet_aton(SIBLING): BROADCAST}
    assert {frame[:6] for frame in tap.sent} == {BROADCAST}


def test_a_device_that_is_gone_is_silence_and_is_opened_anew(
    probe: ClosedNetworkProbe, tap: FakeTap, monkeypatch: pytest.MonkeyPatch
) -> None:
    tap.gone = True
    again = FakeTap()
    monkeypatch.setattr(ClosedNetworkProbe, "_opened", lambda self: self._tap or setattr(self, "_tap", again) or again)

    probe.listen(1.0)
    assert probe.is_silent(1.0)

    again.arrived.append((reply(GATEWAY), 0))
    probe.listen(2.0)
    assert not probe.is_silent(2.0)
