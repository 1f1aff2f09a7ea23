from __future__ import annotations

import json

from lab.fabric.gateway_routing import sessions
from lab.fabric.observe import GatewayRoute, read_routes, read_session
from tests.lab.fabric.deployed import Deployed
from tests.lab.fabric.test_gateway import gateway_of

SESSION = sessions(gateway_of(Deployed()))[1]
ESTABLISHED = """\
x_3 BGP        ---        up     02:21:02.731  Established
  BGP state:          Established
    Neighbor address: 169.254.6.1
    Local capabilities
      Graceful restart
        AF supported: ipv4
        AF preserved: ipv4
    Neighbor capabilities
      Multiprotocol
        AF announced: ipv4
      Graceful restart
        Restart time: 120
        AF supported: ipv4
        AF preserved:{kept}
    Session:          external multihop AS4
  Channel ipv4
    Routes:         3 imported, 6 exported, 3 preferred
"""


def test_an_established_session_is_read() -> None:
    session = read_session(SESSION, ESTABLISHED.replace("{kept}", ""))
    assert (session.router, session.address, session.peer_address) == ("aws-a", "169.254.6.3", "169.254.6.1")
    assert (session.state, session.imported, session.preserves_forwarding) == ("Established", 3, False)


def test_a_peer_that_keeps_its_routes_while_away_is_seen() -> None:
    assert read_session(SESSION, ESTABLISHED.replace("{kept}", " ipv4")).preserves_forwarding
    assert not read_session(SESSION, ESTABLISHED.replace("{kept}", " ipv6")).preserves_forwarding


def test_a_session_that_bird_does_not_know_is_down() -> None:
    session = read_session(SESSION, "")
    assert (session.state, session.imported) == ("Down", 0)


def test_the_last_error_is_kept() -> None:
    block = "x BGP --- start\n  BGP state: Active\n    Last error:       Received: Bad peer AS: 64513\n"
    assert read_session(SESSION, block).last_error == "Received: Bad peer AS: 64513"


def test_routes_are_named_by_what_they_lead_to() -> None:
    entries = [
        {"dst": "10.0.0.0/8", "gateway": "169.254.0.1", "dev": "black-hole"},
        {"dst": "192.168.1.0/24", "nexthops": [{"dev": "gre-aws-b"}, {"dev": "gre-aws-a"}]},
    ]
    hops = {"gre-aws-a": "gre:aws-a", "gre-aws-b": "gre:aws-b", "black-hole": "blackhole"}
    assert read_routes(json.dumps(entries), hops) == [
        GatewayRoute(destination="10.0.0.0/8", next_hops=("blackhole",)),
        GatewayRoute(destination="192.168.1.0/24", next_hops=("gre:aws-a", "gre:aws-b")),
    ]
