"""The lab's own engine: runs the program on the SDK's test monitor and brings the emulated clouds to what it states."""

from __future__ import annotations

import asyncio
import runpy
import shutil
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from google.protobuf import empty_pb2
from pulumi.runtime import mocks, settings, stack
from pulumi.runtime.config import set_all_config

from lab.clouds.properties import concealed_map
from lab.clouds.store import Store
from lab.engine.beside import ORGANIZATION, Beside, full_name
from lab.engine.deployment import Deployment, DeploymentFailed, ProgramRefused
from lab.engine.monitor import Monitor, NoMocks
from lab.engine.providers import Providers
from lab.engine.stack_file import StackFile
from lab.engine.state import Known, State
from lab.engine.steps import DELETED, Step

_REFUSALS = frozenset({"PlanError", "RunError", "ConfigMissingError", "ConfigTypeError"})
"""Errors by which a program refuses its stack file; by name, since the lab may not import the program's modules."""


def preview(deployment: Deployment, stack_file: StackFile, seed: Callable[[Store], None]) -> list[Step]:
    """What `up` would do, tried on a copy of clouds and state. Raises ProgramRefused or DeploymentFailed."""
    with tempfile.TemporaryDirectory() as folder:
        copy = replace(deployment, store=Path(folder, "store.db"), state=Path(folder, "state.json"), out=Path(folder))
        for original, copied in ((deployment.store, copy.store), (deployment.state, copy.state)):
            if original.exists():
                shutil.copy(original, copied)
        return up(copy, stack_file, seed)


def up(deployment: Deployment, stack_file: StackFile, seed: Callable[[Store], None]) -> list[Step]:
    """Runs the program once; `seed` makes what the owner had before. Raises ProgramRefused or DeploymentFailed."""
    config = stack_file.for_pulumi()
    store = Store(deployment.store)
    with store.one_transaction():
        seed(store)
    state = _last_state(deployment, store)
    monitor = Monitor(state, Providers(store, config))
    with _kept(deployment, store, state, monitor):
        try:
            _run(deployment, monitor, config, monitor.failures)
        except Exception:
            monitor.outputs = None  # the SDK states them even for a program that ended early: the last ones stand
            raise
        _delete(monitor, state, [*monitor.doomed, *_gone(monitor, state)])
        _require_none(monitor)
    return monitor.steps


def destroy(deployment: Deployment, stack_file: StackFile) -> list[Step]:
    """Deletes all that the program made, last first. Raises DeploymentFailed, also for protected resources."""
    store = Store(deployment.store)
    state = _last_state(deployment, store)
    protected = [known.urn for known in state.entries if known.protect]
    if protected:
        store.close()
        way_out = "is protected; set `protect: false` and deploy first"
        raise DeploymentFailed("\n".join(f"{urn}: {way_out}" for urn in protected))
    monitor = Monitor(state, Providers(store, stack_file.for_pulumi()))
    with _kept(deployment, store, state, monitor):
        monitor.outputs = {}
        _delete(monitor, state, state.entries)
        _require_none(monitor)
    return monitor.steps


def _last_state(deployment: Deployment, store: Store) -> State:
    name = full_name(deployment.project, deployment.stack)
    return State(store, stack=name, beside=Beside(deployment.beside))


def require_consent(deployment: Deployment, stack_file: StackFile) -> None:
    """Runs the program against no cloud at all, only to hear its refusal. Raises ProgramRefused."""
    failures: list[str] = []
    try:
        _run(deployment, _NoCloud(failures), stack_file.for_pulumi(), failures)
    except DeploymentFailed:
        return


class _NoCloud(mocks.MockMonitor):
    """Lets nothing be registered."""

    def __init__(self, failures: list[str]) -> None:
        super().__init__(NoMocks())
        self._failures = failures

    def RegisterResource(self, request: Any) -> Any:
        """Accepts the stack only."""
        if request.type == "pulumi:pulumi:Stack":
            return super().RegisterResource(request)  # type: ignore[no-untyped-call]
        self._failures.append(f"{request.name}: there is no cloud")
        raise DeploymentFailed(self._failures[-1])


def _run(deployment: Deployment, monitor: mocks.MockMonitor, config: dict[str, str], failures: list[str]) -> None:
    deployment_info = monitor.GetDeploymentInfo(empty_pb2.Empty())  # type: ignore[no-untyped-call]
    features = set(deployment_info.supportedFeatures)
    settings.configure(
        mocks.MockSettings(  # type: ignore[no-untyped-call]
            monitor=monitor, monitor_features=features, engine=mocks.MockEngine(None), project=deployment.project,
            stack=deployment.stack, dry_run=False, organization=ORGANIZATION, callbacks=None,
        )
    )  # fmt: skip
    set_all_config(config)

    def program() -> None:
        runpy.run_path(str(deployment.program / "__main__.py"), run_name="__main__")

    async def main() -> None:
        # One thread: resources are registered in the program's order, so each run gives the same addresses.
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(max_workers=1))
        await stack.run_in_stack(program)

    try:
        asyncio.run(main())
    except Exception as error:
        if not failures and _REFUSALS & {kind.__name__ for kind in type(error).__mro__}:
            raise ProgramRefused(str(error)) from None
        if not failures:
            raise
        raise DeploymentFailed("\n".join(failures)) from error
    if failures:
        raise DeploymentFailed("\n".join(failures))


def _gone(monitor: Monitor, state: State) -> list[Known]:
    """What the program no longer states, and what an earlier run replaced but could not delete."""
    return [known for known in state.entries if known.replaced or known.urn not in monitor.new]


def _delete(monitor: Monitor, state: State, doomed: list[Known]) -> None:
    """Deletes each resource before what it depends on; what cannot be deleted stays in the state and is a failure."""
    for known in state.entries:
        if known.type.startswith("pulumi:providers:"):
            monitor.configure(known)
    for known in sorted(doomed, key=state.entries.index, reverse=True):
        is_gone = not known.replaced and known.urn not in monitor.new
        try:
            if known.protect and is_gone:
                raise DeploymentFailed("must be deleted but is protected")
            if known.is_custom:
                monitor.delete(known)
        except Exception as error:
            monitor.failures.append(f"{known.urn}: {error}")
            continue
        state.entries.remove(known)
        if known in monitor.doomed:
            monitor.doomed.remove(known)
        if is_gone:
            monitor.steps.append(Step(known.urn, DELETED))


def _require_none(monitor: Monitor) -> None:
    if monitor.failures:
        raise DeploymentFailed("\n".join(monitor.failures))


@contextmanager
def _kept(deployment: Deployment, store: Store, state: State, monitor: Monitor) -> Iterator[None]:
    """Keeps what a run did, also one that fails: clouds and state in one transaction, then the files for others."""
    try:
        with store.one_transaction():
            try:
                yield
            finally:
                _record(store, state, monitor)
    finally:
        store.export(deployment.out / "clouds.json")
        state.export(deployment.state)
        deployment.write("outputs.json", dict(state.outputs))
        deployment.write("steps.json", [asdict(step) for step in monitor.steps])
        store.close()


def _record(store: Store, state: State, monitor: Monitor) -> None:
    """Notes what exists now: what was not reached stays as it was known."""
    waiting = [replace(known, replaced=True) for known in monitor.doomed]
    left = [known for known in state.entries if known not in monitor.doomed]
    unreached = [known for known in left if known.replaced or known.urn not in monitor.new]
    stated = monitor.outputs
    outputs = state.outputs if stated is None else concealed_map(stated, "stack outputs", store.hide)
    state.write([*monitor.new.values(), *unreached, *waiting], outputs)
