"""Readiness and sibling takeover of an AWS router: pure decisions.

The BFD session between the siblings means that both are ready.
A router raises its end when its tunnels, its gateway sessions and its gateway leg work, and shuts it when they do not.
Who is ready and sees the session down takes over: halves of every announced prefix move the gateway's traffic at once.
A drained router works as before: its AS_PATH moves the traffic, and should the sibling die it takes over.
"""

from __future__ import annotations

from router.agent_file import AgentFile, GatewayLeg
from router.agent_lines import Lines
from router.observed import DRAINED, Judgement, Observed, leaves_the_path, working_tunnels
from router.renewal import Renewal

UP = "up"
SHUT = "shutdown"
SAID_UNREADY = "neighbor signaled session down"
"""bfdd's word for a far end that went down by itself (RFC 5880 4.1, diagnostic 3), not in silence."""
GRACE_S = 3.0
"""A session takes that long to come up: RFC 5880 6.8.3 lets one that is down send only once a second."""
HEARD_FOR_S = 3.0
"""For the same reason a sibling whose session we shut is heard only that often."""
SETTLED_S = 10.0
"""A sibling that went away sooner than this after it came must stay for so long: each time costs a detection."""
SPARE_S = 5.0
"""Beyond the hold time, before a session that survived it is proof of anything."""

RENEWING = "a session to the gateway is set up anew"
CARRIES_ALL_THE_SAME = {DRAINED, RENEWING}
"""Why a router is not ready that its sibling can rely on, and that takes over: all of its routes are in force."""

TRUSTED_FOR_GOOD = 2
"""A leg that had to be trusted so often in one silence of its probe stays so until the probe is heard."""


