from __future__ import annotations

import os

import pytest

from router import files
from router.bundle import open_bundle
from router.units import Units, wanted
from tests.router.bundle_files import FILES, digest, packed
from tests.router.fake_router import FakeRouter


def test_a_crash_between_writing_and_renaming_leaves_every_old_file(tmp_path, monkeypatch) -> None:
    old, other = tmp_path / "a", tmp_path / "b"
    old.write_text("old")

    def crash(*_: object) -> None:
        raise OSError("power lost")

    monkeypatch.setattr(os, "fsync", crash)
    with pytest.raises(OSError, match="power lost"):
        files.write_all([(old, b"new", 0o600), (other, b"new", 0o600)])

    assert old.read_text() == "old"
    assert not other.exists()


def test_a_file_has_its_mode_whatever_the_umask(tmp_path) -> None:
    before = os.umask(0o077)
    try:
        files.write_all([(tmp_path / "a", b"x", 0o644)])
    finally:
        os.umask(before)

    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o644


def test_the_last_good_bundle_survives_a_reboot(router: FakeRouter) -> None:
    from router.bundle import Pointer

    bundle = open_bundle(packed(FILES), digest(packed(FILES)))
    router.machine.state.keep(Pointer(key="k", version_id="v", sha256=bundle.sha256), bundle)
    router.restart()

    assert router.machine.state.last_good() == bundle
    assert (router.paths.state / "bundle.tar.gz").stat().st_mode & 0o777 == 0o600


def test_frrs_files_are_given_to_frr(router: FakeRouter, monkeypatch) -> None:
    given: dict[str, tuple[str, str]] = {}
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr("shutil.chown", lambda path, user, group: given.update({path.name: (user, group)}))

    router.machine.installer.write(open_bundle(packed(FILES), digest(packed(FILES))))

    assert given == {".frr.conf.flets-to-vpc-new": ("frr", "frr")}


def test_files_of_a_boot_that_crashed_are_found_and_removed_by_the_next(router: FakeRouter) -> None:
    installer = router.machine.installer
    crashed = packed({**FILES, "etc/wireguard/wg-old-0.conf": "x"})
    installer.write(open_bundle(crashed, digest(crashed)))
    bundle = open_bundle(packed(FILES), digest(packed(FILES)))
    installer.write(bundle)

    assert installer.remove_all_but(bundle) == ("/etc/wireguard/wg-old-0.conf",)
    assert not router.paths.at("/etc/wireguard/wg-old-0.conf").exists()


def test_wanted_units_are_read_from_one_line_or_many() -> None:
    assert wanted("[Unit]\nWants=b.service a.service\nWants=c.service\n") == ("a.service", "b.service", "c.service")


def test_states_of_units_are_read_by_name() -> None:
    shown = "Id=a.service\nActiveState=active\n\nActiveState=failed\nId=b.service\n"

    assert Units(lambda *_, **__: shown).states(["a.service", "b.service"]) == {
        "a.service": "active",
        "b.service": "failed",
    }
