from __future__ import annotations

import io
import tarfile

from render import RenderedFile, bundle, router_files
from tests.render.stack import LIVE, lab_plan

FILES = (
    RenderedFile(path="/etc/wireguard/wg-aws-a-0.conf", content="b\n", mode=0o600),
    RenderedFile(path="/etc/nftables.conf", content="a\n", mode=0o644),
)


def unpacked(data: bytes) -> dict[str, tuple[bytes, tarfile.TarInfo]]:
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:gz") as tar:
        return {m.name: (tar.extractfile(m).read(), m) for m in tar.getmembers()}  # type: ignore[union-attr]


def test_a_bundle_holds_exactly_the_files() -> None:
    rendered = router_files(lab_plan(), "aws-a", LIVE)
    found = unpacked(bundle(rendered))

    assert {name: content.decode() for name, (content, _) in found.items()} == {
        file.path.lstrip("/"): file.content for file in rendered
    }


def test_modes_travel_and_owner_and_time_do_not() -> None:
    members = [member for _, member in unpacked(bundle(FILES)).values()]

    assert [(m.name, m.mode) for m in members] == [
        ("etc/nftables.conf", 0o644),
        ("etc/wireguard/wg-aws-a-0.conf", 0o600),
    ]
    assert {(m.uid, m.gid, m.uname, m.gname, m.mtime) for m in members} == {(0, 0, "", "", 0)}


def test_the_order_of_the_files_does_not_change_the_bytes() -> None:
    assert bundle(FILES) == bundle(reversed(FILES))


def test_the_bytes_do_not_depend_on_a_compressor() -> None:
    """Stored, with a header that names no machine: a bundle is byte for byte what it holds."""
    data = bundle(FILES)

    assert data[:10] == b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
    assert b"etc/wireguard/wg-aws-a-0.conf" in data
