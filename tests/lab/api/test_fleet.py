from __future__ import annotations

import threading
from pathlib import Path

import pytest

from lab.api.fleet import Fleet
from lab.api.refusals import Refused
from lab.clouds.store import Store
from lab.fabric.instances import instances
from tests.lab.api import deployment
from tests.lab.api.deployment import ACTIVATION, CODE


def load(fleet: Fleet, folder: Path) -> None:
    store = Store(folder / "store.db")
    fleet.load(deployment.clouds(folder), store.secret)
    store.close()


@pytest.fixture
def fleet(deployed_folder: Path) -> Fleet:
    fleet = Fleet()
    load(fleet, deployed_folder)
    return fleet


def refused(fleet: Fleet, *arguments: str) -> str:
    with pytest.raises(Refused) as refusal:
        fleet.register(*arguments)
    return refusal.value.what


def ec2_id(fleet: Fleet, folder: Path) -> str:
    return instances(deployment.clouds(folder))[0].id


def test_a_machine_registers_with_its_code(fleet: Fleet) -> None:
    machine = fleet.machine(fleet.register(ACTIVATION, CODE, "key"))

    assert machine.id.startswith("mi-")
    assert len(machine.id) == len("mi-") + 17
    assert (machine.role, machine.name) == ("role-sakura-a", "sakura-a")


def test_a_wrong_code_or_id_is_refused(fleet: Fleet) -> None:
    assert refused(fleet, ACTIVATION, "wrong", "key") == "InvalidActivation"
    assert refused(fleet, "00000000-0000-4000-8000-000000000000", CODE, "key") == "InvalidActivation"


def test_an_activation_is_good_for_as_many_machines_as_its_limit(fleet: Fleet) -> None:
    fleet.register(ACTIVATION, CODE, "key")

    assert refused(fleet, ACTIVATION, CODE, "another") == "InvalidActivation"


def test_a_forgotten_machine_registers_again_with_its_activation(fleet: Fleet) -> None:
    before = fleet.register(ACTIVATION, CODE, "key")
    fleet.hear_from(before)

    fleet.forget("sakura-a")

    assert fleet.nodes() == ()
    assert fleet.register(ACTIVATION, CODE, "another") != before


def test_an_expired_activation_is_refused(deployed_folder: Path) -> None:
    past = "2020-01-01T00:00:00Z"
    deployment.change(deployed_folder, "aws:ssm/activation:Activation", ACTIVATION, expirationDate=past)
    fleet = Fleet()
    load(fleet, deployed_folder)

    assert refused(fleet, ACTIVATION, CODE, "key") == "ActivationExpired"


def test_the_activation_code_is_not_shown(fleet: Fleet) -> None:
    assert CODE not in repr(fleet._activations)


def test_an_association_goes_to_the_machines_with_its_tags_and_once(fleet: Fleet, deployed_folder: Path) -> None:
    instance = ec2_id(fleet, deployed_folder)
    fleet.hear_from(instance)
    fleet.hear_from(instance)

    assert [(c.node, c.commands) for c in fleet.commands()] == [("aws-a", ("echo apply on aws-a",))]


def test_a_changed_association_goes_out_after_the_next_load(fleet: Fleet, deployed_folder: Path) -> None:
    fleet.hear_from(ec2_id(fleet, deployed_folder))
    deployment.change(
        deployed_folder, "aws:ssm/association:Association", "association-aws-a", parameters={"commands": "echo again"}
    )

    load(fleet, deployed_folder)
    load(fleet, deployed_folder)

    assert [c.commands for c in fleet.commands()] == [("echo apply on aws-a",), ("echo again",)]


def test_an_association_that_goes_back_to_an_earlier_command_goes_out_again(
    fleet: Fleet, deployed_folder: Path
) -> None:
    machine_id = ec2_id(fleet, deployed_folder)
    fleet.hear_from(machine_id)
    before = [command.commands for command in fleet.commands()]
    for commands in ("echo again", before[-1][0]):
        deployment.change(
            deployed_folder, "aws:ssm/association:Association", "association-aws-a", parameters={"commands": commands}
        )
        load(fleet, deployed_folder)

    assert [command.commands for command in fleet.commands()] == [*before, ("echo again",), before[-1]]


def test_a_registered_machine_outlives_a_load(fleet: Fleet, deployed_folder: Path) -> None:
    machine_id = fleet.register(ACTIVATION, CODE, "key")

    load(fleet, deployed_folder)

    assert fleet.machine(machine_id).name == "sakura-a"


def test_run_command_returns_what_the_machine_reports(fleet: Fleet, deployed_folder: Path) -> None:
    instance = ec2_id(fleet, deployed_folder)
    fleet.hear_from(instance)
    done = []

    def agent() -> None:
        for _ in range(2):
            command = fleet.next_command(instance, 5)
            assert command is not None
            fleet.report(command.id, 3, "said " + command.commands[0])

    thread = threading.Thread(target=agent)
    thread.start()
    done.append(fleet.run_command("aws-a", ["false"], 5))
    thread.join()

    assert [(c.status, c.exit_code, c.output) for c in done] == [("Failed", 3, "said false")]


def test_run_command_refuses_a_node_nobody_heard_of(fleet: Fleet) -> None:
    with pytest.raises(Refused, match="sakura-a is not online"):
        fleet.run_command("sakura-a", ["true"], 1)


def test_run_command_does_not_wait_for_ever(fleet: Fleet, deployed_folder: Path) -> None:
    fleet.hear_from(ec2_id(fleet, deployed_folder))

    with pytest.raises(Refused, match="did not answer"):
        fleet.run_command("aws-a", ["true"], 0.05)


def test_a_command_is_handed_out_once(fleet: Fleet, deployed_folder: Path) -> None:
    instance = ec2_id(fleet, deployed_folder)
    fleet.hear_from(instance)

    assert fleet.next_command(instance, 0) is not None
    assert fleet.next_command(instance, 0) is None
