"""A bundle that fails leaves the router as it was."""

from __future__ import annotations

import json

import pytest

from router.agent_lines import Lines
from router.apply import apply
from router.errors import AgentError, CommandError
from tests.router.bundle_files import AGENT, FILES, FRR_CONF, SITE, VPC, packed
from tests.router.fake_router import FakeRouter, with_file


def test_a_reload_that_fails_is_rolled_back(running: FakeRouter, capsys) -> None:
    before = running.machine.state.last_good()
    with_file(running, "etc/nftables.conf", "newer\n")
    calls = []

    def fail_once(argv, **rest):
        calls.append(argv)
        if argv == ["systemctl", "reload-or-restart", "nftables.service"] and calls.count(argv) == 1:
            raise CommandError("nft failed")
        return running.run(argv, **rest)

    running.machine.units._run = fail_once

    with pytest.raises(AgentError, match=f"was rolled back, bundle {before.version} is in force: nft failed"):
        apply(running.machine, None)

    assert running.read("/etc/nftables.conf") == FILES["etc/nftables.conf"]
    assert calls.count(["systemctl", "reload-or-restart", "nftables.service"]) == 2
    assert running.machine.state.last_good() == before
    assert "going back to bundle" in capsys.readouterr().out


def test_a_prefix_that_is_lost_is_rolled_back(running: FakeRouter) -> None:
    with_file(running, "etc/frr/frr.conf", FRR_CONF + "! newer\n")

    def lose_then_find(reloads: int) -> None:
        running.frr.routes = running.frr.routes - {SITE} if reloads == 1 else running.frr.routes | {SITE}

    running.frr.on_reload = lose_then_find

    with pytest.raises(AgentError, match=f"rolled back.*no route to {SITE}"):
        apply(running.machine, None)

    assert running.read("/etc/frr/frr.conf") == FRR_CONF
    assert len(running.frr.reloads) == 2


def test_a_prefix_that_the_new_bundle_does_not_ask_for_may_go(running: FakeRouter) -> None:
    agent = {**AGENT, "prefixes": {"sites": [], "vpcs": AGENT["prefixes"]["vpcs"]}}
    running.aws.deploy(
        packed({**FILES, "etc/flets-to-vpc/agent.json": json.dumps(agent), "etc/frr/frr.conf": FRR_CONF + "! newer\n"})
    )
    running.frr.on_reload = lambda _: setattr(running.frr, "routes", running.frr.routes - {SITE})

    apply(running.machine, None)

    assert SITE not in running.machine.agent().prefixes


def test_a_session_that_was_down_before_does_not_hold_a_bundle_up(running: FakeRouter) -> None:
    running.frr.up.clear()
    version = with_file(running, "etc/nftables.conf", "newer\n")

    apply(running.machine, None)

    assert running.machine.state.last_good().version == version


def test_a_key_that_came_with_a_bundle_that_failed_gives_way_to_the_one_before(running: FakeRouter) -> None:
    before = running.machine.state.key("private-key/1")
    running.aws.parameters["/flets-to-vpc/lab/aws-a/private-key/1"] = "bmV3LXByaXZhdGUta2V5LW9mLW9uZS1yb3V0ZXItMDE="
    with_file(running, "etc/frr/frr.conf", FRR_CONF + "! newer\n")
    running.frr.on_reload = lambda reloads: setattr(
        running.frr, "routes", {1: frozenset()}.get(reloads, frozenset({SITE, VPC}))
    )

    with pytest.raises(AgentError, match="was rolled back"):
        apply(running.machine, None)

    assert running.machine.state.key("private-key/1") == before


def test_going_back_restarts_frr_when_it_cannot_reload_and_has_watch_enter_its_lines_again(running: FakeRouter) -> None:
    running.machine.lines.change(running.frr, running.machine.agent(), Lines(sibling_up=True))
    with_file(running, "etc/frr/frr.conf", FRR_CONF + "! newer\n")

    def fail(_: int) -> None:
        raise CommandError("frr-reload.py failed")

    running.frr.on_reload = fail

    with pytest.raises(AgentError, match="was rolled back"):
        apply(running.machine, None)

    assert "systemctl restart frr.service" in running.run.changing
    assert running.paths.reloaded_flag.exists()
    assert running.machine.lines.now == Lines(sibling_up=True)


def test_going_back_that_does_not_help_says_what_is_down(running: FakeRouter) -> None:
    with_file(running, "etc/frr/frr.conf", FRR_CONF + "! newer\n")
    running.frr.on_reload = lambda _: running.frr.up.clear()

    with pytest.raises(AgentError, match=r"did not bring everything back: BGP session to .* is not established"):
        apply(running.machine, None)
