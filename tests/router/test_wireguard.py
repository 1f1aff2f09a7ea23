from __future__ import annotations

import pytest

from router import wireguard
from router.errors import AgentError, BundleError, CommandError
from router.keys import give_keys
from tests.router.bundle_files import FILES, PEER, PRE_SHARED_KEY, PRIVATE_KEY, digest, packed
from tests.router.fake_router import FakeRouter

KEYS = {"private-key/1": PRIVATE_KEY, "pre-shared-key/sakura-a-1.aws-a-1": PRE_SHARED_KEY}


def installed(router: FakeRouter) -> None:
    data = packed(FILES)
    from router.bundle import open_bundle

    router.machine.installer.write(open_bundle(data, digest(data)))
    router.machine.state.write_keys(KEYS)


def test_a_stripped_file_is_joined_with_both_keys_at_their_places() -> None:
    stripped = f"[Interface]\nListenPort = 51820\n\n[Peer]\nPublicKey = {PEER}\nAllowedIPs = 0.0.0.0/0\n"

    assert wireguard.joined(stripped, "private", "shared", PEER).splitlines() == [
        "[Interface]",
        "PrivateKey = private",
        "ListenPort = 51820",
        "",
        "[Peer]",
        f"PublicKey = {PEER}",
        "PresharedKey = shared",
        "AllowedIPs = 0.0.0.0/0",
    ]


def test_a_file_that_does_not_name_the_peer_gets_no_keys() -> None:
    with pytest.raises(BundleError, match=f"no peer {PEER}"):
        wireguard.joined("[Interface]\n[Peer]\nPublicKey = another\n", "private", "shared", PEER)


def test_keys_go_through_a_pipe_and_never_on_a_command_line(router: FakeRouter) -> None:
    installed(router)

    give_keys(router.machine, "wg-sakura-a-0")

    assert router.run.calls[-1] == ("wg", "syncconf", "wg-sakura-a-0", "/dev/stdin")
    assert f"PrivateKey = {PRIVATE_KEY}" in router.run.stdins[-1]
    assert f"PresharedKey = {PRE_SHARED_KEY}" in router.run.stdins[-1]
    assert not any(key in word for key in KEYS.values() for call in router.run.calls for word in call)


def test_an_interface_that_the_bundle_does_not_know_gets_no_keys(router: FakeRouter) -> None:
    installed(router)

    with pytest.raises(AgentError, match=r"wg-other: agent\.json names no such interface, only wg-sakura-a-0"):
        give_keys(router.machine, "wg-other")


def test_a_key_that_is_not_on_the_disk_is_named(router: FakeRouter) -> None:
    installed(router)
    next((router.paths.state / "keys").glob("private*")).unlink()

    with pytest.raises(BundleError, match="key private-key/1 is not on this router"):
        give_keys(router.machine, "wg-sakura-a-0")


@pytest.mark.parametrize("key", ["", "short", PRIVATE_KEY[:-4], PRIVATE_KEY + "AAAA", "!" * 44])
def test_what_is_no_key_is_refused_by_its_place_and_never_shown(key: str) -> None:
    with pytest.raises(BundleError, match=r"^parameter /p: not a WireGuard key") as refusal:
        wireguard.check_key(key, "parameter /p")

    assert not key or key not in str(refusal.value)


def test_keys_are_readable_by_root_alone(router: FakeRouter) -> None:
    router.machine.state.write_keys(KEYS)

    for path in (router.paths.state / "keys").iterdir():
        assert path.stat().st_mode & 0o777 == 0o600
    assert (router.paths.state / "keys").stat().st_mode & 0o777 == 0o700


def test_lines_of_the_link_are_told_from_lines_of_wireguard() -> None:
    conf = FILES["etc/wireguard/wg-sakura-a-0.conf"]

    assert wireguard.link_lines(conf) == (
        "Address = 10.253.0.17/31",
        "MTU = 1440",
        "Table = off",
        "PostUp = /usr/sbin/flets-to-vpc keys %i",
    )
    assert wireguard.link_lines(conf) == wireguard.link_lines(conf.replace("51820", "51822"))


def test_a_tunnel_without_a_handshake_is_down_and_an_old_one_too() -> None:
    answers = {
        "latest-handshakes": "a\tk\t0\nb\tk\t1000\nc\tk\t1190\n",
        "transfer": "a\tk\t1\t2\nb\tk\t3\t4\nc\tk\t5\t6\n",
    }

    tunnels = wireguard.tunnels(lambda argv, **_: answers[argv[3]], now_s=1200)

    assert {name: tunnel.up for name, tunnel in tunnels.items()} == {"a": False, "b": False, "c": True}
    assert tunnels["a"].handshake_age_s is None, "0 means never, not 1970"
    assert (tunnels["c"].handshake_age_s, tunnels["c"].received_bytes, tunnels["c"].sent_bytes) == (10, 5, 6)


def test_the_message_of_a_program_that_failed_holds_no_secret() -> None:
    from router.commands import run

    with pytest.raises(CommandError, match=r"bad key \*\*\*") as failure:
        run(["sh", "-c", "echo bad key $(cat) >&2; exit 1"], stdin=PRIVATE_KEY, secrets=(PRIVATE_KEY,))

    assert PRIVATE_KEY not in str(failure.value)


def test_a_program_that_is_missing_is_named() -> None:
    from router.commands import run

    with pytest.raises(CommandError, match="no-such-program: not found on this router"):
        run(["no-such-program"])
