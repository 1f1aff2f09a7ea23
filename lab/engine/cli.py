"""The Pulumi CLI as the lab's engine: it drives the program through the emulated clouds, which are its plugins."""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pulumi.provider.experimental.property_value import PropertyValue

from lab.clouds.properties import concealed_map, wrapped
from lab.clouds.store import Store, names_in
from lab.engine.deployment import Deployment, DeploymentFailed, ProgramRefused
from lab.engine.events import STACK, Events
from lab.engine.project import Project
from lab.engine.stack_file import StackFile
from lab.engine.steps import Step

_TRACEBACK = re.compile(r":\n +File \"")
ENDS_WITHIN_S = 10.0
_AT_ONCE = ("--yes", "--skip-preview", "--json")
SPECIAL = "4dabf18193072939515e22adb298388d"  # pragma: allowlist secret
"""Key that marks a special value in an exported state, here always a secret with its `plaintext`."""


def preview(deployment: Deployment, stack_file: StackFile, seed: Callable[[Store], None]) -> list[Step]:
    """What `up` would do. Raises ProgramRefused or DeploymentFailed."""
    events = Events()
    _run(_ready(deployment, stack_file, seed), ["preview", "--json"], events)
    return events.steps


def up(deployment: Deployment, stack_file: StackFile, seed: Callable[[Store], None]) -> list[Step]:
    """Runs the program once; `seed` makes what the owner had before. Raises ProgramRefused or DeploymentFailed."""
    return _operation(_ready(deployment, stack_file, seed), "up")


def refresh(deployment: Deployment, stack_file: StackFile) -> list[Step]:
    """Takes into the state what the clouds hold now; an update is a difference. Raises DeploymentFailed."""
    return _operation(_ready(deployment, stack_file, lambda _: None), "refresh")


def destroy(deployment: Deployment, stack_file: StackFile) -> list[Step]:
    """Deletes all that the program made, last first. Raises DeploymentFailed, also for protected resources."""
    return _operation(_ready(deployment, stack_file, lambda _: None), "destroy")


def exported(project: Project, *options: str) -> dict[str, Any]:
    """The stack's state, `deployment` and its version, as `pulumi stack export` shows it."""
    document: dict[str, Any] = json.loads(_done(project, ["stack", "export", *options]))
    return document


def _ready(deployment: Deployment, stack_file: StackFile, seed: Callable[[Store], None]) -> Project:
    """A project whose last run, if it was interrupted, is mended."""
    project = Project(deployment)
    project.write(stack_file)
    store = Store(deployment.store)
    with store.one_transaction():
        seed(store)
    store.close()
    if not (project.backend / ".pulumi" / "stacks").exists():
        _done(project, ["stack", "init"])
    elif locks := project.locks():
        for lock in locks:
            _require_ended(json.loads(lock.read_text())["pid"])
        _done(project, ["cancel", "--yes"])
        _settle(project)
    return project


def _require_ended(pid: int) -> None:
    """Raises DeploymentFailed while the run that holds a lock is alive; one just killed still takes a moment to end."""
    deadline_s = time.monotonic() + ENDS_WITHIN_S
    while time.monotonic() < deadline_s:
        if _has_ended(pid):
            return
        time.sleep(0.1)
    raise DeploymentFailed(f"another run of the Pulumi CLI (process {pid}) works on this stack; wait for its end")


def _has_ended(pid: int) -> bool:
    """Also one that nobody has waited for yet: it does nothing any more (proc(5), state Z)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in ("Z", "X")
    except (FileNotFoundError, ProcessLookupError):
        return True


def _settle(project: Project) -> None:
    """Finds out how the operations ended that an interrupted run had begun, as its operator would.

    What was created without the state knowing it is put there; what was not is forgotten, and the next `up` creates it.
    """
    document = exported(project)
    state = document["deployment"]
    pending = state.pop("pending_operations", None)
    if not pending:
        return
    store = Store(project.deployment.store)
    ids = {resource.urn: resource.id for resource in store.resources()}
    store.close()
    begun = [operation["resource"] for operation in pending if operation["type"] == "creating"]
    state["resources"] += [{**resource, "id": ids[resource["urn"]]} for resource in begun if resource["urn"] in ids]
    _done(project, ["stack", "import"], json.dumps(document))
    _run(project, ["refresh", *_AT_ONCE], Events())  # what an update or deletion came to, and all outputs


def _operation(project: Project, verb: str) -> list[Step]:
    """Runs a command that changes something, and writes what exists then, also after a failure."""
    events = Events()
    try:
        _run(project, [verb, *_AT_ONCE], events)
    finally:
        _keep(project, events)
    return events.steps


def _run(project: Project, words: Sequence[str], events: Events) -> None:
    """Runs a command that says what it does. Raises ProgramRefused or DeploymentFailed."""
    done = _call(project, words)
    project.log(words[0]).write_text(done.stdout + done.stderr)
    events.take(done.stdout.splitlines())
    if done.returncode == 0:
        return
    refusals = [f"{urn}: {_words(said)}" for urn, said in events.errors if urn in events.failed]
    others = [said for urn, said in events.errors if urn not in events.failed]
    said = "\n".join(refusals or others or [done.stderr.strip(), *events.other])
    if refusals or not others or "Traceback" in said:
        raise DeploymentFailed(said)
    raise ProgramRefused(said)


def _words(said: str) -> str:
    """What a cloud said, without the traceback that a plugin's server puts behind it."""
    return _TRACEBACK.split(said)[0].removeprefix("Unexpected <class 'Exception'>: ")


def _done(project: Project, words: Sequence[str], stdin: str = "") -> str:
    """Standard output of a command. Raises DeploymentFailed."""
    done = _call(project, words, stdin)
    if done.returncode:
        raise DeploymentFailed(f"pulumi {' '.join(words)}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def _call(project: Project, words: Sequence[str], stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        project.command(words), cwd=project.folder, env=project.environment(), input=stdin,
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def _keep(project: Project, events: Events) -> None:
    deployment = project.deployment
    resources = exported(project, "--show-secrets")["deployment"].get("resources") or []
    stated: dict[str, Any] = next((r.get("outputs", {}) for r in resources if r["type"] == STACK), {})
    store = Store(deployment.store)
    with store.one_transaction():
        outputs = concealed_map({k: _property(v) for k, v in stated.items()}, "stack outputs", store.hide)
        store.forget_secrets_except(names_in(outputs))
    store.export(deployment.out / "clouds.json")
    store.close()
    deployment.write("outputs.json", outputs)
    deployment.write("steps.json", [asdict(step) for step in events.steps])


def _property(value: Any) -> PropertyValue:
    """A value of an exported state, secrets in clear, as the provider protocol has it."""
    if isinstance(value, dict) and SPECIAL in value:
        return wrapped(json.loads(value["plaintext"])).with_secret(True)
    if isinstance(value, dict):
        return PropertyValue({key: _property(item) for key, item in value.items()})
    if isinstance(value, list):
        return PropertyValue([_property(item) for item in value])
    return wrapped(value)
