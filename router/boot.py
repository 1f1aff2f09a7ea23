"""`flets-to-vpc boot`: from a bare machine to a running path.

AWS is asked first.
When it is away and this router has booted before, the last good bundle and keys on its own disk start the path.
"""

from __future__ import annotations

from dataclasses import dataclass

from router import boot_object, fetch, notify
from router.aws import Aws
from router.bundle import Bundle
from router.change import go_back
from router.errors import AgentError, BundleError
from router.fetch import Fetched
from router.health import Working
from router.journal import say, warn
from router.machine import Machine
from router.patience import Patience
from router.validate import validate

API_PATIENCE_S = 20.0
"""How long a router that has a last good bundle waits for AWS; without one it waits for ever."""
START_PATIENCE_S = 5.0
"""A unit that systemd restarts at once counts as started."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """What this boot starts from; `fetched` is none when it is the disk."""

    bundle: Bundle
    fetched: Fetched | None

    @property
    def name(self) -> str:
        """`api` or `disk`, as status shows it."""
        return "disk" if self.fetched is None else "api"


def boot(machine: Machine, patience: Patience | None = None) -> None:
    """Starts the path and tells systemd; `watch` then says when this router is ready."""
    machine.paths.make_own_folders()
    with machine.state.lock():
        record = machine.state.record()
        if record is None:
            _start(machine, patience)
        else:
            say(f"the path was started from bundle {record.bundle_version}; `flets-to-vpc apply` changes it")
    notify.ready()


def _start(machine: Machine, patience: Patience | None) -> None:
    last_good = _last_good(machine)
    source = _source(machine, last_good, patience or Patience(seconds=API_PATIENCE_S if last_good else None))
    if source.fetched is not None:
        machine.state.write_keys(source.fetched.keys)
    _install_and_start(machine, source.bundle)
    problem = _not_started(machine)
    if source.fetched is not None and (not problem or last_good is None):
        # A first bundle is kept even when a unit fails: `apply` must have something to go on from.
        machine.state.keep(source.fetched.pointer, source.bundle)
    elif problem and source.fetched is not None and last_good is not None and last_good.sha256 != source.bundle.sha256:
        warn(f"bundle {source.bundle.version} does not start: {problem}")
        go_back(machine, Working(), source.bundle, last_good)
        source, problem = Source(bundle=last_good, fetched=None), _not_started(machine)
    outcome = problem or "every unit of the path started"
    machine.state.write_record(source=source.name, bundle_version=source.bundle.version, last=outcome)
    (warn if problem else say)(f"booted from bundle {source.bundle.version} ({source.name}): {outcome}")


def _last_good(machine: Machine) -> Bundle | None:
    try:
        bundle = machine.state.last_good()
        if bundle is not None:
            for name in bundle.agent.key_names:
                machine.state.key(name)
    except BundleError as error:
        warn(f"the last good bundle on this disk is of no use: {error}")
        return None
    return bundle


def _source(machine: Machine, last_good: Bundle | None, patience: Patience) -> Source:
    try:
        with machine.aws() as aws:
            fetched = patience.until_done(lambda: _fetch(machine, aws, last_good), warn)
        return Source(bundle=fetched.bundle, fetched=fetched)
    except AgentError as error:
        if last_good is None:
            raise
        warn(
            f"BOOTING FROM DISK: no valid bundle from AWS within {patience.seconds:.0f} s ({error}); "
            f"starting the last good bundle {last_good.version}; a newer one is taken by the next `flets-to-vpc apply`"
        )
        return Source(bundle=last_good, fetched=None)


def _fetch(machine: Machine, aws: Aws, last_good: Bundle | None) -> Fetched:
    boot = boot_object.read(machine.paths)
    fetched = fetch.everything(aws, boot, fetch.pointer(aws, boot))
    # Without a last good bundle there is nothing better to start from, and each daemon names its own bad line.
    if last_good is not None and last_good.sha256 != fetched.bundle.sha256:
        validate(fetched.bundle, machine.run, machine.paths)
    return fetched


def _install_and_start(machine: Machine, bundle: Bundle) -> None:
    # FRR shows its configuration with the machine's name; another one than the file's is a difference at each reload.
    machine.run(["hostname", bundle.agent.router])
    machine.installer.write(bundle)
    machine.installer.remove_all_but(bundle)
    machine.lines.write_intended(bundle.agent)
    machine.units.read_files()
    say(f"bundle {bundle.version} is installed; starting the path")
    machine.units.start_path()


def _not_started(machine: Machine) -> str:
    """Units of the path that are not active, with their last words; empty when all are."""
    missing: list[str] = []

    def all_active() -> bool:
        states = machine.units.states(machine.units.of_path())
        missing[:] = [unit for unit, state in sorted(states.items()) if state != "active"]
        return not missing

    Patience(seconds=START_PATIENCE_S).until_true(all_active, every_s=0.5)
    return "; ".join(f"{unit} does not start: {machine.units.last_lines(unit)}" for unit in missing)
