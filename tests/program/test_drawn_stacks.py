"""Whatever the plan accepts, the clouds accept: drawn stacks deploy on the emulated ones without a refusal.

The engine runs as the lab runs it, nothing is booted; `make test-stacks` boots them.
"""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

import pytest
import yaml

from lab.deploy import deploy
from lab.stacks.drawn import stack
from lab.supervisor.folder import LabFolder


@pytest.mark.parametrize("seed", range(4))
def test_a_drawn_stack_deploys(seed: int, tmp_path: Path) -> None:
    config = stack(Random(f"program-{seed}"))
    path = tmp_path / "Pulumi.drawn.yaml"
    path.write_text(yaml.safe_dump({"config": config}), encoding="utf-8")
    folder = LabFolder("drawn", tmp_path)

    deploy(folder, str(path), None)

    outputs = json.loads((folder.incoming / "outputs.json").read_text())
    stated = {prefix for site in config["flets-to-vpc:path"]["sites"] for prefix in site["prefixes"]}
    assert set(outputs["site_prefixes"]) == stated
    assert set(outputs["vpc_attachment_ids"]) == {vpc["name"] for vpc in config["flets-to-vpc:path"]["vpcs"]}
