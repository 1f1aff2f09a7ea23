"""A router without a machine: a folder for its disk, a list for what was run, and an AWS that is a dictionary."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from router.errors import AwsError, CommandError, FrrError
from router.frr import BfdSession, BgpSession
from router.machine import Machine
from router.moves import Watched
from router.paths import Paths

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


class FakeAws:
    """What one router's role can read; `away` makes every call fail."""

    def __init__(self) -> None:
        self.away = False
        self.parameters = {
            f"{PARAMETER_PATH}/private-key/1": PRIVATE_KEY,
            f"{PARAMETER_PATH}/pre-shared-key/sakura-a-1.aws-a-1": PRE_SHARED_KEY,
        }
        self.objects: dict[str, bytes] = {}

    def __enter__(self) -> FakeAws:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def deploy(self, data: bytes, sha256: str | None = None) -> str:
        """Puts a bundle and its pointer there; gives its version."""
        sha256 = sha256 or digest(data)
        self.objects[sha256] = data
        pointer = {"schema": 1, "key": "aws-a/bundle.tar.gz", "version_id": sha256, "sha256": sha256}
        self.parameters[f"{PARAMETER_PATH}/bundle"] = json.dumps(pointer)
        return sha256[:12]

    def parameter(self, region: str, name: str) -> str:
        """As the real one."""
        if self.away or name not in self.parameters:
            raise AwsError(f"parameter {name}: {'AWS is not reached' if self.away else 'ParameterNotFound'}")
        return self.parameters[name]

    def create(self, region: str, name: str, value: str) -> bool:
        """As the real one."""
        if self.away:
            raise AwsError(f"parameter {name}: AWS is not reached")
        return self.parameters.setdefault(name, value) is value

    def delete(self, region: str, name: str) -> None:
        """As the real one."""
        if self.away:
            raise AwsError(f"parameter {name}: AWS is not reached")
        self.parameters.pop(name, None)

    def object(self, region: str, bucket: str, key: str, version_id: str) -> bytes:
        """As the real one."""
        if self.away or version_id not in self.objects:
            raise AwsError(f"object s3://{bucket}/{key}: NoSuchVersion")
        return self.objects[version_id]


@dataclass
class FakeVty:
    """One daemon's vty: notes what is asked and entered; `connections` is what a test raises for a daemon's restart."""

    entered: list[tuple[str, ...]]
    asked: list[str]
    refuses: set[str] = field(default_factory=set)
    connections: int = 1

    def ask(self, command: str) -> str:
        """Notes the command."""
        self.asked.append(command)
        return ""

    def configure(self, *lines: str) -> None:
        """Notes the lines, and fails where the test says."""
        self.entered.append(lines)
        refused = [line for line in lines if any(part in line for part in self.refuses)]
        if refused:
            raise FrrError(f"refuses `{refused[0]}`, as the test wants")


@dataclass
class FakeFrr:
    """FRR whose sessions and routes are what the test says."""

    up: set[str] = field(default_factory=lambda: {TUNNEL_NEIGHBOR, GATEWAY_NEIGHBOR})
    bfd_up: set[str] = field(default_factory=lambda: {TUNNEL_NEIGHBOR})
    routes: frozenset[str] = frozenset({SITE, VPC})
    bfd_ms: int = 100
    reloads: list[str] = field(default_factory=list)
    entered: list[tuple[str, ...]] = field(default_factory=list)
    """What any daemon was told in configuration mode."""
    asked: list[str] = field(default_factory=list)
    announced_anew: list[str] = field(default_factory=list)
    shut: set[str] = field(default_factory=set)
    packets: dict[str, int] = field(default_factory=dict)
    diagnostic: str = "ok"
    hung: set[str] = field(default_factory=set)
    """Daemons that do not answer."""
    vtys: dict[str, FakeVty] = field(default_factory=dict)
    on_reload: object = None

    def vty(self, daemon: str) -> FakeVty:
        """The one connection to a daemon."""
        return self.vtys.setdefault(daemon, FakeVty(self.entered, self.asked))

    def bgp_sessions(self) -> dict[str, BgpSession]:
        """The neighbours of `AGENT`."""
        self._answer("bgpd")
        return {
            name: BgpSession(neighbor=name, state="Established" if name in self.up else "Active", received_prefixes=2)
            for name in AGENT["bgp_neighbors"]
        }

    def bfd_sessions(self) -> dict[str, BfdSession]:
        """The tunnel's and the sibling's."""
        self._answer("bfdd")
        return {
            peer: BfdSession(
                peer=peer,
                status=self._status(peer),
                transmit_ms=self.bfd_ms,
                receive_ms=self.bfd_ms,
                multiplier=3,
                diagnostic=self.diagnostic,
                transmit_in_force_ms=self.bfd_ms,
                detection_ms=3 * self.bfd_ms,
            )
            for peer in (TUNNEL_NEIGHBOR, SIBLING)
        }

    def bfd_states(self) -> dict[str, str]:
        """The status of both."""
        self._answer("bfdd")
        return {peer: self._status(peer) for peer in (TUNNEL_NEIGHBOR, SIBLING)}

    def bfd_packets(self) -> dict[str, int]:
        """As the test says."""
        self._answer("bfdd")
        return self.packets

    def announce_anew(self, neighbors: Iterable[str]) -> None:
        """Notes the neighbors."""
        self.announced_anew.extend(neighbors)

    def prefixes(self) -> frozenset[str]:
        """Installed routes."""
        return self.routes

    def reload(self, intended: Path) -> None:
        """Notes the text FRR was told to run."""
        self.reloads.append(intended.read_text())
        if callable(self.on_reload):
            self.on_reload(len(self.reloads))

    def _status(self, peer: str) -> str:
        return "shutdown" if peer in self.shut else "up" if peer in self.bfd_up else "down"

    def _answer(self, daemon: str) -> None:
        if daemon in self.hung:
            raise FrrError(f"{daemon} does not answer, as the test wants")


