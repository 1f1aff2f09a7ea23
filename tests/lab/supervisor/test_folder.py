"""A lab's name is its folder's, and its control group belongs to this checkout and name only."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.errors import BadInput
from lab.supervisor.cgroup import Cgroup
from lab.supervisor.folder import LabFolder, Run, write_atomically


@pytest.mark.parametrize("name", ["", "../lab", "a/b", ".hidden", "UPPER", "a" * 64, "report.json/"])
def test_a_name_that_is_no_folder_name_is_refused(name):
    with pytest.raises(BadInput, match="NAME"):
        LabFolder(name)


def test_equal_names_in_two_checkouts_have_two_groups():
    one, other = (Cgroup.of_lab(Path(checkout), "lab") for checkout in ("/a", "/b"))

    assert one.name != other.name
    assert one == Cgroup.of_lab(Path("/a"), "lab")


def test_a_run_is_read_as_it_was_written(tmp_path):
    folder = LabFolder("lab", checkout=tmp_path)
    folder.path.mkdir(parents=True)
    run = Run(
        stack="lab",
        engine="sdk",
        wireguard="kernel",
        gre="kernel",
        stand_ins=("x", "y"),
        started_s=1.5,
        deploy_s=2.5,
        deploy_memory_mib=3,
    )
    run.save(folder)

    assert Run.load(folder) == run


def test_a_file_is_replaced_in_one_step(tmp_path):
    path = tmp_path / "file"
    path.write_text("old")
    write_atomically(path, "new")

    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]
