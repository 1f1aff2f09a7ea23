from __future__ import annotations

import json

import pytest

from router import drain as planned
from router.__main__ import main
from router.drain import Quiet, drain, forwarded, out_of_the_path, undrain
from router.errors import AgentError
from tests.router.bundle_files import SAKURA_AGENT, SIBLING
from tests.router.fake_router import LOCK, FakeRouter


def test_a_drained_router_has_the_lock_and_forwards_nothing(ready: FakeRouter, capsys) -> None:
    drain(ready.machine)

    assert json.loads(ready.aws.parameters[LOCK])["router"] == "aws-a"
    assert ready.paths.draining_flag.exists()
    assert ready.paths.lock_flag.exists(), "so that the next ready moment gives the lock back"
    assert "drained: nothing is forwarded here" in capsys.readouterr().out


def test_the_order_is_lock_sibling_flag_quiet(ready: FakeRouter, monkeypatch) -> None:
    order: list[str] = []
    states, take, quiet = ready.frr.bfd_states, planned.RollOutLock.take, Quiet.is_quiet

    def seen(word: str) -> None:
        order.append(f"{word}, {'asked' if ready.paths.draining_flag.exists() else 'not asked'} to drain")

    monkeypatch.setattr(planned.RollOutLock, "take", lambda *args: (seen("lock"), take(*args)))
    monkeypatch.setattr(ready.frr, "bfd_states", lambda: (seen("sibling"), states())[1])
    monkeypatch.setattr(Quiet, "is_quiet", lambda self: (seen("quiet"), quiet(self))[1])

    drain(ready.machine)

    assert list(dict.fromkeys(order)) == [
        "lock, not asked to drain",
        "sibling, not asked to drain",
        "quiet, asked to drain",
    ]


def test_while_the_sibling_has_the_lock_nothing_happens_here(ready: FakeRouter) -> None:
    ready.aws.parameters[LOCK] = json.dumps({"router": "aws-b", "taken_at_s": 9e11})

    with pytest.raises(AgentError, match="aws-b has the roll-out lock"):
        drain(ready.machine)

    assert not ready.paths.draining_flag.exists()
    assert json.loads(ready.aws.parameters[LOCK])["router"] == "aws-b"


def test_a_sibling_that_is_not_ready_keeps_this_router_in_the_path_and_the_lock_is_given_back(
    ready: FakeRouter,
) -> None:
    ready.frr.bfd_up.discard(SIBLING)

    with pytest.raises(AgentError, match="aws-b is not ready since 120 s, and a stop of aws-a would cut the path"):
        drain(ready.machine)

    assert not ready.paths.draining_flag.exists()
    assert not ready.has_lock


def test_a_bfdd_that_does_not_answer_leaves_no_lock_behind(ready: FakeRouter) -> None:
    ready.frr.hung.add("bfdd")

    with pytest.raises(AgentError, match="aws-b is not ready"):
        drain(ready.machine)

    assert not ready.paths.draining_flag.exists()
    assert not ready.has_lock


def test_a_watch_that_does_not_drain_is_named_and_everything_is_as_before(ready: FakeRouter) -> None:
    ready.on_sleep = lambda: None

    with pytest.raises(AgentError, match="watch does not drain; see `systemctl status flets-to-vpc-watch`"):
        drain(ready.machine)

    assert not ready.paths.draining_flag.exists()
    assert not ready.paths.lock_flag.exists()
    assert not ready.has_lock


def test_with_aws_away_nothing_is_drained(ready: FakeRouter) -> None:
    ready.aws.away = True

    with pytest.raises(AgentError, match="AWS is not reached"):
        drain(ready.machine)

    assert not ready.paths.draining_flag.exists()


def test_a_machine_that_is_going_down_drains_also_without_lock_and_sibling_and_says_so(
    ready: FakeRouter, capsys
) -> None:
    ready.aws.away = True

    drain(ready.machine, is_stopping=True)

    assert ready.paths.draining_flag.exists()
    assert "AWS is not reached; this router is going down all the same" in capsys.readouterr().out


def test_a_machine_that_is_going_down_beside_an_unready_sibling_keeps_the_lock(ready: FakeRouter, capsys) -> None:
    ready.frr.bfd_up.discard(SIBLING)

    drain(ready.machine, is_stopping=True)

    assert ready.paths.draining_flag.exists()
    assert ready.has_lock, "so that the sibling does not go down too"
    assert "aws-b is not ready since 20 s" in capsys.readouterr().out


def test_a_machine_that_is_going_down_stays_drained_when_watch_is_gone(ready: FakeRouter, capsys) -> None:
    ready.on_sleep = lambda: None

    drain(ready.machine, is_stopping=True)

    assert ready.paths.draining_flag.exists()
    assert ready.has_lock
    assert "WARNING: watch does not drain" in capsys.readouterr().out


def test_a_sibling_that_does_not_take_the_virtual_address_is_named(ready: FakeRouter) -> None:
    agent = json.dumps({**SAKURA_AGENT, "virtual_ip": "172.16.0.1"})
    ready.paths.at("/etc/flets-to-vpc/agent.json").write_text(agent)
    held = [{"addr_info": [{"local": "172.16.0.1"}]}]
    ready.run.addresses = json.dumps(held)

    with pytest.raises(AgentError, match="sakura-b does not take the virtual address"):
        drain(ready.machine)

    assert not ready.paths.draining_flag.exists()
    assert not ready.has_lock

    ready.run.addresses = "[]"
    drain(ready.machine)
    assert ready.paths.draining_flag.exists()


