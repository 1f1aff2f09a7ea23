"""Validating a bundle before anything is touched: every file by the program that will read it."""

from __future__ import annotations

import tempfile
from pathlib import Path

from router import files, wireguard
from router.bundle import Bundle
from router.commands import Run
from router.errors import BundleError, CommandError
from router.paths import Paths

PARSERS = {
    "/etc/frr/frr.conf": ("vtysh", "-C", "-f"),
    "/etc/keepalived/keepalived.conf": ("keepalived", "--config-test", "--use-file"),
    "/etc/nftables.conf": ("nft", "--check", "--file"),
}
"""Each takes the file's name as its last word, changes nothing, and fails on a line it does not know."""
DEMANDED = ("/etc/frr/frr.conf", "/etc/nftables.conf", "/etc/flets-to-vpc/addresses.ip")


def validate(bundle: Bundle, run: Run, paths: Paths) -> None:
    """Raises BundleError with every problem found."""
    problems = [f"{path} is missing" for path in DEMANDED if path not in bundle.by_path]
    for end in bundle.agent.wireguard:
        path = wireguard.conf_path(end.interface)
        if path not in bundle.by_path:
            problems.append(f"{path} is missing, agent.json names {end.interface}")
    with tempfile.TemporaryDirectory(prefix="validate-", dir=paths.run) as scratch:
        for file in bundle.files:
            place = Path(scratch) / Path(file.path).name
            files.write_all([(place, file.content, 0o600)])
            problems += _problems(file.path, place, run)
    if problems:
        raise BundleError(f"bundle {bundle.version} is not valid: {'; '.join(problems)}; render it anew")


def _problems(path: str, place: Path, run: Run) -> list[str]:
    argv: tuple[str, ...] = PARSERS.get(path, ())
    if path.startswith("/etc/wireguard/"):
        argv = ("wg-quick", "strip")
    if not argv:
        return []
    try:
        run([*argv, str(place)])
    except CommandError as error:
        return [f"{path}: {error}"]
    return []
