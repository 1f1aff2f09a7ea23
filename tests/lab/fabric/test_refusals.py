from __future__ import annotations

from lab.fabric.refusals import read_refusals


def _document(protocol: int | str, port: int) -> dict[str, object]:
    value = {"concat": ["eni-aws-a", protocol, "192.0.2.66", "10.255.0.10", port]}
    element = {"elem": {"val": value, "expires": 3, "counter": {"packets": 7, "bytes": 588}}}
    return {"nftables": [{"metainfo": {}}, {"set": {"name": "ingress", "elem": [element]}}, {"set": {"name": "zone"}}]}


def test_counters_are_read_with_their_reason() -> None:
    (refusal,) = read_refusals("vpc-router", _document(6, 22))
    assert (refusal.netns, refusal.reason, refusal.device) == ("vpc-router", "ingress", "eni-aws-a")
    assert (refusal.source, refusal.destination, refusal.packets) == ("192.0.2.66", "10.255.0.10", 7)
    assert refusal.what == "tcp/22"


def test_protocols_are_named_as_the_report_names_them() -> None:
    said = {read_refusals("x", _document(protocol, 0))[0].what for protocol in (1, "icmp", 47, "gre")}
    assert said == {"icmp", "proto/47"}
