"""What the agent remembers.

Over reboots: the last good bundle, its pointer, the keys.
Until the next one: the record of this boot.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import time
from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from router import files
from router.bundle import Bundle, Pointer, open_bundle, parse_pointer
from router.errors import AgentError, BundleError
from router.paths import Paths
from router.patience import Patience

LOCK_PATIENCE_S = 300.0
LOCK_POLL_S = 0.2


@dataclass(frozen=True, kw_only=True)
class Record:
    """How the bundle in force came here, and the last thing the agent did."""

    source: str
    """`api` or `disk`."""
    bundle_version: str
    booted_at_s: float
    """Unix time."""
    last: str
    """The last outcome, in words."""


class State:
    """The agent's memory, below the two folders of `Paths`."""

    def __init__(self, paths: Paths) -> None:
        self._paths = paths

    def last_good(self) -> Bundle | None:
        """The bundle that last passed its check; none before the first. Raises BundleError when the disk spoilt it."""
        pointer, bundle = self._paths.state / "pointer.json", self._paths.state / "bundle.tar.gz"
        if not pointer.exists() or not bundle.exists():
            return None
        return open_bundle(bundle.read_bytes(), parse_pointer(pointer.read_text()).sha256)

    def keep(self, pointer: Pointer, bundle: Bundle) -> None:
        """Makes this the last good bundle, and forgets keys it does not name."""
        files.write_all(
            [
                (self._paths.state / "bundle.tar.gz", bundle.data, 0o600),
                (self._paths.state / "pointer.json", pointer.text().encode(), 0o600),
            ]
        )
        kept = {_key_file(name) for name in bundle.agent.key_names}
        for path in (self._paths.state / "keys").iterdir():
            if path.name not in kept:
                path.unlink()

    def key(self, name: str) -> str:
        """A key by its parameter suffix. Raises BundleError."""
        try:
            return (self._paths.state / "keys" / _key_file(name)).read_text()
        except FileNotFoundError as error:
            raise BundleError(f"key {name} is not on this router; `flets-to-vpc boot` fetches it") from error

    def keys(self, names: Collection[str]) -> dict[str, str]:
        """Those of the named keys that are here."""
        found = {}
        for name in names:
            with contextlib.suppress(BundleError):
                found[name] = self.key(name)
        return found

    def write_keys(self, keys: Mapping[str, str]) -> None:
        """Writes keys (0600) beside those already here."""
        folder = self._paths.state / "keys"
        files.write_all([(folder / _key_file(name), key.encode(), 0o600) for name, key in keys.items()])

    def installed(self) -> tuple[str, ...]:
        """Every path a bundle may have left on this router."""
        path = self._paths.state / "installed.json"
        return tuple(json.loads(path.read_text())) if path.exists() else ()

    def write_installed(self, paths: Collection[str]) -> None:
        """Remembers them before they are written, so that a crash leaves no file nobody owns."""
        files.write(self._paths.state / "installed.json", json.dumps(sorted(paths)))

    def record(self) -> Record | None:
        """The record of this boot; none before the first bundle was started."""
        path = self._record_path
        return Record(**json.loads(path.read_text())) if path.exists() else None

    def write_record(self, *, source: str, bundle_version: str, last: str) -> None:
        """Keeps the time of the boot that the record already holds."""
        before = self.record()
        booted_at_s = time.time() if before is None else before.booted_at_s
        record = Record(source=source, bundle_version=bundle_version, booted_at_s=booted_at_s, last=last)
        files.write(self._record_path, json.dumps(asdict(record)))

    @contextlib.contextmanager
    def lock(self, patience: Patience | None = None) -> Iterator[None]:
        """One boot or apply at a time. Raises AgentError when another does not end in time."""
        patience = patience or Patience(seconds=LOCK_PATIENCE_S)
        with (self._paths.run / "lock").open("w") as stream:
            if not patience.until_true(lambda: _taken(stream.fileno()), every_s=LOCK_POLL_S):
                raise AgentError(
                    f"another boot or apply has run for {patience.seconds:.0f} s; "
                    "see `journalctl -u flets-to-vpc-boot` and try again when it has ended"
                )
            yield

    @property
    def _record_path(self) -> Path:
        return self._paths.run / "record.json"


def _key_file(name: str) -> str:
    return name.replace("/", "_")


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
