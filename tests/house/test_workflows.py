"""GitHub's workflows do nothing that cannot be run here, and give a pull request's code nothing to write with."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from tests.house.test_makefile import RULES

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / ".github/workflows").glob("*.yml"))
PINNED = re.compile(r"uses: (?P<action>[\w.-]+/[\w.-]+)@(?P<commit>[0-9a-f]{40}) # v\d+\.\d+\.\d+$")
STACKS = {path.name.split(".")[1] for path in ROOT.glob("Pulumi.*.yaml")}

each_workflow = pytest.mark.parametrize("workflow", FILES, ids=lambda path: path.stem)


def jobs(workflow: Path) -> dict[str, dict]:
    return yaml.safe_load(workflow.read_text())["jobs"]


def steps(workflow: Path) -> list[dict]:
    return [step for job in jobs(workflow).values() for step in job["steps"]]


def test_there_are_workflows():
    assert {path.stem for path in FILES} == {"check", "preview", "comment", "deploy"}


@each_workflow
def test_every_shell_step_is_a_make_target_that_exists(workflow):
    commands = [step["run"] for step in steps(workflow) if "run" in step]
    words = [command.split() for command in commands]

    assert commands
    assert [c for c in words if c[0] != "make" or c[1] not in RULES] == [], "it could not be run on a laptop"
    assert not [c for c in commands if "${{" in c], "an expression in a shell line is an injection"


@each_workflow
def test_every_action_is_pinned_to_a_commit_and_says_its_version(workflow):
    loose = [line for line in workflow.read_text().splitlines() if "uses:" in line and not PINNED.search(line)]

    assert loose == [], "a tag can be moved to other code"


def test_an_action_has_one_version_everywhere():
    pins = {found.groups() for path in FILES for found in map(PINNED.search, path.read_text().splitlines()) if found}

    assert len({action for action, _ in pins}) == len(pins)


@each_workflow
def test_a_workflow_starts_without_permissions_and_a_job_takes_what_it_needs(workflow):
    document = yaml.safe_load(workflow.read_text())
    taken = {p: level for job in jobs(workflow).values() for p, level in job["permissions"].items() if level == "write"}

    assert document["permissions"] == {}
    assert taken == {
        "check": {},
        "preview": {"id-token": "write"},
        "comment": {"pull-requests": "write"},
        "deploy": {"id-token": "write"},
    }.get(workflow.stem)


@each_workflow
def test_no_pull_requests_code_runs_where_something_can_be_written(workflow):
    text = workflow.read_text()
    checkouts = [step.get("with", {}) for step in steps(workflow) if "actions/checkout" in step.get("uses", "")]

    assert "pull_request_target" not in text
    assert not re.search(r"\bsecrets\.", text), "keys are taken by OIDC, none is stored"
    assert all(given["persist-credentials"] is False for given in checkouts)
    assert all(not {"ref", "repository", "allow-unsafe-pr-checkout"} & set(given) for given in checkouts)


@each_workflow
def test_a_job_that_takes_a_cloud_role_is_behind_an_environment_and_never_runs_for_a_fork(workflow):
    for job in jobs(workflow).values():
        if "id-token" in job["permissions"]:
            assert job["environment"].endswith("${{ matrix.stack }}")
            assert workflow.stem == "deploy" or "head.repo.full_name == github.repository" in job["if"]


def test_the_checks_that_protect_main_run_on_every_pull_request():
    """GitHub takes a skipped job for a passed one, so a job with a condition protects nothing."""
    (rule,) = [line for line in (ROOT / "docs/deploy.md").read_text().splitlines() if "Branch protection of" in line]
    triggered = [path for path in FILES if "pull_request" in yaml.safe_load(path.read_text())[True]]  # YAML 1.1's `on`
    always = {name for path in triggered for job in jobs(path).values() if "if" not in job for name in shown(job)}

    assert set(re.findall(r"`([^`]+)`", rule)) - {"main"} == always


def shown(job: dict) -> list[str]:
    """How a pull request lists a job: once for each stack of its matrix."""
    name = job["name"].replace("${{ github.event_name }}", "pull_request")
    stacks = job.get("strategy", {}).get("matrix", {}).get("stack", [""])
    return [name.replace("${{ matrix.stack }}", stack) for stack in stacks]


def test_every_stack_file_is_shown_and_every_real_one_previewed_and_deployed():
    shown = set(jobs(ROOT / ".github/workflows/preview.yml")["effect"]["strategy"]["matrix"]["stack"])
    previewed = set(jobs(ROOT / ".github/workflows/preview.yml")["preview"]["strategy"]["matrix"]["stack"])
    deployed = set(jobs(ROOT / ".github/workflows/deploy.yml")["deploy"]["strategy"]["matrix"]["stack"])

    assert shown == STACKS, "add a new stack to the matrices of preview.yml and deploy.yml"
    assert previewed == deployed == (STACKS - {"lab"} or {"prod"})


def test_the_cli_of_the_workflows_is_the_sdks_version():
    sdk = re.search(r"^pulumi==(\S+)$", (ROOT / "requirements.txt").read_text(), re.M)[1]
    versions = {step["with"]["pulumi-version"] for path in FILES for step in steps(path) if "pulumi" in str(step)[:40]}

    assert versions == {sdk}
