"""Runs in a network namespace of its own: a router's firewall over TUN devices that hand packets in and out.

Standard input is one JSON object: `interfaces` (name to addresses), `routes` (arguments of `ip route add`),
`sysctl` and `nftables` (file content), `packets` (interface and hexadecimal IP packet).
Standard output is a JSON list, one item per packet: what then left the router, as interface and hexadecimal packet.
"""

from __future__ import annotations

import fcntl
import json
import os
import select
import struct
import subprocess
import sys
import tempfile

TUNSETIFF = 0x400454CA
IFF_TUN_NO_PI = 0x1001
QUIET_S = 0.02
"""The kernel answers while the packet is being written; this is a generous wait for it."""


def run(*command: str, stdin: str | None = None) -> None:
    subprocess.run(command, input=stdin, text=True, check=True, stdout=subprocess.DEVNULL)


def open_device(name: str, addresses: list[str]) -> int:
    device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TUN_NO_PI))
    run("ip", "link", "set", name, "up")
    for address in addresses:
        run("ip", "address", "add", address, "dev", name)
    return device


def load(program: list[str], content: str) -> None:
    with tempfile.NamedTemporaryFile("w") as file:
        file.write(content)
        file.flush()
        run(*program, file.name)


def drain(devices: dict[int, str]) -> list[tuple[str, str]]:
    """What leaves until nothing has left for a while; the kernel's own IPv6 chatter is not counted."""
    left = []
    while readable := select.select(list(devices), [], [], QUIET_S)[0]:
        for device in readable:
            packet = os.read(device, 65535)
            if packet[0] >> 4 == 4:
                left.append((devices[device], packet.hex()))
    return left


def main() -> None:
    stated = json.load(sys.stdin)
    run("ip", "link", "set", "lo", "up")
    load(["sysctl", "--quiet", "--load"], stated["sysctl"])
    run("sysctl", "--quiet", "net.ipv4.icmp_ratelimit=0")
    loopback = stated["interfaces"].pop("lo")
    for address in loopback:
        run("ip", "address", "add", address, "dev", "lo")
    devices = {open_device(name, addresses): name for name, addresses in stated["interfaces"].items()}
    by_name = {name: device for device, name in devices.items()}
    for route in stated["routes"]:
        run("ip", "route", "add", *route.split())
    load(["nft", "-f"], stated["nftables"])

    drain(devices)
    left = []
    for interface, packet in stated["packets"]:
        os.write(by_name[interface], bytes.fromhex(packet))
        left.append(drain(devices))
    json.dump(left, sys.stdout)


main()
