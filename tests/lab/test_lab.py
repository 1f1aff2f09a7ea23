"""The lab of stack `lab`: the program as deployed carries packets, and its routers run what was deployed.

site LANs - closed network - sakura-a, sakura-b = four tunnels = aws-a, aws-b - gateway - VPCs
"""

from __future__ import annotations

import base64
import hashlib
import json

import pytest

from lab.clouds.store import Store
from tests.lab.conftest import RunningLab

pytestmark = pytest.mark.lab

ROUTERS = ("sakura-a", "sakura-b", "aws-a", "aws-b")
SITES = {"store-001", "plant-01", "store-002"}
VPCS = {"app", "shared"}


def test_every_site_reaches_every_vpc_and_back_at_the_promised_mtu(running: RunningLab) -> None:
    paths = running.report["paths"]
    promised = json.loads((running.folder / "outputs.json").read_text())["usable_mtu"]

    assert {(path["site"], path["vpc"]) for path in paths} == {(site, vpc) for site in SITES for vpc in VPCS}
    assert all(path["forward"] and path["backward"] for path in paths)
    assert {path["mtu"] for path in paths} == {promised}


def test_packets_were_seen_on_every_tunnel_and_every_router(running: RunningLab) -> None:
    seen = {hop for path in running.report["paths"] for hop in path["hops"]}

    assert seen >= {*ROUTERS, "closed-network", "gateway", "gre:aws-a", "gre:aws-b"}
    assert seen >= {f"tunnel:sakura-{s}/aws-{a}" for s in "ab" for a in "ab"}


def test_what_must_not_pass_was_tried_and_did_not(running: RunningLab) -> None:
    tried = {(entry["from"], entry["to"], entry["port"]) for entry in running.report["denied"]}

    assert all(entry["blocked"] for entry in running.report["denied"])
    assert tried >= {("stranger", router, port) for router in ROUTERS for port in ("tcp/22", "proto/47")}
    assert any(source.startswith("site:") and target.startswith("site:") for source, target, _ in tried)
    assert any(source.startswith("vpc:") and target.startswith("vpc:") for source, target, _ in tried)


@pytest.mark.parametrize("router", ROUTERS)
def test_a_router_says_that_it_is_ready_and_nothing_is_down(running: RunningLab, router: str) -> None:
    status = json.loads(running.on(router, "flets-to-vpc status --json"))

    assert status["ready"] is True
    assert status["down"] == []
    assert status["bundle"]["source"] == "api"


@pytest.mark.parametrize("router", ROUTERS)
def test_a_router_runs_the_bundle_that_was_deployed(running: RunningLab, router: str) -> None:
    clouds = json.loads((running.folder / "clouds.json").read_text())["resources"]
    deployed = next(r["inputs"]["contentBase64"] for r in clouds if r["id"].endswith(f"/{router}/bundle.tar.gz"))
    digest = hashlib.sha256(base64.b64decode(deployed)).hexdigest()

    assert running.on(router, "sha256sum /var/lib/flets-to-vpc/bundle.tar.gz").split()[0] == digest


@pytest.mark.parametrize("router", ROUTERS)
def test_a_reload_of_the_file_in_force_would_change_nothing(running: RunningLab, router: str) -> None:
    """frr-reload.py resets a session for whatever it takes for a difference."""
    delta = running.on(router, "/usr/lib/frr/frr-reload.py --test /run/flets-to-vpc/frr.conf 2>/dev/null")

    lines = [line for line in delta.splitlines() if line.strip() and not line.startswith(("Lines To", "===="))]
    assert lines == []


@pytest.mark.parametrize("router", ROUTERS)
def test_no_unit_of_a_router_failed(running: RunningLab, router: str) -> None:
    assert running.on(router, "systemctl --failed --plain --no-legend").strip() == ""


def _secrets(running: RunningLab) -> set[str]:
    """The actual secrets of this lab in every form they could leak in."""
    store = Store(running.folder / "store.db")
    clouds = json.loads((running.folder / "clouds.json").read_text())
    names = {n for r in clouds["resources"] for n in _names(r["inputs"]) | _names(r["outputs"])}
    secrets = {store.secret(name) for name in names if "arameter" not in name or "value" in name}
    keys = {secret for secret in secrets if len(secret) in (44, 64) and " " not in secret and "{" not in secret}
    raw = {base64.b64decode(key) for key in keys if len(key) == 44}
    return keys | {value.hex() for value in raw}


def _names(value: object) -> set[str]:
    if isinstance(value, dict):
        if set(value) == {"secret"}:
            return {value["secret"]}
        return set().union(*(_names(item) for item in value.values()))
    if isinstance(value, list):
        return set().union(*(_names(item) for item in value))
    return set()


def test_no_key_is_in_any_file_that_the_lab_reports(running: RunningLab) -> None:
    secrets = _secrets(running)

    assert len(secrets) >= 8  # four private keys, four pre-shared keys
    for path in running.folder.iterdir():
        if path.is_file() and path.name != "store.db":
            text = path.read_text(errors="replace")
            assert not [secret for secret in secrets if secret in text], path.name


@pytest.mark.parametrize("router", ROUTERS)
def test_no_key_is_in_a_routers_journal_process_list_or_files(running: RunningLab, router: str) -> None:
    secrets = _secrets(running)
    looked = running.on(
        router,
        "journalctl --no-pager -o cat; ps -eo args; cat /proc/[0-9]*/environ 2>/dev/null | tr '\\0' '\\n';"
        " cat /etc/wireguard/*.conf /etc/flets-to-vpc/* /etc/frr/frr.conf /run/flets-to-vpc/* 2>/dev/null; true",
    )

    assert "wg-" in looked
    assert not [secret for secret in secrets if secret in looked]
