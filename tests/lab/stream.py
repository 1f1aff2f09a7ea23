"""Numbered packets between every site and every VPC of a running lab, both ways, until a file appears.

Run inside the lab: `python -m tests.lab.stream FOLDER`.
It writes `FOLDER/started` once every flow has been seen to pass, ends when `FOLDER/stop` is there, and then writes
`FOLDER/lost.json`: by flow, how many were sent and the numbers of those that never came.
"""

from __future__ import annotations

import itertools
import json
import re
import select
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from lab.proof.netns import NAMED, inside

PORT = 45007
"""Not one of the proof's own."""
PAUSE_S = 0.06
LAST_WAIT_S = 1.0
FLOWS_PER_PAIR = 3
"""Source ports: enough to meet both gateway legs and all tunnels over all pairs."""


@dataclass
class Flow:
    name: str
    sender: socket.socket
    target: tuple[str, int]
    sent: int = 0
    heard: set[int] = field(default_factory=set)

    def send(self) -> None:
        try:
            self.sender.sendto(f"{self.name} {self.sent}".encode(), self.target)
        except OSError:
            pass  # counts as sent, and is lost
        self.sent += 1


def _address(netns: str) -> str:
    shown = subprocess.run(["ip", "-n", netns, "-4", "-o", "address"], capture_output=True, text=True, check=True)
    return next(a for a in re.findall(r"inet ([\d.]+)/", shown.stdout) if not a.startswith("127."))


def _socket(netns: str, port: int) -> socket.socket:
    with inside(netns):
        opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    opened.bind((_address(netns), port))
    opened.setblocking(False)
    return opened


def flows(places: dict[str, str]) -> Iterator[Flow]:
    """Every site to every VPC host and back."""
    ports = itertools.count(PORT + 1)
    for one, other in itertools.permutations(places, 2):
        if one.startswith("site-") != other.startswith("site-"):
            for number in range(FLOWS_PER_PAIR):
                yield Flow(f"{one}>{other}#{number}", _socket(one, next(ports)), (places[other], PORT))


def main(folder: Path) -> None:
    places = {n.name: _address(n.name) for n in NAMED.iterdir() if n.name.startswith(("site-", "host-"))}
    places = {name: address for name, address in places.items() if not name.startswith("host-router-vpc")}
    listeners = [_socket(netns, PORT) for netns in places]
    all_flows = {flow.name: flow for flow in flows(places)}
    while not (folder / "stop").exists():
        for flow in all_flows.values():
            flow.send()
        _hear(listeners, all_flows, PAUSE_S)
        if all(flow.heard for flow in all_flows.values()):
            (folder / "started").touch()
    _hear(listeners, all_flows, LAST_WAIT_S)
    lost = {flow.name: [flow.sent, sorted(set(range(flow.sent)) - flow.heard)] for flow in all_flows.values()}
    (folder / "lost.json").write_text(json.dumps(lost))


def _hear(listeners: list[socket.socket], all_flows: dict[str, Flow], for_s: float) -> None:
    until = time.monotonic() + for_s
    while (left := until - time.monotonic()) > 0:
        for listener in select.select(listeners, [], [], left)[0]:
            name, number = listener.recv(1500).decode().split()
            all_flows[name].heard.add(int(number))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
