from __future__ import annotations

import struct

from lab.fabric.gre import inner

OUTER = bytes([0x45]) + bytes(19)


def test_the_packet_inside_is_what_follows_the_header() -> None:
    assert inner(OUTER + struct.pack("!HH", 0, 0x0800) + b"inside") == b"inside"


def test_options_of_the_outer_header_are_skipped() -> None:
    assert inner(bytes([0x46]) + bytes(23) + struct.pack("!HH", 0, 0x0800) + b"inside") == b"inside"


def test_gre_with_a_key_or_another_protocol_is_not_ours() -> None:
    assert inner(OUTER + struct.pack("!HH", 0x2000, 0x0800) + b"keyed") is None
    assert inner(OUTER + struct.pack("!HH", 0, 0x86DD) + b"other") is None
