"""Systems Manager for the nodes: activations, registered machines, what is sent to them and what came of it."""

from __future__ import annotations

import hmac
import itertools
import secrets
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from lab.api.hidden import reveal
from lab.api.refusals import Refused
from lab.clouds.view import Clouds
from lab.fabric.instances import instances

ROUTER_TAG = "flets-to-vpc:router"
SCRIPT_DOCUMENT = "AWS-RunShellScript"


@dataclass(frozen=True, kw_only=True)
class Activation:
    """Lets machines outside AWS register."""

    id: str
    code: str = field(repr=False)
    role: str
    limit: int
    expires: datetime | None
    tags: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Machine:
    """A managed node."""

    id: str
    """`mi-...` of a hybrid node, `i-...` on EC2."""
    role: str
    tags: Mapping[str, str]
    activation_id: str = ""
    key: str = field(default="", repr=False)
    """What a hybrid node proves itself with; the real agent has an RSA key."""

    @property
    def name(self) -> str:
        """The router's name, by its tag."""
        return self.tags.get(ROUTER_TAG) or self.tags.get("Name") or self.id


@dataclass(frozen=True, kw_only=True)
class Association:
    """A State Manager association: what every machine with these tags is to run."""

    id: str
    commands: tuple[str, ...]
    targets: tuple[tuple[str, tuple[str, ...]], ...]
    """`tag:NAME` or `InstanceIds`, and the values."""

    def concerns(self, machine: Machine) -> bool:
        """Whether a machine is among the targets; several targets must all fit."""
        found = {f"tag:{name}": value for name, value in machine.tags.items()} | {"InstanceIds": machine.id}
        return bool(self.targets) and all(found.get(key) in values for key, values in self.targets)


@dataclass(frozen=True, kw_only=True)
class Command:
    """Something sent to one machine."""

    id: str
    node: str
    machine_id: str
    association_id: str
    """Empty for Run Command."""
    commands: tuple[str, ...]
    status: str = "Pending"
    """`Pending`, `InProgress`, `Success` or `Failed`."""
    exit_code: int | None = None
    output: str = ""


