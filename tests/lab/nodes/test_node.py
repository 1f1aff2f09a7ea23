"""A node boots the shipped files under systemd and meets AWS through its own network: `scenario.py` runs once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lab.supervisor.cgroup import Cgroup
from tests.lab.api.deployment import BUNDLES, PRIVATE_KEYS

pytestmark = pytest.mark.netns
CHECKOUT = Path(__file__).resolve().parents[3]
NAMESPACES = ["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc"]


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """What the scenario saw; its control group is gone afterwards."""
    group = Cgroup(f"flets-to-vpc-test-nodes-{os.getpid()}")
    group.create()
    folder = tmp_path_factory.mktemp("scenario")
    try:
        done = subprocess.run(
            [*NAMESPACES, sys.executable, "-m", "tests.lab.nodes.scenario", folder],
            cwd=CHECKOUT, preexec_fn=group.enter, capture_output=True, text=True, timeout=600, check=False,
        )  # fmt: skip
    finally:
        group.end()
        group.remove()
    assert done.returncode == 0, done.stderr
    yield json.loads(done.stdout.splitlines()[-1])
    assert not [path for path in group.folders if path.exists()]


def test_both_nodes_reach_the_api(seen: dict[str, Any]) -> None:
    assert seen["online"] == ["aws-a", "sakura-a"]


def test_associations_run_on_the_node_they_are_for(seen: dict[str, Any]) -> None:
    expected = [["aws-a", "Success", "apply on aws-a\n"], ["sakura-a", "Success", "apply on sakura-a\n"]]

    assert sorted(seen["associations"]) == expected


def test_systemd_is_process_1_under_the_nodes_own_name(seen: dict[str, Any]) -> None:
    assert (seen["aws"]["pid_1"], seen["aws"]["host_name"]) == ("systemd", "aws-a")


def test_real_time_priority_works_in_a_node(seen: dict[str, Any]) -> None:
    assert seen["aws"]["real_time"] == "works"


def test_the_hosts_own_data_and_kernel_settings_are_out_of_reach(seen: dict[str, Any]) -> None:
    image = "bin boot dev etc home lib lib32 lib64 libx32 media mnt opt proc root run sbin srv sys tmp usr var"

    assert set(seen["aws"]["root"]) <= set(image.split())
    assert seen["aws"]["hidden"] == ""
    assert "written" not in seen["aws"]["kernel_setting"]


def test_a_node_has_only_systemds_own_hierarchies(seen: dict[str, Any]) -> None:
    assert int(seen["aws"]["hierarchies"]) <= 1


def test_an_instance_reads_its_own_key_and_bundle_only(seen: dict[str, Any]) -> None:
    expected = [PRIVATE_KEYS["aws-a"], BUNDLES["aws-a"].decode(), "AccessDeniedException", "AccessDenied", ""]

    assert seen["aws"]["aws"] == expected


def test_a_hybrid_node_reads_its_own_key_and_bundle_only(seen: dict[str, Any]) -> None:
    expected = ["AccessDeniedException", "AccessDenied", PRIVATE_KEYS["sakura-a"], BUNDLES["sakura-a"].decode(), ""]

    assert seen["sakura"]["aws"] == expected


def test_metadata_wants_a_token(seen: dict[str, Any]) -> None:
    assert seen["aws"]["no_token"] == "401"


def test_the_startup_note_ran_once_and_left_nothing(seen: dict[str, Any]) -> None:
    assert json.loads(seen["sakura"]["boot_object"])["router"] == "sakura-a"
    assert seen["sakura"]["notes_left"] == ""


def test_only_root_reads_the_nodes_credentials(seen: dict[str, Any]) -> None:
    assert seen["sakura"]["modes"] == ["600", "600"]


def test_run_command_brings_back_status_and_output(seen: dict[str, Any]) -> None:
    assert seen["sakura"]["run_command"] == ["Failed", 3, "sakura-a\n"]


def test_an_activation_registers_one_node_and_by_its_code_only(seen: dict[str, Any]) -> None:
    assert "registration limit of 1" in seen["sakura"]["second_use"]
    assert "InvalidActivation" in seen["sakura"]["wrong_code"]


def test_a_closed_filter_makes_the_agent_fail(seen: dict[str, Any]) -> None:
    assert "RequestError" in seen["sakura"]["through_a_closed_filter"]


def test_nothing_comes_in_before_the_bundles_rules(seen: dict[str, Any]) -> None:
    assert "policy drop" in seen["rules"]["before"]
    assert "ct state established,related accept" in seen["rules"]["before"]


def test_the_answer_to_a_call_from_before_the_bundles_rules_comes_in(seen: dict[str, Any]) -> None:
    assert seen["rules"]["message"] == "aws-a\n"


def test_a_failed_unit_is_named_with_its_node_and_last_lines(seen: dict[str, Any]) -> None:
    (said,) = seen["broken"]

    assert said.startswith("aws-a: broken.service failed (exit-code)")
    assert "the disk is on fire" in said


def test_a_reboot_keeps_the_disk_and_a_new_machine_has_none(seen: dict[str, Any]) -> None:
    assert seen["restart"] == {"kept": 0, "gone": 1, "ended": True}
