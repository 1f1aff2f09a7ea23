"""Two hosts with a router between them, whose second link carries 1,440 bytes; run in namespaces of its own.

Sends a proof's flows both ways and prints, as JSON, what arrived, the MTUs, and which packet sizes each device saw.
"""

from __future__ import annotations

import json
import subprocess

from lab.proof import paths
from lab.proof.capture import Capture
from lab.proof.flows import Endpoint, FlowBook, Place
from lab.proof.traffic import Receivers, Traffic

SETUP = """
mkdir -p /run/netns; mount -t tmpfs tmpfs /run/netns
for name in host router server; do ip netns add $name; done
ip link add near netns host type veth peer name near netns router
ip link add far netns server type veth peer name far netns router
ip -n host address add 10.0.0.2/24 dev near; ip -n router address add 10.0.0.1/24 dev near
ip -n router address add 10.0.1.1/24 dev far; ip -n server address add 10.0.1.2/24 dev far
ip -n host link set near up; ip -n router link set near up
ip -n router link set far up mtu 1440; ip -n server link set far up mtu 1440
ip netns exec router sysctl -qw net.ipv4.ip_forward=1
ip -n host route add default via 10.0.0.1; ip -n server route add default via 10.0.1.1
"""


def place(kind: str, netns: str, address: str) -> Place:
    return Place(name=netns, hop=f"{kind}:{netns}", endpoints=(Endpoint(hop=kind, netns=netns, address=address),))


def main() -> None:
    subprocess.run(["sh", "-ec", SETUP], check=True)
    book = FlowBook()
    (path,) = paths.path_flows(book, [place("site", "host", "10.0.0.2")], [place("vpc", "server", "10.0.1.2")])
    found = {}
    for promised in (1440, 1430, 1450):
        capture = Capture(["host", "router", "server"], "192.0.2.66")
        traffic = Traffic(receivers=Receivers(book.flows), look=capture.drain)
        paths.send([path], traffic, promised)
        found[promised] = paths.measure_mtus([path], traffic, promised)[path]
        traffic.close()
        capture.close()
        if promised == 1440:
            udp = [s for s in capture.seen if s.protocol == 17 and s.netns == "router"]
            sizes = sorted(
                {(s.interface, s.outgoing, s.size_bytes) for s in udp if s.flow == path.forward.udp[0].number}
            )
            passed = [paths.passes(path.forward, path.backward), paths.passes(path.backward, path.forward)]
        for flow in book.flows:
            flow.delivered.clear()
    print(json.dumps({"mtus": found, "passed": passed, "sizes": sizes}))


main()
