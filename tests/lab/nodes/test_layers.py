from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from lab.nodes import layers


def test_a_copied_tree_has_an_images_modes_whatever_the_checkouts(tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    (source / "etc" / "__pycache__").mkdir(parents=True, mode=0o700)
    for name, mode in (("secretive", 0o600), ("program", 0o700)):
        (source / "etc" / name).write_text(name)
        (source / "etc" / name).chmod(mode)
    (source / "etc" / "link").symlink_to("program")

    layers.copy_tree(source, target)

    modes = {
        path.name: stat.S_IMODE(path.lstat().st_mode) for path in (target / "etc").iterdir() if not path.is_symlink()
    }
    assert modes == {"secretive": 0o644, "program": 0o755}
    assert stat.S_IMODE((target / "etc").stat().st_mode) == 0o755
    assert os.readlink(target / "etc" / "link") == "program"


def test_a_tree_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="nowhere"):
        layers.copy_tree(tmp_path / "nowhere", tmp_path / "target")


def test_a_written_file_has_its_mode_under_any_umask(tmp_path: Path) -> None:
    old = os.umask(0o077)
    try:
        layers.write(tmp_path, "/etc/hosts", "127.0.0.1 localhost\n")
        layers.write(tmp_path, "/root/note.sh", "code", mode=0o700)
    finally:
        os.umask(old)

    assert stat.S_IMODE((tmp_path / "etc" / "hosts").stat().st_mode) == 0o644
    assert stat.S_IMODE((tmp_path / "etc").stat().st_mode) == 0o755
    assert stat.S_IMODE((tmp_path / "root" / "note.sh").stat().st_mode) == 0o700


@pytest.mark.netns
def test_a_hidden_entry_is_overlayfss_mark_for_not_there(tmp_path: Path) -> None:
    layers.hide_all_but(tmp_path, "etc", {"passwd"})

    assert not (tmp_path / "etc" / "passwd").exists()
    found = (tmp_path / "etc" / "hosts").stat()
    assert stat.S_ISCHR(found.st_mode)
    assert found.st_rdev == 0
