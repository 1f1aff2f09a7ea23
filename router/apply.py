"""`flets-to-vpc apply`: a running router takes the bundle its pointer names."""

from __future__ import annotations

from router import boot_object, fetch
from router.aws import Aws
from router.boot_object import BootObject
from router.bundle import Bundle, Pointer
from router.change import change
from router.drain import out_of_the_path
from router.errors import AgentError, AwsError
from router.fetch import Fetched
from router.journal import say, warn
from router.machine import Machine
from router.patience import Patience
from router.validate import validate

PATIENCE_S = 30.0
"""AWS is asked this long; a pointer that was just written may also show its old value for some seconds."""
BOOT_PATIENCE_S = 300.0
BUNDLE_PATIENCE_S = 10.0
"""Object and keys are written before the pointer and never change: what is wrong now stays wrong."""


def apply(machine: Machine, version: str | None, patience: Patience | None = None) -> None:
    """Applies the bundle in force, which must be `version` when stated. Raises AgentError; the router runs on."""
    machine.paths.make_own_folders()
    _wait_for_boot(machine)
    with machine.state.lock():
        running = machine.state.last_good()
        if running is None:
            raise AgentError("the last good bundle is gone from this router's disk; a reboot fetches it again")
        try:
            _apply(machine, running, version, patience or Patience(seconds=PATIENCE_S))
        except AgentError as error:
            _record(machine, f"apply failed: {error}")
            raise


def _wait_for_boot(machine: Machine) -> None:
    # AWS sends a new router its first association while it still boots, or even before.
    started = Patience(seconds=BOOT_PATIENCE_S).until_true(lambda: machine.state.record() is not None, every_s=0.5)
    if not started:
        raise AgentError(
            f"the path was not started within {BOOT_PATIENCE_S:.0f} s, so there is nothing to change; "
            "flets-to-vpc-boot.service takes the newest bundle by itself, see `journalctl -u flets-to-vpc-boot`"
        )


def _apply(machine: Machine, running: Bundle, version: str | None, patience: Patience) -> None:
    fetched = _fetch(machine, running, version, patience)
    if fetched is None:
        say(f"bundle {running.version} is in force already: nothing to do")
        return
    validate(fetched.bundle, machine.run, machine.paths)
    say(f"applying bundle {fetched.bundle.version} over bundle {running.version}")
    with out_of_the_path(machine):
        change(machine, running, fetched)
    machine.state.write_record(
        source="api", bundle_version=fetched.bundle.version, last=f"bundle {fetched.bundle.version} applied"
    )
    say(f"bundle {fetched.bundle.version} is in force")


def _fetch(machine: Machine, running: Bundle, version: str | None, patience: Patience) -> Fetched | None:
    """What the pointer names, or None when that runs already."""
    with machine.aws() as aws:
        boot = patience.until_done(lambda: boot_object.read(machine.paths), warn)
        pointed = patience.until_done(lambda: _pointer(aws, boot, version), warn)
        if pointed.sha256 == running.sha256:
            return None
        bundle_patience = Patience(seconds=min(BUNDLE_PATIENCE_S, patience.seconds or 0))
        return bundle_patience.until_done(lambda: fetch.everything(aws, boot, pointed), warn)


def _pointer(aws: Aws, boot: BootObject, version: str | None) -> Pointer:
    pointed = fetch.pointer(aws, boot)
    if version is not None and pointed.version != version:
        raise AwsError(
            f"{boot.parameter_path}/bundle names bundle {pointed.version}, not {version}: "
            "it was not written yet, or has been overtaken"
        )
    return pointed


def _record(machine: Machine, last: str) -> None:
    record = machine.state.record()
    if record is not None:
        machine.state.write_record(source=record.source, bundle_version=record.bundle_version, last=last)
