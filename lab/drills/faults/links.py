"""Links that lose packets while both their ends are well: rules in the fabric, between the machines."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from lab.drills.faults.fault import AWS, Breakable
from lab.fabric import Node, cuts
from lab.fabric.cuts import Cut
from lab.fabric.sakura import SWITCH_NETNS
from lab.fabric.vpc import IGW_DEVICE
from lab.proof.scene import INTERNET_NETNS, Scene

MULTIHOP_BFD_PORT = 4784
"""RFC 5883: in a VPC only the siblings speak it."""


@dataclass(frozen=True, kw_only=True)
class LossyLink:
    """Places in the fabric that no longer forward."""

    instance: str
    places: Callable[[Scene], Iterable[Cut]]
    """Where they are in a lab, and what they lose."""

    def inflict(self, lab: Breakable) -> None:
        """From now on the packets are lost, and nobody is told."""
        for place in self.places(lab.scene()):
            cuts.apply(place)

    def mend(self, lab: Breakable) -> None:
        """Everything passes again."""
        for place in self.places(lab.scene()):
            cuts.remove(place)


def tunnel(sakura: str, aws: str, *, percent: int = 100) -> LossyLink:
    """A tunnel that loses so much of what enters it, either way."""
    name = f"{sakura}/{aws}"
    return LossyLink(
        instance=name, places=lambda scene: [_between(scene, name, [(sakura, aws), (aws, sakura)], percent)]
    )


def tunnel_one_way(source: str, target: str) -> LossyLink:
    """A tunnel that carries nothing from its one end to the other, and everything back."""
    name = f"{source}>{target}"
    return LossyLink(instance=name, places=lambda scene: [_between(scene, name, [(source, target)], 100)])


def _between(scene: Scene, name: str, ways: list[tuple[str, str]], percent: int) -> Cut:
    chance = f" numgen random mod 100 < {percent}" if percent < 100 else ""
    public = {router: known["public_address"] for router, known in scene.routers.items()}
    matches = tuple(f"ip saddr {public[one]} ip daddr {public[other]}{chance}" for one, other in ways)
    return Cut(name=_table(name), netns=INTERNET_NETNS, matches=matches)


def internet_side(router: str) -> LossyLink:
    """A router that neither hears the Internet nor is heard there."""

    def places(scene: Scene) -> Iterator[Cut]:
        public = scene.routers[router]["public_address"]
        matches = (f"ip saddr {public}", f"ip daddr {public}")
        yield Cut(name=_table(f"internet {router}"), netns=INTERNET_NETNS, matches=matches)

    return LossyLink(instance=router, places=places)


def vpc_side(router: str) -> LossyLink:
    """An AWS router that reaches the Internet and nothing of its VPC: no gateway, no sibling."""

    def places(scene: Scene) -> Iterator[Cut]:
        nic = _node(scene, router).internet
        own, out = nic.fabric_device, IGW_DEVICE
        matches = (f'iifname "{own}" oifname != "{out}"', f'oifname "{own}" iifname != "{out}"')
        yield Cut(name=_table(f"vpc {router}"), netns=nic.fabric_netns, matches=matches)

    return LossyLink(instance=router, places=places)


def gre(router: str) -> LossyLink:
    """An AWS router whose VPC loses GRE and nothing else."""

    def places(scene: Scene) -> Iterator[Cut]:
        nic = _node(scene, router).internet
        matches = tuple(f'{way} "{nic.fabric_device}" ip protocol 47' for way in ("iifname", "oifname"))
        yield Cut(name=_table(f"gre {router}"), netns=nic.fabric_netns, matches=matches)

    return LossyLink(instance=router, places=places)


def between_siblings() -> LossyLink:
    """AWS routers that no longer hear each other's BFD, each of them as well as ever."""

    def places(scene: Scene) -> Iterator[Cut]:
        netns = _node(scene, AWS[0]).internet.fabric_netns
        yield Cut(name=_table("siblings"), netns=netns, matches=(f"udp dport {MULTIHOP_BFD_PORT}",))

    return LossyLink(instance="aws-a/aws-b", places=places)


def closed_side(router: str) -> LossyLink:
    """A Sakura router whose switch is gone, while its NIC has a link."""

    def places(scene: Scene) -> Iterator[Cut]:
        nic = next(nic for nic in _node(scene, router).nics if nic.fabric_netns == SWITCH_NETNS)
        matches = tuple(f'{way} "{nic.fabric_device}"' for way in ("iifname", "oifname"))
        yield Cut(name=_table(f"closed {router}"), netns=SWITCH_NETNS, matches=matches, family="bridge")

    return LossyLink(instance=router, places=places)


def zone_of(router: str) -> LossyLink:
    """The hosts of the zone that a router is in; the router itself goes with it by `PowerOff`."""

    def places(scene: Scene) -> Iterator[Cut]:
        zone = _node(scene, router).zone
        for vpc in scene.fabric.vpcs:
            lost = ", ".join(str(host.address) for host in vpc.hosts if host.zone == zone)
            if lost:
                matches = (f"ip saddr {{ {lost} }}", f"ip daddr {{ {lost} }}")
                yield Cut(name=_table(f"zone {router}"), netns=vpc.netns, matches=matches)

    return LossyLink(instance=router, places=places)


def _node(scene: Scene, router: str) -> Node:
    return next(node for node in scene.fabric.nodes if node.name == router)


def _table(name: str) -> str:
    """As nftables lets a table be called."""
    return "drill-" + name.replace(" ", "-").replace("/", "-").replace(">", "-to-")
