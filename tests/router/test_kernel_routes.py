from __future__ import annotations

from ipaddress import IPv4Network
from pathlib import Path

from router.kernel_routes import reached_over

TABLE = """Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
internet\t00000000\t0100FF0A\t0003\t0\t0\t0\t00000000\t0\t0\t0
wg-sakura-a-0\t0001A8C0\t00000000\t0003\t0\t0\t20\t00FFFFFF\t0\t0\t0
wg-sakura-b-0\t0002A8C0\t00000000\t0001\t0\t0\t20\t80FFFFFF\t0\t0\t0
wg-sakura-b-0\t0003A8C0\t00000000\t0201\t0\t0\t20\t00FFFFFF\t0\t0\t0
wg-sakura-b-0\t0004A8C0\t00000000\t0000\t0\t0\t20\t00FFFFFF\t0\t0\t0
gre-gateway\t0000140A\t00000000\t0003\t0\t0\t20\t00F0FFFF\t0\t0\t0
"""


def reached(tmp_path: Path, *devices: str) -> list[str]:
    table = tmp_path / "route"
    table.write_text(TABLE)
    return [str(network) for network in reached_over(devices, table)]


def test_only_what_leaves_by_the_devices_is_reached(tmp_path: Path) -> None:
    assert reached(tmp_path, "wg-sakura-a-0") == ["192.168.1.0/24"]
    assert reached(tmp_path, "gre-gateway") == ["10.20.0.0/20"]
    assert reached(tmp_path) == []


def test_a_route_that_rejects_or_is_not_up_reaches_nothing(tmp_path: Path) -> None:
    assert reached(tmp_path, "wg-sakura-b-0") == ["192.168.2.0/25"]


def test_this_machines_own_table_is_read() -> None:
    assert all(isinstance(network, IPv4Network) for network in reached_over(("lo", "eth0")))
