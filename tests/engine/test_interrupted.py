"""A run of the Pulumi CLI that is killed in the middle is mended by the next one."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from tests.engine.conftest import PATIENCE_S, ROOT, Engine, stated

PROGRAM = """
import pulumi, pulumi_aws as aws
cloud = aws.Provider("aws", region="ap-northeast-1")
options = pulumi.InvokeOptions(provider=cloud)
vpc = aws.ec2.Vpc("v", cidr_block="10.0.0.0/16", opts=pulumi.ResourceOptions(provider=cloud))
for n in range(60):
    aws.ec2.Subnet(f"s-{n}", vpc_id=vpc.id, cidr_block=f"10.0.{n}.0/24", opts=pulumi.ResourceOptions(provider=cloud))
"""


def created(store: Path) -> list[str]:
    """URNs of what the program made so far."""
    if not store.exists():
        return []
    try:
        with sqlite3.connect(f"file:{store}?mode=ro", uri=True) as connection:
            return [urn for (urn,) in connection.execute("SELECT urn FROM resources WHERE urn != ''")]
    except sqlite3.OperationalError:  # it is being made
        return []


def interrupted(engine: Engine, config: dict[str, Any], after: int) -> None:
    """Kills an `up` once it has made this many resources."""
    started = subprocess.Popen(
        engine.argv("up", config), cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    deadline_s = time.monotonic() + PATIENCE_S
    while len(created(engine.folder / "store.db")) < after and time.monotonic() < deadline_s:
        assert started.poll() is None, "it ended before it could be killed"
        time.sleep(0.01)
    os.kill(started.pid, signal.SIGKILL)
    started.wait()


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    (tmp_path / "program").mkdir()
    (tmp_path / "program/__main__.py").write_text(PROGRAM)
    (tmp_path / "program/Pulumi.yaml").write_text("{name: flets-to-vpc, runtime: python}")
    return Engine("cli", tmp_path, tmp_path / "program")


def test_a_killed_up_is_resumed_and_nothing_is_made_twice(engine: Engine) -> None:
    interrupted(engine, stated(), after=8)
    engine.done("up", stated())
    made = created(engine.folder / "store.db")

    assert len(made) == len(set(made)) == 61
    assert "pending_operations" not in json.loads(engine.pulumi("stack", "export"))["deployment"]
    assert "0 created, 0 updated, 0 replaced, 62 deleted, 0 same" in engine.done("destroy", stated())
    assert created(engine.folder / "store.db") == []
