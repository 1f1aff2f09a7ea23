"""Each example works as a stranger uses it: copied to an empty folder, with this repository installed by pip."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import components
from tests.house.test_sources import committed
from tests.lab.engine.stack import CHECKOUT, Engine

EXAMPLES = CHECKOUT / "examples"
NAMES = sorted(folder.name for folder in EXAMPLES.iterdir() if folder.is_dir() and folder.name != "__pycache__")
ALONE = [name for name in NAMES if name != "vpc_of_an_app_team"]
WORLD = Path(__file__).with_name("world.yaml")
INSTALLED = ("pyproject.toml", "requirements.txt", "README.md", "LICENSE", "components", "render", "topology")


@pytest.fixture(scope="session")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a program finds what pip installed, and beside it the lab's engine; nothing else of the checkout."""
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("packages")
    for name in INSTALLED:
        path = CHECKOUT / name
        (shutil.copytree if path.is_dir() else shutil.copy)(path, source / name)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    done = subprocess.run([*pip, "--target", target, source], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (target / "lab").symlink_to(CHECKOUT / "lab")
    return target


def copied(name: str, folder: Path, packages: Path, *more: str, store: Path | None = None) -> Engine:
    """An example in an empty folder."""
    program = folder / name
    shutil.copytree(EXAMPLES / name, program, ignore=shutil.ignore_patterns("__pycache__"))
    return Engine(
        folder=folder / "deployed",
        program=program,
        stack="dev",
        stack_file=program / "Pulumi.dev.yaml",
        store=store or folder / "store.db",
        more=more,
        packages=packages,
    )


@pytest.mark.parametrize("name", ALONE)
def test_an_example_deploys_and_stays_as_it_is_and_leaves_nothing(name: str, tmp_path: Path, packages: Path) -> None:
    example = copied(name, tmp_path, packages, "--world", str(WORLD))
    first = example.done("up")
    outputs = example.document("outputs.json")
    second = example.done("up")

    assert set(first.values()) == {"created"}
    assert second == dict.fromkeys(first, "same")
    assert outputs == example.document("outputs.json")
    assert outputs
    assert example.done("destroy") == dict.fromkeys(first, "deleted")
    assert example.resources() == {}


def test_an_app_teams_stack_joins_the_path_of_another_stack(tmp_path: Path, packages: Path) -> None:
    path = Engine(
        folder=tmp_path / "path",
        program=CHECKOUT,
        stack="lab",
        stack_file=CHECKOUT / "Pulumi.lab.yaml",
        store=tmp_path / "store.db",
    )
    path.done("up")
    before = path.resources()
    team = copied(
        "vpc_of_an_app_team", tmp_path, packages, "--beside", str(path.folder / "state.json"), store=path.store
    )
    first = team.done("up")
    tables = path.document("outputs.json")["gateway_route_table_ids"]
    joined = {
        urn.rpartition("::")[2]: resource["inputs"]["transitGatewayRouteTableId"]
        for urn, resource in team.resources().items()
        if urn in first and "transitGatewayRouteTableId" in resource["inputs"]
    }

    assert joined == {"billing": tables["vpcs"], "billing-connect": tables["connect"]}
    assert team.document("outputs.json")["usable_mtu"] == path.document("outputs.json")["usable_mtu"]
    assert team.done("up") == dict.fromkeys(first, "same")
    assert set(team.done("destroy").values()) == {"deleted"}
    assert team.resources() == before


def test_the_app_teams_program_is_short() -> None:
    assert len((EXAMPLES / "vpc_of_an_app_team/__main__.py").read_text().splitlines()) <= 20


def test_every_example_is_listed_and_explained() -> None:
    listed = set(re.findall(r"^\| \[`(\w+)`\]\(\1\)", (EXAMPLES / "README.md").read_text(), re.M))

    assert listed == set(NAMES)
    assert all((EXAMPLES / name / "README.md").is_file() for name in NAMES)


def test_all_that_is_committed_of_the_packages_is_installed_and_nothing_else(packages: Path) -> None:
    """Templates and the marks of types too, which setuptools takes only where it is told to."""
    here = {str(path.relative_to(CHECKOUT)) for path in committed()}
    there = [path for name in ("components", "render", "topology") for path in (packages / name).rglob("*")]

    assert {str(path.relative_to(packages)) for path in there if path.is_file() and path.suffix != ".pyc"} == {
        path for path in here if path.split("/")[0] in ("components", "render", "topology")
    }


def test_a_program_without_sakura_cloud_never_loads_its_sdk(packages: Path, tmp_path: Path) -> None:
    """Which warns, and whose plugin a stranger does not have."""
    others = [name for name in components.__all__ if not name.startswith("Sakura")]
    program = f"import sys; from components import {', '.join(others)}; print('pulumi_sakuracloud' in sys.modules)"
    assert printed(program, packages, tmp_path) == "False"

    program = "import sys; from components import SakuraWireGuardRouterPair; print('pulumi_sakuracloud' in sys.modules)"
    assert printed(program, packages, tmp_path) == "True"


def printed(program: str, packages: Path, folder: Path) -> str:
    """What a program says that sees nothing of the checkout; a warning is an error."""
    argv = [sys.executable, "-W", "error", "-W", "ignore::DeprecationWarning", "-c", program]
    environment = {**os.environ, "PYTHONPATH": os.fspath(packages)}
    done = subprocess.run(argv, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_public_name_that_is_not_there_is_refused_with_those_that_are() -> None:
    assert all(getattr(components, name) for name in components.__all__ if not name.startswith("Sakura"))
    with pytest.raises(AttributeError, match=r"public are .*TgwConnectAttachment"):
        components.__getattr__("ConnectAttachment")
