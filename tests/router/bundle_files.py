"""The bundle of one router, as the agent gets it: its files, and the settings in `agent.json`."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile

PRIVATE_KEY = "cHJpdmF0ZS1rZXktb2Ytb25lLXJvdXRlci0wMDAwMDE="
PRE_SHARED_KEY = "cHJlLXNoYXJlZC1rZXktb2Ytb25lLXR1bm5lbC0wMDE="
PEER = "cHVibGljLWtleS1vZi10aGUtZmFyLWVuZC0wMDAwMDE="
PARAMETER_PATH = "/flets-to-vpc/lab/aws-a"
SITE, VPC = "192.168.1.0/24", "10.20.0.0/20"
TUNNEL_NEIGHBOR, GATEWAY_NEIGHBOR, SIBLING = "10.253.0.16", "169.254.6.2", "10.255.0.26"
NETWORK_UNITS = ("flets-to-vpc-addresses.service", "nftables.service", "frr.service")

FRR_CONF = f"""frr defaults traditional
hostname aws-a
!
bfd
 profile tunnel
  transmit-interval 100
 exit
 !
 peer {SIBLING} multihop local-address 10.255.0.10
  profile tunnel
  shutdown
 exit
 !
exit
!
"""
WIREGUARD_CONF = f"""[Interface]
Address = 10.253.0.17/31
MTU = 1440
Table = off
ListenPort = 51820
PostUp = /usr/sbin/flets-to-vpc keys %i

[Peer]
PublicKey = {PEER}
Endpoint = 198.51.100.10:51820
AllowedIPs = 0.0.0.0/0
"""
AGENT = {
    "schema": 1,
    "router": "aws-a",
    "cloud": "aws",
    "sibling": "aws-b",
    "asn": 64513,
    "loopback": "10.253.0.3",
    "wireguard": [
        {
            "interface": "wg-sakura-a-0",
            "private_key": "private-key/1",
            "peer_public_key": PEER,
            "pre_shared_key": "pre-shared-key/sakura-a-1.aws-a-1",
        }
    ],
    "bgp_neighbors": [TUNNEL_NEIGHBOR, GATEWAY_NEIGHBOR],
    "site_neighbors": [],
    "bfd_peers": [TUNNEL_NEIGHBOR],
    "bfd": {"interval_ms": 100, "multiplier": 3},
    "sibling_bfd": SIBLING,
    "prefixes": {"sites": [SITE], "vpcs": [VPC]},
    "takeover": True,
    "gateway": {
        "device": "gre-gateway",
        "private_address": "10.255.0.10",
        "neighbors": [GATEWAY_NEIGHBOR],
        "hold_s": 30,
        "announced": [SITE],
    },
    "closed_network": None,
    "virtual_ip": None,
}
SAKURA_AGENT = {
    **AGENT,
    "router": "sakura-a",
    "cloud": "sakura",
    "sibling": "sakura-b",
    "asn": 65010,
    "bgp_neighbors": [TUNNEL_NEIGHBOR, "10.253.0.18", "172.16.0.10"],
    "site_neighbors": ["172.16.0.10"],
    "bfd_peers": [TUNNEL_NEIGHBOR, "10.253.0.18", "172.16.0.10"],
    "sibling_bfd": None,
    "takeover": False,
    "gateway": None,
    "closed_network": {
        "device": "closed",
        "address": "172.16.0.2",
        "gateway": "172.16.0.254",
        "sibling": "172.16.0.3",
        "announced": ["192.168.1.0/24"],
    },
    "virtual_ip": "172.16.0.1",
}
FILES = {
    "etc/frr/frr.conf": FRR_CONF,
    "etc/flets-to-vpc/addresses.ip": "# own\naddress replace 10.253.0.3/32 dev lo\n",
    "etc/flets-to-vpc/agent.json": json.dumps(AGENT),
    "etc/flets-to-vpc/gre.env": "DEVICE=gre-gateway\n",
    "etc/nftables.conf": "flush ruleset\n",
    "etc/sysctl.d/60-flets-to-vpc.conf": "net.ipv4.ip_forward = 1\n",
    "etc/systemd/system/flets-to-vpc-path.target.d/50-units.conf": (
        "[Unit]\nWants=wg-quick@wg-sakura-a-0.service\nWants=flets-to-vpc-gre.service\n"
    ),
    "etc/wireguard/wg-sakura-a-0.conf": WIREGUARD_CONF,
}


def packed(files: dict[str, str], mode: int = 0o644) -> bytes:
    """A bundle of these files."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as archive:
        for name, content in sorted(files.items()):
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content.encode()), mode
            archive.addfile(entry, io.BytesIO(content.encode()))
    return gzip.compress(raw.getvalue(), mtime=0)


def digest(data: bytes) -> str:
    """SHA-256, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()
