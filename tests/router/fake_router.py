"""A router without a machine: a folder for its disk, a list for what was run, and an AWS that is a dictionary."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from router.errors import AwsError, CommandError
from router.machine import Machine
from router.moves import Watched
from router.paths import Paths
from tests.router.bundle_files import (
    FILES,
    NETWORK_UNITS,
    PARAMETER_PATH,
    PEER,
    PRE_SHARED_KEY,
    PRIVATE_KEY,
    digest,
    packed,
)
from tests.router.fake_frr import FakeFrr


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


LOCK = "/flets-to-vpc/lab/roll-out-lock/aws"
"""The pair's parameter."""


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

    @property
    def has_lock(self) -> bool:
        """Whether the pair's roll-out lock is taken, by whomever."""
        return LOCK in self.aws.parameters

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