class Fleet:
    """All machines; safe to use from many threads."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._activations: dict[str, Activation] = {}
        self._associations: tuple[Association, ...] = ()
        self._machines: dict[str, Machine] = {}
        self._online: dict[str, float] = {}
        self._commands: dict[str, Command] = {}
        self._numbers = itertools.count(1)

    def load(self, clouds: Clouds, secret: Callable[[str], str]) -> None:
        """Takes what is deployed now; registered machines stay, new associations go out to whom they concern."""
        with self._changed:
            self._activations = {a.id: a for a in _activations(clouds, secret)}
            self._associations = _associations(clouds, secret)
            hybrid = {id_: machine for id_, machine in self._machines.items() if machine.activation_id}
            on_ec2 = {i.id: Machine(id=i.id, role=i.role, tags=i.tags) for i in instances(clouds)}
            self._machines = hybrid | on_ec2
            for machine_id in self._online:
                self._associate(machine_id)
            self._changed.notify_all()

    def register(self, activation_id: str, code: str, key: str) -> str:
        """Registers a hybrid node and returns its id. Raises Refused with the real service's error code."""
        with self._changed:
            activation = self._activations.get(activation_id)
            if activation is None or not hmac.compare_digest(activation.code.encode(), code.encode()):
                raise Refused("InvalidActivation", "The activation ID and the activation code do not match.")
            if activation.expires and activation.expires <= datetime.now(UTC):
                raise Refused("ActivationExpired", f"Activation {activation_id} has expired.")
            used = sum(1 for machine in self._machines.values() if machine.activation_id == activation_id)
            if used >= activation.limit:
                raise Refused(
                    "InvalidActivation",
                    f"Activation {activation_id} has reached its registration limit of {activation.limit}.",
                )
            machine_id = f"mi-{secrets.token_hex(9)[:17]}"
            self._machines[machine_id] = Machine(
                id=machine_id, role=activation.role, tags=activation.tags, activation_id=activation_id, key=key
            )
            return machine_id

    def forget(self, node: str) -> None:
        """Forgets a hybrid node, so that its activation admits it once more, as the new one of a rebuild would."""
        with self._changed:
            for machine in [m for m in self._machines.values() if m.activation_id and m.name == node]:
                del self._machines[machine.id]
                self._online.pop(machine.id, None)

    def machine(self, machine_id: str) -> Machine:
        """A machine by id. Raises Refused when there is none."""
        with self._changed:
            if machine_id not in self._machines:
                raise Refused("InvalidInstanceId", f"Not existing InstanceId {machine_id}")
            return self._machines[machine_id]

    def hear_from(self, machine_id: str) -> None:
        """Notes that a machine's agent is there; its associations go out on the first time."""
        self.machine(machine_id)
        with self._changed:
            self._online[machine_id] = time.monotonic()
            self._associate(machine_id)

    def next_command(self, machine_id: str, wait_s: float) -> Command | None:
        """The oldest pending command of a machine, now in progress; waits for one up to `wait_s`."""
        deadline = time.monotonic() + wait_s
        with self._changed:
            while True:
                for command in self._commands.values():
                    if command.machine_id == machine_id and command.status == "Pending":
                        self._commands[command.id] = replace(command, status="InProgress")
                        return command
                left = deadline - time.monotonic()
                if left <= 0 or not self._changed.wait(left):
                    return None

    def report(self, command_id: str, exit_code: int, output: str) -> None:
        """Takes a command's result. Raises Refused for an unknown command."""
        with self._changed:
            if command_id not in self._commands:
                raise Refused("InvalidCommandId", f"no command {command_id}")
            status = "Failed" if exit_code else "Success"
            self._commands[command_id] = replace(
                self._commands[command_id], status=status, exit_code=exit_code, output=output
            )
            self._changed.notify_all()

    def run_command(self, node: str, commands: Sequence[str], timeout_s: float) -> Command:
        """Run Command on a node by its router's name. Raises Refused when it is not online or too slow."""
        deadline = time.monotonic() + timeout_s
        with self._changed:
            # A router whose disk was renewed has registered anew; its old registration is never heard again.
            last_heard = sorted(self._online, key=self._online.__getitem__, reverse=True)
            machines = (self._machines[i] for i in last_heard if i in self._machines)
            machine = next((machine for machine in machines if machine.name == node), None)
            if machine is None:
                raise Refused(
                    "InvalidInstanceId", f"{node} is not online: its amazon-ssm-agent has not reached the API"
                )
            command = self._send(machine, tuple(commands), "")
            while self._commands[command.id].exit_code is None:
                left = deadline - time.monotonic()
                if left <= 0 or not self._changed.wait(left):
                    raise Refused("TimedOut", f"{node} did not answer within {timeout_s:.0f} s")
            return self._commands[command.id]

    def commands(self) -> tuple[Command, ...]:
        """Everything sent so far, oldest first."""
        with self._changed:
            return tuple(self._commands.values())

    def nodes(self) -> tuple[tuple[str, str], ...]:
        """Name and id of every machine whose agent has been heard, sorted."""
        with self._changed:
            return tuple(sorted((self._machines[i].name, i) for i in self._online if i in self._machines))

    def _associate(self, machine_id: str) -> None:
        machine = self._machines.get(machine_id)
        if machine is None:
            return
        # What was sent last, not what was ever sent: going back to an earlier bundle is a change too.
        sent = {c.association_id: c.commands for c in self._commands.values() if c.machine_id == machine_id}
        for association in self._associations:
            if association.concerns(machine) and sent.get(association.id) != association.commands:
                self._send(machine, association.commands, association.id)

    def _send(self, machine: Machine, commands: tuple[str, ...], association_id: str) -> Command:
        command_id = f"{next(self._numbers):08d}"
        command = Command(
            id=command_id, node=machine.name, machine_id=machine.id, association_id=association_id, commands=commands
        )
        self._commands[command_id] = command
        self._changed.notify_all()
        return command


def _activations(clouds: Clouds, secret: Callable[[str], str]) -> list[Activation]:
    found = []
    for entry in clouds.of("aws:ssm/activation:Activation"):
        stated = str(entry.outputs.get("expirationDate") or "")
        found.append(
            Activation(
                id=entry.id,
                code=reveal(entry.outputs["activationCode"], secret),
                role=str(entry.outputs["iamRole"]).rsplit("/", 1)[-1],
                limit=int(entry.outputs.get("registrationLimit") or 1),
                expires=datetime.fromisoformat(stated) if stated else None,
                tags=dict(entry.outputs.get("tagsAll") or entry.outputs.get("tags") or {}),
            )
        )
    return found


def _associations(clouds: Clouds, secret: Callable[[str], str]) -> tuple[Association, ...]:
    found = []
    for entry in clouds.of("aws:ssm/association:Association"):
        if entry.outputs.get("name") != SCRIPT_DOCUMENT:
            continue
        commands = (entry.outputs.get("parameters") or {}).get("commands", "")
        lines = commands if isinstance(commands, list) else [commands]
        targets = tuple((str(t["key"]), tuple(map(str, t["values"]))) for t in entry.outputs.get("targets") or ())
        found.append(Association(id=entry.id, commands=tuple(reveal(line, secret) for line in lines), targets=targets))
    return tuple(found)
