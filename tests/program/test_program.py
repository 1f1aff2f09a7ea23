"""The whole program: what it states about the stack to others, and how it refuses."""

from __future__ import annotations

import os
from pathlib import Path

import pulumi
import pytest
import yaml

from tests.components.recorder import ROOT, deploy, run_program
from tests.lab.engine.stack import Engine
from tests.render.stack import STACKS

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize("stack", STACKS)
def test_every_identity_is_as_it_was_and_a_second_up_changes_nothing(stack: str, tmp_path: Path) -> None:
    """A removed or changed line is a resource that is deleted or replaced; GOLDEN=1 renews the file."""
    stack_file = ROOT / f"Pulumi.{stack}.yaml"
    engine = Engine(folder=tmp_path, program=ROOT, stack=stack, stack_file=stack_file, store=tmp_path / "store.db")
    first = engine.done("up")
    second = engine.done("up")
    golden = GOLDEN / f"{stack}.urns"
    urns = "".join(sorted(f"{urn}\n" for urn in first))
    if os.environ.get("GOLDEN"):
        golden.write_text(urns, encoding="utf-8")

    assert second == dict.fromkeys(first, "same")
    assert urns == golden.read_text(encoding="utf-8")


def test_a_placeholder_left_in_prod_is_refused_with_all_others_before_anything_is_made() -> None:
    text = (ROOT / "Pulumi.prod.yaml").read_text(encoding="utf-8")
    left = [line for line in text.splitlines() if "REPLACE_ME:" in line.partition("#")[0]]

    with pytest.raises(pulumi.RunError) as refusal:
        run_program(yaml.safe_load(text)["config"])

    problems = str(refusal.value).splitlines()
    assert len(problems) == len(left) > 10
    assert all("REPLACE_ME still stands for a value; replace it: " in problem for problem in problems)


def test_the_drawing_fits_on_a_page() -> None:
    assert len((ROOT / "__main__.py").read_text(encoding="utf-8").splitlines()) <= 100


def test_the_outputs_are_the_stated_interface() -> None:
    outputs = deploy().exports

    assert outputs["interface_version"] == 1
    assert set(outputs) == {
        "interface_version",
        "gateway_id",
        "gateway_route_table_ids",
        "connect_attachment_id",
        "connect_peer_ids",
        "vpc_attachment_ids",
        "site_prefixes",
        "usable_mtu",
        "usable_mss",
        "routers",
    }
    assert set(outputs["gateway_route_table_ids"]) == {"vpcs", "connect", "transport"}
    assert set(outputs["connect_peer_ids"]) == {"aws-a", "aws-b"}
    assert set(outputs["vpc_attachment_ids"]) == {"app", "shared"}
    assert (outputs["usable_mtu"], outputs["usable_mss"]) == (1440, 1400)
    router = outputs["routers"]["sakura-a"]
    assert {key: value for key, value in router.items() if key != "bundle_version"} == {
        "asn": 65010,
        "public_address": "198.51.100.10",
        "private_address": "172.16.0.2",
        "parameter_names": [
            "/flets-to-vpc/lab/sakura-a/bundle",
            "/flets-to-vpc/lab/sakura-a/pre-shared-key/sakura-a-1.aws-a-1",
            "/flets-to-vpc/lab/sakura-a/pre-shared-key/sakura-a-1.aws-b-1",
            "/flets-to-vpc/lab/sakura-a/private-key/1",
        ],
    }
    assert len(router["bundle_version"]) == 12


def test_a_bad_stack_file_is_refused_with_every_problem_before_anything_is_made() -> None:
    with pytest.raises(pulumi.RunError) as refusal:
        deploy(lambda path: path.update(overlay_cidr="10.20.0.0/24", wireguard_base_port=0))

    assert "overlay_cidr" in str(refusal.value)
    assert "wireguard_base_port" in str(refusal.value)


def test_adding_a_site_adds_no_cloud_resource() -> None:
    more = deploy(lambda path: path["sites"].append({"id": 9, "name": "store-009", "prefixes": ["192.168.9.0/24"]}))

    assert more.children() == deploy().children()
