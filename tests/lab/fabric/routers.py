"""Stand-in routers: the gateway's far end, without the images."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.lab.fabric.outside import Lab, wait_until

GRE = Path(__file__).resolve().parents[3] / "lab" / "fabric" / "gre.py"
INSIDE = {"aws-a": ("169.254.6.1", "169.254.6.2"), "aws-b": ("169.254.6.9", "169.254.6.10")}
OUTER = {"aws-a": ("10.255.0.10", "10.254.0.1"), "aws-b": ("10.255.0.26", "10.254.0.2")}
SITE_PREFIX = "192.168.1.0/24"
SITE_HOST = "192.168.1.10"

_CONFIG = """
router id {router};
protocol device {{ }}
protocol direct {{ ipv4; interface "gre-gateway"; }}
protocol static {{ ipv4; {routes} }}
protocol bgp session_2 {{ {session} neighbor {gateway_2} as 64512; }}
protocol bgp session_3 {{ {session} neighbor {gateway_3} as 64512; }}
"""
_SESSION = """
    local {router} as {asn};
    multihop 2; connect delay time 1; connect retry time 1; error wait time 1, 2;
    ipv4 {{ import all; export filter {{ if source != RTS_STATIC then reject; {path} accept; }}; }};
"""


def join(lab: Lab, router: str) -> int:
    """GRE to the gateway, the site's host behind it; the number ends the tunnel."""
    inside, outer = INSIDE[router][0], OUTER[router]
    lab.run(router, "ip", "address", "replace", f"{SITE_HOST}/32", "dev", "lo")
    number = lab.start(router, sys.executable, "-I", str(GRE), "gre-gateway", *outer, f"{inside}/29", "8476")
    wait_until(lambda: f"{inside}/29" in lab.run(router, "ip", "-br", "address"))
    for destination in ("10.20.0.0/20", "10.21.0.0/20", "10.255.0.0/24"):
        lab.run(router, "ip", "route", "replace", destination, "dev", "gre-gateway", "src", SITE_HOST, "table", "1000")
    lab.run(router, "sh", "-c", f"ip rule | grep -q 'lookup 1000' || ip rule add from {SITE_HOST} lookup 1000")
    return number


def announce(
    lab: Lab, router: str, path: str = "65010", asn: int = 64513, prefixes: tuple[str, ...] = (SITE_PREFIX,)
) -> int:
    """Both BGP sessions, announcing the prefixes with this path behind the router's own ASN."""
    inside, gateway = INSIDE[router]
    prepends = " ".join(f"bgp_path.prepend({hop});" for hop in reversed(path.split()))
    routes = " ".join(f"route {prefix} unreachable;" for prefix in prefixes)
    third = gateway.rpartition(".")[0] + f".{int(gateway.rpartition('.')[2]) + 1}"
    session = _SESSION.format(router=inside, asn=asn, path=prepends)
    text = _CONFIG.format(router=inside, routes=routes, session=session, gateway_2=gateway, gateway_3=third)
    config, control = f"/run/wireguard/{router}.conf", f"/run/wireguard/{router}.ctl"
    lab.ask("write", config, text)
    return lab.start(router, "bird", "-f", "-c", config, "-s", control)
