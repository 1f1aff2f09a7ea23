from __future__ import annotations

from pathlib import Path

import pytest

from router.daemons import DAEMONS, Daemons


@pytest.fixture
def frr_run(tmp_path: Path) -> Path:
    """All daemons run."""
    for pid, name in enumerate(DAEMONS, 100):
        (tmp_path / f"{name}.pid").write_text(f"{pid}\n")
        (tmp_path / "proc" / str(pid)).mkdir(parents=True)
        (tmp_path / "proc" / str(pid) / "comm").write_text(f"{name}\n")
    return tmp_path


def test_daemons_that_run_are_not_dead(frr_run: Path) -> None:
    assert Daemons(frr_run, frr_run / "proc").dead() == ()


def test_a_daemon_whose_process_is_gone_is_dead(frr_run: Path) -> None:
    (frr_run / "zebra.pid").write_text("9\n")

    assert Daemons(frr_run, frr_run / "proc").dead() == ("zebra",)


def test_a_process_that_took_over_its_number_is_no_daemon(frr_run: Path) -> None:
    (frr_run / "proc" / "102" / "comm").write_text("sleep\n")

    assert Daemons(frr_run, frr_run / "proc").dead() == ("bfdd",)


def test_a_daemon_that_was_never_started_has_not_died(frr_run: Path) -> None:
    (frr_run / "bgpd.pid").unlink()

    assert Daemons(frr_run, frr_run / "proc").dead() == ()


def test_a_daemon_that_was_stopped_in_order_does_not_run_until_it_is_started_anew(frr_run: Path) -> None:
    daemons, pid_file = Daemons(frr_run, frr_run / "proc"), frr_run / "bgpd.pid"
    daemons.dead()
    pid = pid_file.read_text()

    pid_file.unlink()
    assert daemons.dead() == ("bgpd",)

    pid_file.write_text(pid)
    assert daemons.dead() == ()
