from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from router.boot import boot
from router.errors import AgentError
from router.patience import Patience
from tests.router.bundle_files import AGENT, FILES, FRR_CONF, PRE_SHARED_KEY, PRIVATE_KEY, packed
from tests.router.fake_router import FakeRouter


def record(router: FakeRouter) -> dict[str, object]:
    return json.loads((router.paths.run / "record.json").read_text())


def test_a_first_boot_installs_the_bundle_then_starts_the_path(router: FakeRouter) -> None:
    version = router.aws.deploy(packed(FILES))

    boot(router.machine)

    assert router.read("/etc/frr/frr.conf") == FRR_CONF
    assert router.run.changing == ["systemctl daemon-reload", "systemctl start flets-to-vpc-path.target"]
    assert record(router)["source"] == "api"
    assert record(router)["bundle_version"] == version
    assert router.machine.state.last_good().version == version


def test_the_machine_takes_the_routers_name(router: FakeRouter) -> None:
    router.aws.deploy(packed(FILES))

    boot(router.machine)

    assert ("hostname", "aws-a") in router.run.calls


def test_a_router_waits_for_a_bundle_that_is_not_there_yet(router: FakeRouter) -> None:
    asked: list[float] = []

    def sleep(seconds: float) -> None:
        asked.append(seconds)
        if len(asked) == 30:
            router.aws.deploy(packed(FILES))

    boot(router.machine, Patience(seconds=None, sleep=sleep))

    assert len(asked) == 30
    assert record(router)["source"] == "api"


def test_no_session_is_waited_for_and_frr_gets_the_file_with_the_sibling_shut(router: FakeRouter) -> None:
    router.aws.deploy(packed(FILES))
    router.frr.up.clear()

    boot(router.machine)

    assert router.frr.entered == []
    assert router.machine.lines.intended.read_text() == FRR_CONF


def test_systemd_is_told_when_the_path_runs(router: FakeRouter, tmp_path: Path, monkeypatch) -> None:
    router.aws.deploy(packed(FILES))
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.settimeout(1)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))

        boot(router.machine)

        assert systemd.recv(100) == b"READY=1"


def booted_before(router: FakeRouter) -> str:
    version = router.aws.deploy(packed(FILES))
    boot(router.machine)
    router.restart()
    router.run.calls.clear()
    return version


def test_with_the_api_away_it_boots_from_disk_within_its_patience_and_says_so(router: FakeRouter, capsys) -> None:
    version = booted_before(router)
    router.aws.away = True

    boot(router.machine)

    said = capsys.readouterr().out
    assert "BOOTING FROM DISK: no valid bundle from AWS within 20 s" in said
    assert "AWS is not reached" in said
    assert version in said
    assert record(router)["source"] == "disk"
    assert "systemctl start flets-to-vpc-path.target" in router.run.changing


def test_without_a_boot_object_it_boots_from_disk_too(router: FakeRouter, monkeypatch) -> None:
    booted_before(router)
    router.paths.boot_object.unlink()
    monkeypatch.setattr("router.boot_object.METADATA_URL", "http://127.0.0.1:1")
    monkeypatch.setattr("router.boot_object.read.__defaults__", ("http://127.0.0.1:1",))

    boot(router.machine)

    assert record(router)["source"] == "disk"


@pytest.mark.parametrize("cut", [0, 100])
def test_a_bundle_with_a_wrong_digest_is_not_booted(router: FakeRouter, cut: int, capsys) -> None:
    version = booted_before(router)
    newer = packed({**FILES, "etc/nftables.conf": "newer\n"})
    router.aws.deploy(newer[:cut], sha256="ab" * 32)

    boot(router.machine)

    assert record(router) | {"source": "disk", "bundle_version": version} == record(router)
    assert "its pointer demands abababababab" in capsys.readouterr().out


