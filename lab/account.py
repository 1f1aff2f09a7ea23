"""A stack in the real account: what a pull request previews and a merge deploys, by the Pulumi CLI.

Nothing else of the lab touches an account. AWS's credentials come from the environment, by OIDC; Sakura Cloud knows no
OIDC, so its key comes from Parameter Store with the AWS role, and no continuous integration stores one.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from lab.deploy import stack_file
from lab.diff.comment import FENCE
from lab.errors import LabFault, MachineLacks
from lab.supervisor.folder import CHECKOUT

PARTS = ("access-token", "access-token-secret")
"""Of Sakura Cloud's key: a parameter each below the path, and SAKURACLOUD_ACCESS_TOKEN... for the provider."""
LARGEST = 50_000
"""Characters of a preview in the comment; the end holds the counts, so the beginning is left out."""


def preview(stack: str, build: Path, key_path: str) -> Path:
    """Writes what `pulumi preview` says to `STACK-preview.md`, also when it fails, and returns the path.

    Raises BadInput for an unknown stack, MachineLacks without the CLI, LabFault when the preview fails.
    """
    quiet = ["--non-interactive", "--color", "never", "--suppress-outputs", "--suppress-progress"]
    command = ["preview", "--stack", stack, *quiet]
    done = subprocess.run(
        _pulumi(stack, command), cwd=CHECKOUT, env=_environment(key_path), stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
    )  # fmt: skip
    path = build / f"{stack}-preview.md"
    path.write_text(_text(stack, done.stdout, failed=bool(done.returncode)))
    if done.returncode:
        raise LabFault(f"pulumi preview of {stack} failed (exit {done.returncode}): {done.stdout.strip()}")
    return path


def deploy(stack: str, key_path: str) -> int:
    """Runs `pulumi up` with what is committed, and returns its exit status. Raises BadInput, MachineLacks."""
    command = ["up", "--stack", stack, "--yes", "--non-interactive", "--suppress-progress"]
    return subprocess.run(
        _pulumi(stack, command), cwd=CHECKOUT, env=_environment(key_path), stdin=subprocess.DEVNULL, check=False
    ).returncode


def _pulumi(stack: str, command: list[str]) -> list[str]:
    stack_file(stack)  # an unknown one is refused before the CLI offers to create it
    found = shutil.which("pulumi")
    if found is None:
        raise MachineLacks(["the Pulumi CLI (docs/deploy.md, Tools)"])
    return [found, *command]


def _environment(key_path: str) -> dict[str, str]:
    """The caller's, with Sakura Cloud's key where it is not set and a path is given."""
    environment = {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"}
    variables = {f"SAKURACLOUD_{part}".upper().replace("-", "_"): part for part in PARTS}
    missing = {variable: part for variable, part in variables.items() if variable not in environment}
    if key_path and missing:
        import boto3  # only where there is an account

        store = boto3.client("ssm")
        for variable, part in missing.items():
            name = f"{key_path.rstrip('/')}/{part}"
            environment[variable] = store.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"]
    return environment


def _text(stack: str, said: str, *, failed: bool) -> str:
    """Folded, with a fence that what is said cannot close."""
    verdict = "`pulumi preview` fails" if failed else "`pulumi preview` in the account"
    said = said.replace(FENCE, "'" * 4).strip()
    if len(said) > LARGEST:
        said = "(the beginning is left out)\n" + said[-LARGEST:]
    opened = "<details open>" if failed else "<details>"
    body = f"{opened}<summary>what it says</summary>\n\n{FENCE}text\n{said}\n{FENCE}\n</details>\n"
    return f"## Stack `{stack}`: {verdict}\n\n{body}"
