"""A booted router meets a bundle that is of no use, or a boot without AWS: it says so, and what it ran goes on.

All of it is done to the running lab at once, each fault to another router.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from lab import stated
from lab.supervisor import control
from lab.supervisor.folder import LabFolder
from tests.lab.conftest import NAME, START_S, RunningLab, lab
from tests.lab.edits import CloudsFile
from tests.lab.sabotages import no_replies

pytestmark = pytest.mark.lab


def point(clouds: CloudsFile, router: str, version_id: str, sha256: str) -> None:
    """Has a router's pointer demand this digest of that version."""
    pointer = {"schema": 1, "key": f"{router}/bundle.tar.gz", "version_id": version_id, "sha256": sha256}
    clouds.change("Parameter", router, value=json.dumps(pointer))


def missing(clouds: CloudsFile, router: str) -> None:
    point(clouds, router, "no-such-version", "0" * 64)


def truncated(clouds: CloudsFile, router: str) -> None:
    clouds.files(router, "etc/frr/frr.conf", lambda text: f"{text}!\n")
    demanded = json.loads(clouds.find("Parameter", router)["inputs"]["value"])["sha256"]
    stored = clouds.find("BucketObjectv2", router)
    whole = base64.b64decode(stored["inputs"]["contentBase64"])
    clouds.bundle(router, whole[: len(whole) // 2])
    point(clouds, router, stored["outputs"]["versionId"], demanded)


def anothers(clouds: CloudsFile, router: str) -> None:
    other = clouds.find("BucketObjectv2", "aws-b")["inputs"]["contentBase64"]
    clouds.bundle(router, base64.b64decode(other))


SPOILT: dict[str, tuple[Callable[[CloudsFile, str], None], str]] = {
    "aws-a": (anothers, "is for aws-b, this router is aws-a"),
    "aws-b": (missing, "no-such-version"),
    "sakura-a": (truncated, "truncated or not the one that was deployed"),
}
"""By router: what is done to its bundle, and what the router must say of it."""

MEETS_IT = "systemd-run --quiet --collect --unit=meets-it sh -c 'while flets-to-vpc apply; do sleep 1; done'"
"""Takes the bundle in force again and again, until it cannot."""
MET_IT = "while systemctl is-active --quiet meets-it; do sleep 0.2; done; journalctl --unit=meets-it --output=cat"


def status(running: RunningLab, router: str) -> dict[str, Any]:
    page: dict[str, Any] = json.loads(running.on(router, "flets-to-vpc status --json; true"))
    return page


@pytest.fixture(scope="module")
def before(running: RunningLab) -> dict[str, dict[str, Any]]:
    """Every router's status before anything is spoilt."""
    return {router: status(running, router) for router in (*SPOILT, "sakura-b")}


@pytest.fixture(scope="module")
def report(running: RunningLab, before, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """Of the lab whose bundles are spoilt, in which sakura-b is restarted for another size and hears nothing of AWS."""
    folder, deployed = tmp_path_factory.mktemp("spoilt"), (running.folder / "clouds.json").read_text()
    clouds = CloudsFile.parse(deployed)
    for router, (spoil, _) in SPOILT.items():
        spoil(clouds, router)
        running.on(router, MEETS_IT)
    no_replies(clouds)
    clouds.change("Server", "routers-sakura-b", core=2)
    (folder / "spoilt.json").write_text(json.dumps(clouds.document))
    (folder / "deployed.json").write_text(deployed)
    stated.read(LabFolder(NAME), folder / "spoilt.json", None).save(LabFolder(NAME))
    yield control.ask(LabFolder(NAME), "update", timeout_s=START_S)["report"]
    undone = lab("resync", "--name", NAME, "--clouds", str(folder / "deployed.json"))
    assert undone.returncode == 0, "every path is as before"


@pytest.mark.parametrize("router", SPOILT)
def test_a_router_keeps_what_it_runs_when_its_new_bundle_is_of_no_use(
    running: RunningLab, before, report, router: str
) -> None:
    words, said = SPOILT[router][1], running.on(router, MET_IT)
    after = status(running, router)

    assert words in said
    assert after["last"].startswith("apply failed: ")
    assert words in after["last"]
    assert (after["bundle"], after["down"]) == (before[router]["bundle"], [])


def test_a_router_that_boots_while_aws_is_away_starts_from_its_own_disk_and_says_so(
    running: RunningLab, before, report
) -> None:
    page = running.on("sakura-b", "flets-to-vpc status; true")
    journal = running.on("sakura-b", "journalctl --no-pager --output=cat --unit=flets-to-vpc-boot")

    assert "FROM DISK: AWS was away" in page
    assert "BOOTING FROM DISK: no valid bundle from AWS" in journal
    assert status(running, "sakura-b")["bundle"] == {**before["sakura-b"]["bundle"], "source": "disk"}


def test_the_path_carries_what_it_carried_before(report) -> None:
    assert all(path["forward"] and path["backward"] for path in report["paths"])
    assert {entry["hop"] for entry in report["broken"]} == {"sakura-b"}
    assert all("does not admit tcp/" in entry["rule"] for entry in report["broken"])
