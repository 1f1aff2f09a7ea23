"""Where everything of the agent lies on a router."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Paths:
    """The router's file system; `root` is `/` except in tests."""

    root: Path = Path("/")

    def at(self, path: str) -> Path:
        """A router's absolute path, below `root`."""
        return self.root / path.lstrip("/")

    @property
    def boot_object(self) -> Path:
        """Written by the startup note on Sakura; absent on EC2, where the user data is the boot object."""
        return self.at("/etc/flets-to-vpc/boot.json")

    @property
    def frr_conf(self) -> Path:
        """The bundle's FRR configuration, as rendered."""
        return self.at("/etc/frr/frr.conf")

    @property
    def state(self) -> Path:
        """What survives a reboot: last good bundle, its pointer, keys (0700)."""
        return self.at("/var/lib/flets-to-vpc")

    @property
    def run(self) -> Path:
        """What does not: lock, records of this boot, the agent's own FRR lines (0700)."""
        return self.at("/run/flets-to-vpc")

    @property
    def frr_run(self) -> Path:
        """FRR's vty sockets."""
        return self.at("/run/frr")

    @property
    def track_file(self) -> Path:
        """keepalived's: 0 keeps the priority, 1 takes it below the sibling's."""
        return self.run / "path"

    @property
    def watch_file(self) -> Path:
        """What `watch` judged last, for everyone to read."""
        return self.run / "watch.json"

    @property
    def draining_flag(self) -> Path:
        """Exists while the router is to carry nothing."""
        return self.run / "draining"

    @property
    def lock_flag(self) -> Path:
        """Exists while this router has the pair's roll-out lock and has stopped carrying."""
        return self.run / "lock-taken"

    @property
    def planned_stop(self) -> Path:
        """Locked by who drains this router, or gives the pair's lock back."""
        return self.run / "planned-stop"

    @property
    def reloaded_flag(self) -> Path:
        """Touched by whoever changed FRR's configuration or `agent.json` under `watch`."""
        return self.run / "reloaded"

    def make_own_folders(self) -> None:
        """Creates the two folders only root may enter."""
        for folder in (self.state, self.state / "keys", self.run):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder.chmod(0o700)