def waited_s(ready: FakeRouter, monkeypatch: pytest.MonkeyPatch, **how: bool) -> float:
    """How long a drain looked for packets, none of which came."""
    looks: list[int] = []
    monkeypatch.setattr(Quiet, "is_quiet", lambda _: bool(looks.append(1) or True))
    drain(ready.machine, **how)
    undrain(ready.machine)
    return (len(looks) - 1) * planned.QUIET_S


def test_a_gateway_gets_its_time_to_act_also_where_packets_are_few(ready: FakeRouter, monkeypatch) -> None:
    assert waited_s(ready, monkeypatch) >= planned.GATEWAY_ACTS_WITHIN_S
    assert waited_s(ready, monkeypatch, is_stopping=True) >= planned.GATEWAY_ACTS_WITHIN_S
    assert waited_s(ready, monkeypatch, is_roll_out=True) == 0.0, "it goes on forwarding"

    ready.paths.at("/etc/flets-to-vpc/agent.json").write_text(json.dumps(SAKURA_AGENT))
    assert waited_s(ready, monkeypatch) == 0.0


def test_a_roll_out_says_that_it_is_one(ready: FakeRouter, monkeypatch) -> None:
    asked: list[dict] = []
    monkeypatch.setattr(planned, "drain", lambda _, **how: asked.append(how))

    with out_of_the_path(ready.machine):
        pass

    assert asked == [{"is_roll_out": True}]


@pytest.fixture
def still_used(monkeypatch: pytest.MonkeyPatch) -> str:
    """Somebody goes on sending here: in words."""
    monkeypatch.setattr(Quiet, "is_quiet", lambda _: False)
    return "packets are still forwarded here after 20 s; somebody knows no other way"


def test_who_forwards_for_somebody_who_knows_no_other_way_goes_on(ready: FakeRouter, still_used: str, capsys) -> None:
    with pytest.raises(AgentError, match=still_used):
        drain(ready.machine)

    assert not ready.paths.draining_flag.exists()
    assert not ready.has_lock
    assert "nothing is forwarded here" not in capsys.readouterr().out


@pytest.mark.parametrize("how", ["is_stopping", "is_roll_out"])
def test_a_stop_and_a_roll_out_name_it_and_go_on(ready: FakeRouter, still_used: str, capsys, how: str) -> None:
    drain(ready.machine, **{how: True})

    assert ready.paths.draining_flag.exists()
    assert ready.has_lock
    told = capsys.readouterr().out
    assert still_used in told
    assert "nothing is forwarded here" not in told


def test_quiet_is_two_looks_at_the_same_count(ready: FakeRouter) -> None:
    path = ready.paths.at("/proc/net/snmp")
    quiet, seen = Quiet(path), []
    for count in (7, 9, 9, 10, 10):
        ready.forwarded(count)
        seen.append(quiet.is_quiet())

    assert seen == [False, False, True, False, True]


def test_forwarded_packets_are_read_by_name() -> None:
    assert forwarded("Ip: DefaultTTL ForwDatagrams InHdrErrors\nIp: 64 12 3\nUdp: InDatagrams\nUdp: 1\n") == 12


def test_undraining_waits_until_the_router_is_ready(ready: FakeRouter, capsys) -> None:
    drain(ready.machine)

    undrain(ready.machine)

    assert not ready.paths.draining_flag.exists()
    assert "undrained: this router carries the path" in capsys.readouterr().out


def test_a_router_that_does_not_become_ready_again_says_why(ready: FakeRouter) -> None:
    ready.judged(ready=False, why_not_ready=("no tunnel works",))
    ready.on_sleep = lambda: None

    with pytest.raises(AgentError, match="undrained, but not ready within 60 s: no tunnel works"):
        undrain(ready.machine)


def test_a_change_that_fails_still_puts_the_router_back(ready: FakeRouter) -> None:
    def fail() -> None:
        with out_of_the_path(ready.machine):
            assert ready.paths.draining_flag.exists()
            raise AgentError("the change failed")

    with pytest.raises(AgentError, match="the change failed"):
        fail()

    assert not ready.paths.draining_flag.exists()


def test_a_router_that_is_not_ready_is_changed_as_it_is(ready: FakeRouter) -> None:
    ready.judged(ready=False)

    with out_of_the_path(ready.machine):
        assert not ready.paths.draining_flag.exists()
        assert not ready.has_lock


def test_a_change_that_fails_and_a_router_that_does_not_come_back_are_both_told(ready: FakeRouter) -> None:
    ready.on_sleep = lambda: ready.judged(ready=False, draining=True, why_not_ready=("no tunnel works",))

    both = "it was rolled back; undrained, but not ready within 60 s: no tunnel works"
    with pytest.raises(AgentError, match=both), out_of_the_path(ready.machine):
        raise AgentError("it was rolled back")


def test_the_verbs_drain_undrain_and_unlock(ready: FakeRouter) -> None:
    assert main(["drain"], ready.machine) == 0
    assert ready.has_lock
    assert main(["undrain"], ready.machine) == 0
    assert main(["unlock"], ready.machine) == 0
    assert not ready.has_lock
    assert not ready.paths.lock_flag.exists()


def test_a_drain_that_is_refused_exits_1_and_one_that_stops_exits_0(ready: FakeRouter) -> None:
    ready.aws.away = True

    assert main(["drain"], ready.machine) == 1
    assert main(["drain", "--stopping"], ready.machine) == 0
