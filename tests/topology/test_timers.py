"""Claim: the timers in force follow from the three that are stated."""

from __future__ import annotations

import pytest

from tests.topology import stacks
from topology import make_plan
from topology.plan import Timers


def timers(**stated: int) -> Timers:
    path = stacks.base_path() | {"timers": stated}
    return make_plan(stacks.intent(stacks.base() | {"flets-to-vpc:path": path})).timers


@pytest.mark.parametrize(("hold_s", "keepalive_s"), [(3, 1), (4, 1), (9, 3), (30, 10)])
def test_a_keepalive_is_a_third_of_the_hold_time(hold_s: int, keepalive_s: int) -> None:
    assert timers(tgw_hold_s=hold_s).gateway_keepalive_s == keepalive_s


def test_stated_timers_are_kept() -> None:
    found = timers(bfd_ms=50, bfd_multiplier=4, tgw_hold_s=10)
    assert (found.bfd_ms, found.bfd_multiplier, found.gateway_hold_s) == (50, 4, 10)


@pytest.mark.parametrize("bfd_ms", [0, 10, 100, 300, 2999])
def test_bfd_may_be_off_or_faster_than_the_hold_time(bfd_ms: int) -> None:
    assert timers(bfd_ms=bfd_ms).bfd_ms == bfd_ms


def test_the_tunnels_hold_time_is_the_net_behind_bfd() -> None:
    found = timers()
    assert found.bfd_ms * found.bfd_multiplier < found.tunnel_hold_s * 1000
    assert found.tunnel_keepalive_s * 3 == found.tunnel_hold_s


@pytest.mark.parametrize(("bfd_ms", "advert_ms"), [(0, 100), (10, 10), (15, 10), (50, 50), (100, 100), (300, 100)])
def test_vrrp_is_as_fast_as_bfd_in_hundredths_of_a_second_and_never_slow(bfd_ms: int, advert_ms: int) -> None:
    assert timers(bfd_ms=bfd_ms).vrrp_advert_ms == advert_ms
