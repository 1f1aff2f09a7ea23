"""A program that does not start is named with its last words; one that dies later is seen."""

from __future__ import annotations

import pytest

from tests.lab.fabric.deployed import Deployed
from tests.lab.fabric.outside import Failed, Lab, wait_until

pytestmark = pytest.mark.netns


def test_a_dead_program_is_seen_with_its_last_words(lab: Lab) -> None:
    assert lab.state().dead_programs == {}
    lab.run("gateway", "ip", "link", "delete", "gre-aws-a")
    wait_until(lambda: list(lab.state().dead_programs) == ["gre-aws-a-gateway"])
    assert "OSError" in lab.state().dead_programs["gre-aws-a-gateway"]


def test_a_file_that_bird_refuses_stops_the_build(lab: Lab) -> None:
    bad = Deployed()
    place = {"transitGatewayRouteTableId": "vpcs", "destinationCidrBlock": "no prefix"}
    bad.put("tgw/Route", "bad", blackhole=True, **place)
    with pytest.raises(Failed, match=r"bird -p .*syntax error"):
        Lab(bad)