class AwsSide:
    """One AWS router's judgement from moment to moment."""

    def __init__(self, agent: AgentFile, gateway: GatewayLeg, before: Lines) -> None:
        """`before`: the lines that an earlier run of the agent left in force."""
        self._agent = agent
        self._gateway = gateway
        self._raised_at_s: float | None = float("-inf") if before.sibling_up else None
        self._takeover = bool(before.halves)
        self._was_sibling_up = before.sibling_up
        """Since this router runs."""
        self._began_s: float | None = None
        self._withheld = before.withheld
        self._leaves_it_to_sibling: bool | None = None
        """While the leg fails: whether the sibling carried the path when that began, or has done so since."""
        self._up_since_s: float | None = None
        self._silent_since_s: float | None = None
        """The sibling went away without a word."""
        self._ends_after_s = 0.0
        """A takeover ends when the sibling has been up for so long.

        At once, for what the gateway still holds of it from before leads to a router that is ready now;
        and should this router die next, its halves would stay at the gateway for the hold time.
        """
        self._heard_at_s = float("-inf")
        self._packets: int | None = None
        self._packets_at_s = float("-inf")
        """When they were last heard while the session is shut from here: the sibling is ready, and says so in vain."""
        self._renewal = Renewal(gateway.hold_s)
        self._failing_since_s: float | None = float("-inf") if before.withheld else None
        """What another run of the agent saw begin has lasted for nobody knows how long."""
        self._established_since_s: float | None = None
        self._trusted, self._times_trusted = False, 0

    def judge(self, observed: Observed) -> Judgement:
        """What to do now. Call it in the order of time."""
        self._began_s = observed.now_s if self._began_s is None else self._began_s
        self._look_at_sibling(observed)
        self._look_at_sessions(observed)
        failing_since_s = self._failing_since_s
        leg_fails = self._leg_fails(observed)
        stale_session = self._stale_session(observed, failing_since_s)
        leaves = leaves_the_path(observed)
        why = (*leaves, *self._why_not_ready(observed, leg_fails))
        carries = set(why) <= CARRIES_ALL_THE_SAME  # what a router with a dead daemon forwards by goes within seconds
        self._withhold(observed, leg_fails)
        if not carries:
            self._raised_at_s = None
        elif self._raised_at_s is None:
            self._raised_at_s = observed.now_s
        self._take_over(observed, carries=carries)
        return Judgement(
            lines=Lines(sibling_up=carries, withheld=self._withheld, draining=bool(leaves)),
            takeover=self._takeover,
            why_not_ready=why,
            carries=carries,
            stale_session=stale_session,
        )

    def raised_anew(self, now_s: float) -> None:
        """bfdd has started anew and was told again: its session needs its time."""
        if self._raised_at_s is not None:
            self._raised_at_s = now_s

    def _look_at_sibling(self, observed: Observed) -> None:
        if self._agent.sibling_bfd is None:
            return
        state = observed.bfd.get(self._agent.sibling_bfd)
        if state == UP:
            self._up_since_s = observed.now_s if self._up_since_s is None else self._up_since_s
            self._silent_since_s = None
            self._was_sibling_up = True
            if self._raised_at_s is not None:
                self._raised_at_s = float("-inf")  # who has been seen up needs no more time to come up
            self._heard_at_s = observed.now_s
        elif self._up_since_s is not None and state is not None:
            self._ends_after_s = SETTLED_S if observed.now_s - self._up_since_s < SETTLED_S else 0.0
            self._up_since_s = None
            if state != SHUT and observed.diagnostic() != SAID_UNREADY:
                self._silent_since_s = observed.now_s
        packets, self._packets = self._packets, observed.sibling_packets
        # Two counts in a row: one from when the session was shut before says nothing of now.
        if packets is not None and self._packets is not None and self._packets > packets:
            self._heard_at_s = self._packets_at_s = observed.now_s

    def _look_at_sessions(self, observed: Observed) -> None:
        established = any(n in observed.bgp and observed.bgp[n].up for n in self._gateway.neighbors)
        if not established:
            self._established_since_s = None
        elif self._established_since_s is None:
            self._established_since_s = observed.now_s

    def _leg_fails(self, observed: Observed) -> bool:
        """The probe is silent, unless a session that outlives the hold time proves the probe wrong."""
        if observed.leg_well or (observed.leg_ever and self._failing_since_s is None and not observed.leg_silent):
            self._failing_since_s, self._trusted, self._times_trusted = None, False, 0
            return False
        if self._failing_since_s is None:
            self._failing_since_s = observed.now_s
        if self._established_since_s is None:
            return True
        survived_s = observed.now_s - max(self._failing_since_s, self._established_since_s)
        return not self._trusts_leg(observed, is_proved=survived_s > self._gateway.hold_s + SPARE_S)

    def _trusts_leg(self, observed: Observed, *, is_proved: bool) -> bool:
        # While the sibling carries the path there is no need to trust a leg that cannot be probed.
        # One that goes away as soon as it need not be trusted has no leg that can be probed either:
        # giving way to each other for ever, both would announce nothing most of the time.
        is_needed = not observed.leg_ever or observed.now_s - self._heard_at_s > HEARD_FOR_S
        if not self._trusted and is_needed and is_proved:
            self._trusted, self._times_trusted = True, self._times_trusted + 1
        elif not is_proved or (not is_needed and self._times_trusted < TRUSTED_FOR_GOOD):
            self._trusted = False
        return self._trusted

    def _stale_session(self, observed: Observed, failing_since_s: float | None) -> str:
        established = [n for n in self._gateway.neighbors if n in observed.bgp and observed.bgp[n].up]
        if self._failing_since_s is not None:
            self._renewal.end()
        elif failing_since_s is not None:
            self._renewal.begin(observed.now_s - failing_since_s, established, observed.now_s)
        return self._renewal.next(established, observed.now_s)

    def _why_not_ready(self, observed: Observed, leg_fails: bool) -> tuple[str, ...]:
        why = []
        if not working_tunnels(self._agent, observed):
            why.append("no tunnel works")
        if self._established_since_s is None:
            why.append("no session to the gateway is established")
        if leg_fails and self._agent.sibling_bfd is not None:
            why.append("probes through the gateway do not come back")
        if self._renewal.is_under_way(observed.now_s):
            why.append(RENEWING)
        return tuple(why)

    def _withhold(self, observed: Observed, leg_fails: bool) -> None:
        """VPCs are not announced while nothing gets to the gateway, unless the sibling said that it is unready too.

        Where only the way back is dead the sibling takes over, and what sites send still arrives.
        """
        if not leg_fails or self._agent.sibling_bfd is None:
            self._withheld, self._leaves_it_to_sibling = False, None
            return
        if self._leaves_it_to_sibling is None:
            # Asked when the leg begins to fail: this router's own end of their session is shut from then on.
            silent_s = observed.now_s - (self._silent_since_s if self._silent_since_s is not None else float("-inf"))
            self._leaves_it_to_sibling = self._up_since_s is not None or silent_s < self._gateway.hold_s
        # Who had lost its tunnels before, and gets them back, must not draw what a ready sibling can deliver.
        if observed.now_s - self._packets_at_s <= HEARD_FOR_S:
            self._leaves_it_to_sibling = True
        if observed.out_well:
            self._withheld = False
        elif observed.out_silent and self._leaves_it_to_sibling:
            self._withheld = True

    def _take_over(self, observed: Observed, *, carries: bool) -> None:
        now_s, is_up = observed.now_s, self._up_since_s is not None
        if self._takeover:
            is_back = self._up_since_s is not None and now_s - self._up_since_s >= self._ends_after_s
            handed_over = (is_up and observed.draining) or (not carries and now_s - self._heard_at_s <= HEARD_FOR_S)
            self._takeover = not (is_back or handed_over)
        elif self._agent.takeover and self._may_have_routes(now_s) and carries and not is_up and observed.bfd:
            self._takeover = self._raised_at_s is not None and now_s - self._raised_at_s > GRACE_S

    def _may_have_routes(self, now_s: float) -> bool:
        """Whether the gateway may still send to a sibling that is gone.

        One that was never seen up may have died before this router started, and the gateway keeps its routes for the
        hold time.
        """
        return self._was_sibling_up or (self._began_s is not None and now_s - self._began_s <= self._gateway.hold_s)