class FakeRun:
    """Notes every program that is run, answers as systemd does, and fails where the test says."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, ...]] = []
        self.stdins: list[str] = []
        self.fails: set[str] = set()
        self.addresses = "[]"
        self.units: dict[str, str] = dict.fromkeys(
            (*NETWORK_UNITS, "wg-quick@wg-sakura-a-0.service", "flets-to-vpc-gre.service"), "active"
        )

    def __call__(self, argv: list[str], *, stdin: str = "", secrets: tuple[str, ...] = ()) -> str:
        self.calls.append(tuple(argv))
        self.stdins.append(stdin)
        line = " ".join(argv)
        if any(part in line for part in self.fails):
            raise CommandError(f"`{line}` failed with status 1: as the test wants")
        if "--property=Wants" in argv:
            return " ".join(self.units) + "\n"
        if "--property=Id,ActiveState" in argv:
            return "\n\n".join(f"Id={unit}\nActiveState={self.units.get(unit, 'inactive')}" for unit in argv[3:]) + "\n"
        if argv[:2] == ["wg-quick", "strip"]:
            return f"[Interface]\nListenPort = 51820\n\n[Peer]\nPublicKey = {PEER}\nAllowedIPs = 0.0.0.0/0\n"
        if argv[:3] == ["wg", "show", "all"]:
            return f"wg-sakura-a-0\t{PEER}\t" + ("9999999999\n" if argv[3] == "latest-handshakes" else "10\t20\n")
        return self.addresses if argv[:2] == ["ip", "-json"] else ""

    @property
    def changing(self) -> list[str]:
        """The calls that change something, as lines."""
        asking = ("show", "--check", "-C", "strip", "--unit", "--config-test", "hostname")
        return [" ".join(call) for call in self.calls if not any(word in call for word in asking)]


class FakeRouter:
    """All of it, and the machine the verbs are given."""

    def __init__(self, root: Path) -> None:
        self.paths = Paths(root=root)
        self.run = FakeRun()
        self.aws = FakeAws()
        self.frr = FakeFrr()
        self.on_sleep: Callable[[], None] = lambda: None
        """What happens while the agent waits."""
        self.restart()
        boot_object = {"router": "aws-a", "region": "ap-northeast-1", "bucket": "b", "parameter_path": PARAMETER_PATH}
        self.paths.boot_object.parent.mkdir(parents=True, exist_ok=True)
        self.paths.boot_object.write_text(json.dumps(boot_object))
        self.paths.make_own_folders()
        self.forwarded(7)

    def restart(self) -> None:
        """As a reboot: /run is empty."""
        for path in self.paths.run.glob("*"):
            path.unlink()
        self.machine = Machine(paths=self.paths, run=self.run, aws=lambda: self.aws)
        self.machine.__dict__["frr"] = self.frr

    def forwarded(self, packets: int) -> None:
        """What the kernel counts."""
        snmp = self.paths.at("/proc/net/snmp")
        snmp.parent.mkdir(parents=True, exist_ok=True)
        snmp.write_text(f"Ip: Forwarding DefaultTTL ForwDatagrams\nIp: 1 64 {packets}\nIcmp: InMsgs\nIcmp: 3\n")

    def judged(self, *, ready: bool = True, **rest: object) -> None:
        """As if `watch` had judged so."""
        self.paths.watch_file.write_text(json.dumps(asdict(Watched(ready=ready, **rest))))  # type: ignore[arg-type]

    def read(self, path: str) -> str:
        """A file of the router."""
        return self.paths.at(path).read_text()


def with_file(router: FakeRouter, name: str, text: str) -> str:
    """Deploys `FILES` with one of them changed; gives the version."""
    return router.aws.deploy(packed({**FILES, name: text}))
