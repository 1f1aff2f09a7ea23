from __future__ import annotations

import fcntl
import json

import pytest

from router.agent_lines import Lines
from router.apply import apply
from router.boot import boot
from router.errors import AgentError
from router.patience import Patience
from tests.router.bundle_files import AGENT, FILES, FRR_CONF, packed
from tests.router.fake_router import FakeRouter, with_file


def test_the_bundle_in_force_is_not_applied_again(running: FakeRouter, capsys) -> None:
    apply(running.machine, None)

    assert running.run.calls == []
    assert "is in force already: nothing to do" in capsys.readouterr().out


def test_a_changed_firewall_reloads_the_firewall_alone(running: FakeRouter) -> None:
    version = with_file(running, "etc/nftables.conf", "newer\n")

    apply(running.machine, version)

    assert running.run.changing == [
        "systemctl reload-or-restart nftables.service",
        "systemctl start flets-to-vpc-path.target",
    ]
    assert running.frr.reloads == []
    assert running.machine.state.last_good().version == version


def test_a_changed_frr_conf_is_reloaded_with_the_agents_own_lines(running: FakeRouter) -> None:
    running.machine.lines.change(running.frr, running.machine.agent(), Lines(sibling_up=True))
    with_file(running, "etc/frr/frr.conf", FRR_CONF.replace("transmit-interval 100", "transmit-interval 200"))

    apply(running.machine, None)

    assert len(running.frr.reloads) == 1
    assert "transmit-interval 200" in running.frr.reloads[0]
    assert "shutdown" not in running.frr.reloads[0], "a reload would tell the sibling that this router is not ready"
    assert running.paths.reloaded_flag.exists(), "`watch` is to enter its lines anew"


def test_changed_settings_of_the_agent_are_told_to_watch(running: FakeRouter) -> None:
    with_file(running, "etc/flets-to-vpc/agent.json", json.dumps({**AGENT, "takeover": False}))

    apply(running.machine, None)

    assert running.frr.reloads == []
    assert running.paths.reloaded_flag.exists()


def test_a_ready_router_is_changed_only_while_it_is_out_of_the_path(running: FakeRouter) -> None:
    running.judged(ready=True)
    running.on_sleep = lambda: running.judged(
        ready=not running.paths.draining_flag.exists(), draining=running.paths.draining_flag.exists()
    )
    with_file(running, "etc/frr/frr.conf", FRR_CONF + "! newer\n")
    drained: list[bool] = []
    running.frr.on_reload = lambda _: drained.append(running.paths.draining_flag.exists())

    apply(running.machine, None)

    assert drained == [True]
    assert not running.paths.draining_flag.exists()
    assert running.paths.lock_flag.exists(), "`watch` gives the lock back at the next ready moment"


def test_a_changed_peer_is_synced_and_its_interface_stays(running: FakeRouter) -> None:
    conf = FILES["etc/wireguard/wg-sakura-a-0.conf"]
    with_file(running, "etc/wireguard/wg-sakura-a-0.conf", conf.replace("198.51.100.10", "198.51.100.99"))

    apply(running.machine, None)

    assert "wg syncconf wg-sakura-a-0 /dev/stdin" in running.run.changing
    assert not any("wg-quick@" in line for line in running.run.changing)


def test_a_changed_tunnel_mtu_restarts_its_interface(running: FakeRouter) -> None:
    conf = FILES["etc/wireguard/wg-sakura-a-0.conf"]
    with_file(running, "etc/wireguard/wg-sakura-a-0.conf", conf.replace("1440", "1400"))

    apply(running.machine, None)

    assert "systemctl restart wg-quick@wg-sakura-a-0.service" in running.run.changing


def test_a_new_tunnel_comes_up_before_the_old_one_goes_down(running: FakeRouter) -> None:
    files = {name.replace("a-0", "a-1"): text.replace("wg-sakura-a-0", "wg-sakura-a-1") for name, text in FILES.items()}
    running.aws.deploy(packed(files))
    stopped_while_there = []
    real = running.run.__class__.__call__

    def watched(self, argv, **rest):
        if argv[:2] == ["systemctl", "stop"]:
            stopped_while_there.append(running.paths.at("/etc/wireguard/wg-sakura-a-0.conf").exists())
        return real(self, argv, **rest)

    running.run.__class__ = type("Watched", (running.run.__class__,), {"__call__": watched})
    apply(running.machine, None)

    changing = running.run.changing
    assert changing.index("systemctl daemon-reload") < changing.index("systemctl start flets-to-vpc-path.target")
    assert changing.index("systemctl start flets-to-vpc-path.target") < changing.index(
        "systemctl stop wg-quick@wg-sakura-a-0.service"
    )
    assert stopped_while_there == [True], "wg-quick down still reads the interface's file"
    assert not running.paths.at("/etc/wireguard/wg-sakura-a-0.conf").exists()
    assert running.paths.at("/etc/wireguard/wg-sakura-a-1.conf").exists()


