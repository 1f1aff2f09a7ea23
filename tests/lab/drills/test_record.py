"""What the probe programs write can be read, also while they write."""

from __future__ import annotations

from lab.drills.probes.record import ARRIVAL, read_arrivals, read_sent, write_sent


def test_stamps_come_back_as_they_were_written(tmp_path):
    write_sent(tmp_path / "sent", [1, 2**63, 3])

    assert list(read_sent(tmp_path / "sent")) == [1, 2**63, 3]


def test_half_a_record_is_left_for_the_next_time(tmp_path):
    file = tmp_path / "arrivals"
    file.write_bytes(ARRIVAL.pack(10, 0) + ARRIVAL.pack(11, 1) + ARRIVAL.pack(12, 2)[:5])

    assert read_arrivals(file) == [(10, 0), (11, 1)]
    assert read_arrivals(file, skip=1) == [(11, 1)]