def test_a_new_bundle_that_is_not_valid_is_not_booted(router: FakeRouter, capsys) -> None:
    version = booted_before(router)
    router.aws.deploy(packed({**FILES, "etc/nftables.conf": "tabel\n"}))
    router.run.fails.add("nft --check")

    boot(router.machine)

    assert record(router)["bundle_version"] == version
    assert "/etc/nftables.conf: `nft --check" in capsys.readouterr().out


def test_a_bundle_of_another_router_is_not_booted(router: FakeRouter, capsys) -> None:
    booted_before(router)
    agent = {**AGENT, "router": "aws-b"}
    router.aws.deploy(packed({**FILES, "etc/flets-to-vpc/agent.json": json.dumps(agent)}))

    boot(router.machine)

    assert record(router)["source"] == "disk"
    assert "is for aws-b, this router is aws-a" in capsys.readouterr().out


def test_a_key_that_is_no_key_stops_the_first_boot_and_is_not_shown(router: FakeRouter) -> None:
    router.aws.deploy(packed(FILES))
    router.aws.parameters["/flets-to-vpc/lab/aws-a/private-key/1"] = "oops-a-secret"

    with pytest.raises(AgentError, match="private-key/1: not a WireGuard key") as failure:
        boot(router.machine, Patience(seconds=5))

    assert "oops" not in str(failure.value)


def test_a_spoilt_disk_copy_is_not_used(router: FakeRouter, capsys) -> None:
    booted_before(router)
    (router.paths.state / "bundle.tar.gz").write_bytes(b"spoilt")

    boot(router.machine)

    assert "the last good bundle on this disk is of no use" in capsys.readouterr().out
    assert record(router)["source"] == "api"


def test_files_of_the_bundle_before_are_removed(router: FakeRouter) -> None:
    booted_before(router)
    router.aws.deploy(packed({name: text for name, text in FILES.items() if name != "etc/flets-to-vpc/gre.env"}))

    boot(router.machine)

    assert not router.paths.at("/etc/flets-to-vpc/gre.env").exists()
    assert router.paths.boot_object.exists()


def test_a_unit_that_does_not_start_is_named_and_a_first_bundle_is_kept_for_apply(router: FakeRouter, capsys) -> None:
    version = router.aws.deploy(packed(FILES))
    router.run.units["nftables.service"] = "failed"

    boot(router.machine)

    assert "nftables.service does not start" in capsys.readouterr().out
    assert router.machine.state.last_good().version == version


def test_a_new_bundle_whose_unit_does_not_start_gives_way_to_the_last_good_one(router: FakeRouter, capsys) -> None:
    version = booted_before(router)
    router.aws.deploy(packed({**FILES, "etc/nftables.conf": "newer\n"}))
    router.run.units["nftables.service"] = "failed"

    boot(router.machine)

    assert "nftables.service does not start" in capsys.readouterr().out
    assert record(router)["bundle_version"] == version
    assert router.read("/etc/nftables.conf") == FILES["etc/nftables.conf"]
    assert router.machine.state.last_good().version == version


def test_a_second_boot_of_a_running_router_touches_nothing(router: FakeRouter) -> None:
    router.aws.deploy(packed(FILES))
    boot(router.machine)
    router.aws.deploy(packed({**FILES, "etc/nftables.conf": "newer\n"}))
    router.run.calls.clear()

    boot(router.machine)

    assert router.run.changing == []
    assert router.read("/etc/nftables.conf") == FILES["etc/nftables.conf"]


def test_no_key_is_said_or_lies_anywhere_but_in_its_own_file(router: FakeRouter, capsys) -> None:
    router.aws.deploy(packed(FILES))

    boot(router.machine)

    said = capsys.readouterr().out
    holders = {
        path.parent.name
        for path in router.paths.root.rglob("*")
        if path.is_file() and any(key.encode() in path.read_bytes() for key in (PRIVATE_KEY, PRE_SHARED_KEY))
    }
    assert holders == {"keys"}
    assert PRIVATE_KEY not in said
    assert PRE_SHARED_KEY not in said
