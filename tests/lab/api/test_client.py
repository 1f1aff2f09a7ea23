"""The API process itself, without any namespace: start, questions, end."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from lab.api import start
from lab.clouds.store import Store
from lab.errors import LabFault
from tests.lab.api import deployment
from tests.lab.api.deployment import CODE, PRIVATE_KEYS, REGION


def test_the_process_starts_answers_and_ends(deployed_folder: Path) -> None:
    api = start(deployed_folder / "store.db", deployed_folder / "clouds.json", deployed_folder / "api", region=REGION)
    try:
        assert (api.nodes(), api.commands(), api.written_parameters()) == ((), (), ())
        api.resync()
        with pytest.raises(LabFault, match="aws-a is not online"):
            api.run_command("aws-a", ["true"], 1)
        command_line = Path(f"/proc/{api.pid}/cmdline").read_text() + Path(f"/proc/{api.pid}/environ").read_text()
        assert f"{deployment.BUCKET}.s3.{REGION}.amazonaws.com" in api.hosts
    finally:
        api.stop()

    assert not Path(f"/proc/{api.pid}").exists()
    said = command_line + (deployed_folder / "api" / "api.log").read_text()
    assert not [secret for secret in (CODE, *PRIVATE_KEYS.values()) if secret in said]


def test_a_process_that_cannot_start_says_why(deployed_folder: Path) -> None:
    attached = {"role": "role-aws-a", "policyArn": "arn:aws:iam::aws:policy/NoSuchPolicy"}
    store = Store(deployed_folder / "store.db")
    store.seed("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "a", attached, {})
    deployment.export(store, deployed_folder)
    api = start(deployed_folder / "store.db", deployed_folder / "clouds.json", deployed_folder / "api", region=REGION)

    with pytest.raises(LabFault, match="NoSuchPolicy"):
        api.wait_ready()


PARENT_THAT_IS_KILLED = """
import os, sys
from pathlib import Path
from lab.api import start
folder = Path(sys.argv[1])
api = start(folder / "store.db", folder / "clouds.json", folder / "api", region="ap-northeast-1")
api.wait_ready()
print(api.pid, flush=True)
os.kill(os.getpid(), 9)
"""


def test_the_process_ends_with_whoever_started_it(deployed_folder: Path) -> None:
    argv = [sys.executable, "-c", PARENT_THAT_IS_KILLED, deployed_folder]
    pid = int(subprocess.run(argv, capture_output=True, text=True, check=False, timeout=30).stdout)
    deadline = time.monotonic() + 10

    while is_alive(pid) and time.monotonic() < deadline:
        time.sleep(0.02)

    assert not is_alive(pid)


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state != "Z"
