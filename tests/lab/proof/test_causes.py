"""What follows from a cause is not named beside it, and whatever has a cause of its own is."""

from __future__ import annotations

import pytest

from lab.proof.causes import causes
from lab.proof.result import Broken, Layer

LEGS = ("gre:aws-a", "gre:aws-b")


def broken(hop: str, layer: Layer, *needs: tuple[str, ...], path: str = "") -> Broken:
    return Broken(hop=hop, rule=layer.name, seen="", layer=layer, needs=needs, paths=(path,) if path else ())


@pytest.mark.parametrize(
    ("cause", "follower"),
    [
        (broken("gre:aws-b", Layer.RULE), broken("gre:aws-b", Layer.SESSION)),
        (broken("aws-b", Layer.RULE), broken("gre:aws-b", Layer.SESSION)),
        (broken("aws-b", Layer.PLACE), broken("tunnel:sakura-a/aws-b", Layer.RULE)),
        (broken("aws-b", Layer.RULE), broken("tunnel:sakura-a/aws-b", Layer.LINK)),
        (broken("aws-b", Layer.RULE), broken("aws-a", Layer.SESSION, ("aws-b",))),
        (broken("gre:aws-b", Layer.SESSION), broken("aws-b", Layer.ROUTE, ("gre:aws-b",))),
        (broken("gateway", Layer.ROUTE), broken("vpc:app", Layer.PACKETS, ("gateway",))),
    ],
)
def test_what_follows_is_left_out(cause: Broken, follower: Broken) -> None:
    assert causes([follower, cause]) == (cause,)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (broken("gre:aws-a", Layer.RULE), broken("gre:aws-b", Layer.SESSION)),
        (broken("aws-a", Layer.RULE), broken("tunnel:sakura-a/aws-b", Layer.LINK)),
        (broken("aws-a", Layer.SESSION), broken("gre:aws-a", Layer.ROUTE)),
        (broken("gre:aws-a", Layer.SESSION), broken("gateway", Layer.ROUTE, LEGS)),
        (broken("closed-network", Layer.LINK), broken("tunnel:sakura-a/aws-a", Layer.LINK)),
    ],
    ids=["the other leg", "the other router", "a session of its own", "one leg of two", "the same layer"],
)
def test_what_does_not_follow_is_named_too(one: Broken, other: Broken) -> None:
    assert set(causes([one, other])) == {one, other}


def test_a_route_follows_when_every_leg_is_broken() -> None:
    legs = [broken(leg, Layer.SESSION) for leg in LEGS]

    assert causes([broken("gateway", Layer.ROUTE, LEGS), *legs]) == tuple(legs)


def test_a_cause_has_the_paths_of_what_follows() -> None:
    found = causes([broken("vpc:app", Layer.PACKETS, ("gateway",), path="a>app"), broken("gateway", Layer.ROUTE)])

    assert [one.paths for one in found] == [("a>app",)]


def test_causes_are_in_the_order_of_layers_and_of_the_path() -> None:
    found = [
        broken("vpc:app", Layer.RULE),
        broken("closed-network", Layer.LINK),
        broken("sakura-a", Layer.RULE),
        broken("", Layer.RULE),
    ]

    assert [one.hop for one in causes(found)] == ["sakura-a", "vpc:app", "", "closed-network"]
