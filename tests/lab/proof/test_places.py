"""Whether every machine has the addresses that the stack promises of it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from lab.fabric import Card
from lab.proof.redundancy import Redundancy
from lab.proof.result import Layer

PROMISED = {
    "aws-a": {"public_address": "203.0.113.10", "private_address": "10.255.0.10"},
    "sakura-a": {"public_address": "198.51.100.10", "private_address": "172.16.0.2"},
}


def said(**cards: Card) -> list[tuple[str, str, Layer]]:
    """Hop, rule and layer of whatever is said of these machines' places."""
    fabric = SimpleNamespace(cards={name.replace("_", "-"): card for name, card in cards.items()})
    scene: Any = SimpleNamespace(fabric=fabric, routers=PROMISED)
    no_state: Any = None
    return [(found.hop, found.rule, found.layer) for found in Redundancy(scene, {}, no_state).places()]


GOOD = Card(id="eni-1", public_address="203.0.113.10", private_address="10.255.0.10")


def test_machines_where_they_were_promised_are_not_named() -> None:
    assert said(aws_a=GOOD, sakura_a=Card(id="113", public_address="198.51.100.10"), other=GOOD) == []


@pytest.mark.parametrize(
    ("card", "rule"),
    [
        (
            Card(id="eni-1", public_address="203.0.113.11", private_address="10.255.0.10"),
            "eni-1: has 203.0.113.11 as its public address, and 203.0.113.10 was promised",
        ),
        (
            Card(id="eni-1", public_address="", private_address="10.255.0.10"),
            "eni-1: has no address as its public address, and 203.0.113.10 was promised",
        ),
        (
            Card(id="eni-1", public_address="203.0.113.10", private_address="10.255.0.11"),
            "eni-1: has 10.255.0.11 as its private address, and 10.255.0.10 was promised",
        ),
    ],
)
def test_a_machine_somewhere_else_is_named_with_its_card(card: Card, rule: str) -> None:
    assert said(aws_a=card) == [("aws-a", rule, Layer.PLACE)]


def test_a_server_without_its_shared_nic_has_no_address() -> None:
    ((hop, rule, _),) = said(sakura_a=Card(id="113", public_address=""))

    assert (hop, rule) == ("sakura-a", "113: has no address as its public address, and 198.51.100.10 was promised")