def test_an_address_that_is_gone_is_removed_and_a_new_one_set(running: FakeRouter) -> None:
    with_file(running, "etc/flets-to-vpc/addresses.ip", "address replace 10.253.0.4/32 dev lo\n")

    apply(running.machine, None)

    assert running.run.changing[0] == "systemctl restart flets-to-vpc-addresses.service"
    assert running.run.changing[-1] == "ip address delete 10.253.0.3/32 dev lo"


def test_a_changed_gre_end_restarts_gre(running: FakeRouter) -> None:
    with_file(running, "etc/flets-to-vpc/gre.env", "DEVICE=other\n")

    apply(running.machine, None)

    assert "systemctl restart flets-to-vpc-gre.service" in running.run.changing


def test_a_changed_virtual_address_reloads_keepalived(running: FakeRouter) -> None:
    with_file(running, "etc/keepalived/keepalived.conf", "x\n")

    apply(running.machine, None)

    assert "systemctl reload-or-restart keepalived.service" in running.run.changing


@pytest.mark.parametrize("program", ["vtysh -C", "nft --check", "wg-quick strip"])
def test_a_bundle_that_is_not_valid_touches_nothing(running: FakeRouter, program: str) -> None:
    with_file(running, "etc/nftables.conf", "newer\n")
    running.run.fails.add(program)

    with pytest.raises(AgentError, match=f"is not valid: .*{program}"):
        apply(running.machine, None)

    assert running.run.changing == []
    assert running.read("/etc/nftables.conf") == FILES["etc/nftables.conf"]
    assert not list(running.paths.run.glob("validate-*")), "the scratch folder is gone"


def test_a_bundle_that_lacks_a_file_is_refused_with_all_that_is_missing(running: FakeRouter) -> None:
    running.aws.deploy(packed({name: FILES[name] for name in ("etc/flets-to-vpc/agent.json", "etc/nftables.conf")}))

    with pytest.raises(
        AgentError, match=r"frr\.conf is missing.*addresses\.ip is missing.*wg-sakura-a-0\.conf is missing"
    ):
        apply(running.machine, None)


def test_a_truncated_bundle_leaves_what_runs(running: FakeRouter) -> None:
    running.aws.deploy(b"cut", sha256="ab" * 32)

    with pytest.raises(AgentError, match="its pointer demands abababababab"):
        apply(running.machine, None)

    assert running.run.changing == []
    assert "apply failed" in running.machine.state.record().last


def test_it_waits_for_the_version_it_was_told(running: FakeRouter) -> None:
    slept: list[float] = []
    wanted = with_file(running, "etc/nftables.conf", "newest\n")
    newest = dict(running.aws.parameters)
    with_file(running, "etc/nftables.conf", "newer\n")

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 3:
            running.aws.parameters = newest

    apply(running.machine, wanted, Patience(seconds=30, clock=lambda: 0.0, sleep=sleep))

    assert len(slept) == 3
    assert running.machine.state.last_good().version == wanted


def test_a_version_that_never_comes_is_refused(running: FakeRouter) -> None:
    with pytest.raises(AgentError, match=r"names bundle [0-9a-f]{12}, not 0123456789ab"):
        apply(running.machine, "0123456789ab")

    assert running.run.changing == []


def test_a_router_that_never_booted_applies_nothing(router: FakeRouter) -> None:
    router.aws.deploy(packed(FILES))

    with pytest.raises(AgentError, match="the path was not started within 300 s"):
        apply(router.machine, None)


def test_an_apply_that_comes_before_the_path_was_started_waits_for_the_boot(router: FakeRouter, monkeypatch) -> None:
    version = router.aws.deploy(packed(FILES))
    boot(router.machine)
    record = (router.paths.run / "record.json").read_text()
    router.restart()
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        assert router.run.changing.count("systemctl start flets-to-vpc-path.target") == 1
        slept.append(seconds)
        if len(slept) == 5:
            (router.paths.run / "record.json").write_text(record)

    monkeypatch.setitem(Patience.__init__.__kwdefaults__, "sleep", sleep)

    apply(router.machine, version)

    assert len(slept) == 5


def test_one_apply_at_a_time(running: FakeRouter) -> None:
    with (running.paths.run / "lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)

        with pytest.raises(AgentError, match="another boot or apply has run for 300 s"):
            apply(running.machine, None)


def test_keys_that_no_tunnel_uses_any_more_are_forgotten(running: FakeRouter) -> None:
    agent = json.loads(json.dumps(AGENT).replace("private-key/1", "private-key/2"))
    running.aws.parameters["/flets-to-vpc/lab/aws-a/private-key/2"] = running.aws.parameters[
        "/flets-to-vpc/lab/aws-a/private-key/1"
    ]
    with_file(running, "etc/flets-to-vpc/agent.json", json.dumps(agent))

    apply(running.machine, None)

    assert sorted(path.name for path in (running.paths.state / "keys").iterdir()) == [
        "pre-shared-key_sakura-a-1.aws-a-1",
        "private-key_2",
    ]
