from __future__ import annotations

import json
import os

import pytest

from router import wireguard
from router.__main__ import main
from router.boot import boot
from tests.router.bundle_files import AGENT, FILES, PRIVATE_KEY, SIBLING, SITE, TUNNEL_NEIGHBOR, VPC, packed
from tests.router.fake_router import FakeRouter


@pytest.fixture
def running(router: FakeRouter, monkeypatch: pytest.MonkeyPatch) -> FakeRouter:
    """A ready router whose every part is up."""
    router.aws.deploy(packed(FILES))
    boot(router.machine)
    router.frr.bfd_up.add(SIBLING)
    router.judged(ready=True)
    monkeypatch.setattr("time.time", lambda: 9999999999 + 42.0)
    return router


def seen(router: FakeRouter, capsys: pytest.CaptureFixture[str]) -> tuple[int, dict]:
    capsys.readouterr()
    code = main(["status", "--json"], router.machine)
    return code, json.loads(capsys.readouterr().out)


def test_a_router_with_everything_up_exits_0(running: FakeRouter, capsys) -> None:
    code, status = seen(running, capsys)

    assert status["down"] == []
    assert code == 0
    assert (status["router"], status["cloud"], status["ready"]) == ("aws-a", "aws", True)
    assert status["bundle"]["source"] == "api"
    assert status["tunnels"] == [
        {"interface": "wg-sakura-a-0", "handshake_age_s": 42, "received_bytes": 10, "sent_bytes": 20, "up": True}
    ]
    assert status["prefixes"] == {SITE: True, VPC: True}


def test_the_page_shows_every_part(running: FakeRouter, capsys) -> None:
    capsys.readouterr()

    assert main(["status"], running.machine) == 0

    page = capsys.readouterr().out
    for part in (
        "aws-a (aws): ready",
        "(fetched from AWS)",
        "wg-sakura-a-0  42 s ago   10 B      20 B",
        f"{TUNNEL_NEIGHBOR}   Established  2",
        "100/100 ms x 3  send 100 ms, detect 300 ms",
        f"{SITE}  reached",
        "everything expected is up",
    ):
        assert part in page, page


@pytest.mark.parametrize("options", [[], ["--json"]], ids=["page", "json"])
def test_a_reader_that_has_left_changes_nothing(running: FakeRouter, monkeypatch, options) -> None:
    """As in `flets-to-vpc status | head -1`."""
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as left:
        monkeypatch.setattr("sys.stdout", left)

        assert main(["status", *options], running.machine) == 0
        assert main(["status", *options], running.machine) == 0, "and what is said after that goes nowhere"


def break_unit(router: FakeRouter) -> None:
    router.run.units["frr.service"] = "failed"


def break_session(router: FakeRouter) -> None:
    router.frr.up.discard(TUNNEL_NEIGHBOR)


def break_bfd(router: FakeRouter) -> None:
    router.frr.bfd_up.discard(SIBLING)


def break_route(router: FakeRouter) -> None:
    router.frr.routes = frozenset({SITE})


def break_timers(router: FakeRouter) -> None:
    router.frr.bfd_ms = 300


def break_wg(router: FakeRouter) -> None:
    router.run.fails.add("wg show all latest-handshakes")


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        (break_unit, "unit frr.service is failed"),
        (break_session, f"BGP session to {TUNNEL_NEIGHBOR} is not established"),
        (break_bfd, f"BFD session to {SIBLING} is not up"),
        (break_route, f"no route to {VPC}"),
        (
            break_timers,
            f"BFD to {TUNNEL_NEIGHBOR} runs at 300/300 ms x 3 and finds a fault after 900 ms, "
            "the bundle demands 100 ms x 3 of both ends",
        ),
        (break_wg, "tunnel wg-sakura-a-0 has no valid handshake"),
    ],
)
def test_each_part_that_is_down_is_named_and_exits_1(running: FakeRouter, broken, told: str, capsys) -> None:
    broken(running)

    code, status = seen(running, capsys)

    assert told in status["down"]
    assert code == 1


def test_a_router_that_watch_has_not_judged_yet_is_not_ready(running: FakeRouter, capsys) -> None:
    running.paths.watch_file.unlink()

    code, status = seen(running, capsys)

    assert (code, status["ready"], status["watch"]) == (1, False, None)
    assert status["down"] == ["not ready: watch has not judged yet, see `systemctl status flets-to-vpc-watch`"]


def test_an_unready_router_says_why_and_a_takeover_is_shown(running: FakeRouter, capsys) -> None:
    running.judged(ready=False, why_not_ready=("no tunnel works", "it is drained"), takeover=("192.168.1.0/25",))

    code, status = seen(running, capsys)

    assert code == 1
    assert status["down"][0] == "not ready: no tunnel works; it is drained"
    assert status["down"][1].startswith("takeover: this router carries its sibling's part, 1 halves")
    assert status["watch"]["takeover"] == ["192.168.1.0/25"]


def test_a_boot_from_disk_is_shown_loudly(running: FakeRouter, capsys) -> None:
    running.restart()
    running.aws.away = True
    boot(running.machine)
    capsys.readouterr()

    main(["status"], running.machine)

    assert "(FROM DISK: AWS was away)" in capsys.readouterr().out


def test_whether_the_virtual_address_is_held_is_shown_and_no_fault(router: FakeRouter, capsys) -> None:
    agent = {**AGENT, "sibling_bfd": None, "virtual_ip": "172.16.0.1"}
    router.aws.deploy(packed({**FILES, "etc/flets-to-vpc/agent.json": json.dumps(agent)}))
    boot(router.machine)

    _, away = seen(router, capsys)
    held = [{"ifname": "closed", "addr_info": [{"local": "172.16.0.2"}, {"local": "172.16.0.1"}]}]
    answer = router.run.__call__
    router.machine.__dict__["run"] = lambda argv, **rest: (
        json.dumps(held) if argv[:2] == ["ip", "-json"] else answer(argv, **rest)
    )
    _, here = seen(router, capsys)

    assert away["virtual_ip"] == {"address": "172.16.0.1", "held": False}
    assert here["virtual_ip"] == {"address": "172.16.0.1", "held": True}
    assert not any("virtual" in line or "172.16" in line for line in away["down"])


def test_neither_page_holds_a_key(running: FakeRouter, capsys) -> None:
    main(["status"], running.machine)
    main(["status", "--json"], running.machine)

    assert PRIVATE_KEY not in capsys.readouterr().out
    assert not any("dump" in call for call in running.run.calls), "`wg show dump` prints keys"


def test_a_router_without_a_bundle_says_so_and_exits_1(router: FakeRouter, capsys) -> None:
    assert main(["status"], router.machine) == 1
    assert "no bundle was installed yet" in capsys.readouterr().out


def test_wrong_use_exits_2(router: FakeRouter, capsys) -> None:
    for wrong in ([], ["fly"], ["apply", "--bundle", "short"], ["keys"]):
        with pytest.raises(SystemExit) as end:
            main(wrong, router.machine)

        assert end.value.code == 2
    assert "'short' is not 12 hexadecimal digits" in capsys.readouterr().err


def test_an_apply_that_fails_exits_1_and_says_why(router: FakeRouter, capsys) -> None:
    assert main(["apply"], router.machine) == 1
    assert "WARNING: the path was not started within 300 s" in capsys.readouterr().out


def test_a_handshake_is_valid_as_long_as_wireguard_uses_it() -> None:
    ages = {0: True, 180: True, 181: False}

    for age_s, up in ages.items():
        tunnel = wireguard.Tunnel(interface="wg-x", handshake_age_s=age_s, received_bytes=0, sent_bytes=0)

        assert tunnel.up is up
