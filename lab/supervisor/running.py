"""The parts of a running lab and their order: API and fabric at once, then all routers at once, then their sessions."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

from lab import api, deploy
from lab.clouds.store import Store
from lab.clouds.view import Clouds
from lab.errors import LabFault
from lab.fabric import FabricState, Node, build
from lab.machine import Tools
from lab.nodes import Booted, boot, boot_again, prepare
from lab.proof.facts import NodeFacts
from lab.proof.netns import NAMED
from lab.proof.proving import Proving, read_facts
from lab.proof.redundancy import Redundancy, other_bundles
from lab.proof.result import Proof
from lab.proof.scene import Scene
from lab.supervisor.folder import LabFolder, Run
from lab.supervisor.machines import machine_changes
from lab.world import World

PRIVATE = Path("/run/wireguard")
"""A tmpfs of the lab's own: TLS keys, disks and sockets are gone with it."""

LOOK_EVERY_S = 0.5
NOTHING_NEW_FOR_S = 25.0
"""A lab in which nothing came up for so long has come as far as it will: longer than any retry of its routers."""
NOTHING_NEW_ON_BOOTED_S = 6.0
"""The same once every router runs its bundle or is refused one: what is left retries within 5 s (WireGuard, FRR)."""
TAKEOVER_ENDS_WITHIN_S = 45.0
"""A router goes on carrying the part of a sibling that was dead for the gateway's hold time."""
CONVERGES_WITHIN_S = 120.0


class RunningLab:
    """API, fabric and routers of one lab."""

    def __init__(self, folder: LabFolder, run: Run) -> None:
        self._folder, self._run = folder, run
        self._tools = Tools(wireguard=run.wireguard, gre=run.gre)
        self._read_promises()
        self._booted: dict[str, Booted] = {}
        self._takes_bundles = False
        """Whether running routers were told of new bundles: one that runs the old one may still be fetching."""

    def boot(self) -> None:
        """Builds everything and boots every router. Raises LabFault with what does not start."""
        clouds_file, store_file = self._folder / "clouds.json", self._folder / "store.db"
        self._api = api.start(store_file, clouds_file, PRIVATE / "api", region=self._world.region)
        self._fabric = build(Clouds.load(clouds_file), self._world, self._tools)
        self._api.wait_ready()
        self._api.open()
        routers = {node.internet.fabric_netns for node in self._fabric.nodes}
        for vpc in self._fabric.vpcs:
            if vpc.netns in routers:
                self._api.open_metadata(vpc.netns, vpc.id)
        hosts, ca = self._api.hosts, self._api.ca_path
        self._image = prepare(PRIVATE / "nodes", tools=self._tools, ca=ca, hosts=hosts)
        self._boot(self._fabric.nodes)
        self._before: FabricState = self._fabric.state()

    def converge(self, tell: Callable[[str], None]) -> None:
        """Waits until nothing that was promised is missing, or nothing new comes up any more."""
        missing: set[tuple[str, str]] = set()
        came_up: set[tuple[str, str]] = set()
        started = changed = time.monotonic()
        while True:
            self._before = self._fabric.state()
            facts = read_facts(self.scene())
            now_missing = {(b.hop, b.rule) for b in Redundancy(self.scene(), facts, self._before).findings()}
            now = time.monotonic()
            if now_missing != missing:
                tell(
                    f"{len(now_missing)} sessions, tunnels or routers to come" if now_missing else "all sessions are up"
                )
            if missing - now_missing - came_up:
                changed = now  # what is lost meanwhile, or comes and goes, is no reason to wait
            came_up |= missing - now_missing
            missing = now_missing
            is_over = now - changed > self._patience_s(facts, len(now_missing))
            if not now_missing or is_over or now - started > CONVERGES_WITHIN_S:
                return
            time.sleep(LOOK_EVERY_S)

    def _patience_s(self, facts: Mapping[str, NodeFacts], missing: int) -> float:
        """How long nothing new may come up before the lab has come as far as it will."""
        if facts.keys() < self.scene().booted.keys():
            return CONVERGES_WITHIN_S  # a machine too busy to answer is too busy to come up soon
        carrying = [router for router in facts.values() if router.takeover]
        if carrying and missing == len(carrying):
            return TAKEOVER_ENDS_WITHIN_S
        return NOTHING_NEW_ON_BOOTED_S if self._has_booted(facts) else NOTHING_NEW_FOR_S

    def prove(self) -> Proof:
        """Proves every path as the lab is now."""
        return Proving(self.scene()).run(self._before)

    def resync(self, clouds: Clouds, world: World, rebuild: Collection[str] = ()) -> None:
        """Changes the network to what the clouds hold and the world is now. Raises LabFault.

        Of the routers to be rebuilt, one that is deployed no more is for the proof to miss.
        """
        self._world = world
        self._takes_bundles = False
        self._fabric.resync(clouds, world)
        self._api.resync()
        deployed = {node.name for node in self._fabric.nodes}
        for name in sorted(self._booted.keys() - deployed):
            self._booted.pop(name).power_off()
        self.rebuild(sorted(deployed & {*rebuild} | deployed - self._booted.keys()))

    def rebuild(self, names: Sequence[str]) -> None:
        """Boots routers from new disks, as their clouds would make them today; one that runs has its power cut.

        Raises LabFault for a router that is deployed nowhere, or does not start.
        """
        nodes = [self._node(name) for name in names]
        for node in nodes:
            self._end(node, Booted.power_off)
            self._api.forget(node.name)
        self._boot(nodes)

    def cut_power(self, name: str) -> None:
        """A router is gone at once, and nothing of it says so: not even the kernel's end of its sessions."""
        self._fabric.unplug(self._node(name).netns)
        self._booted[name].power_off()

    def start(self, name: str) -> None:
        """Starts a router from the disk it had; one that runs has its power cut. Raises LabFault."""
        self._end(self._node(name), Booted.power_off)
        self._booted[name] = boot_again(self._node(name), self._image)

    def reboot(self, name: str) -> None:
        """Shuts a router down in order and starts it from the disk it had. Raises LabFault."""
        self._end(self._node(name), Booted.stop)
        self._booted[name] = boot_again(self._node(name), self._image)

    def _node(self, name: str) -> Node:
        nodes = {node.name: node for node in self._fabric.nodes}
        if name not in nodes:
            raise LabFault(f"{name}: no such router is deployed; there are: {', '.join(sorted(nodes))}")
        return nodes[name]

    def _end(self, node: Node, end: Callable[[Booted], None]) -> None:
        """Ends a router that is to start anew, and leaves nothing of it in its namespace."""
        if node.name in self._booted:
            end(self._booted.pop(node.name))
            self._fabric.replug(node.netns)

    def _boot(self, nodes: Sequence[Node]) -> None:
        store_file = self._folder / "store.db"
        with closing(Store(store_file)) as store, ThreadPoolExecutor(max_workers=4) as pool:
            for booted in pool.map(lambda node: boot(node, self._image, store.secret), nodes):
                self._booted[booted.name] = booted

    def _has_booted(self, facts: Mapping[str, NodeFacts]) -> bool:
        """Every router that is not refused one runs a bundle: the deployed one where it was told of it, else any."""
        asking = {name for name in self._booted if name not in facts or not facts[name].refused}
        if not all(name in facts and facts[name].has_bundle for name in asking):
            return False
        deployed = self._outputs["routers"] if self._takes_bundles else {}
        told = asking & deployed.keys()
        return all(facts[name].bundle_version == deployed[name]["bundle_version"] for name in told)

    def follow(self, tell: Callable[[str], None]) -> None:
        """Takes over what was deployed since the last time, as the clouds would bring it about. Raises LabFault.

        Running routers are told of new bundles; a machine that must leave or start anew does so in its turn.
        """
        self._read_promises()
        before = self._fabric.nodes
        self.resync(Clouds.load(self._folder / "clouds.json"), self._world)
        self._takes_bundles = True
        changes = machine_changes(before, self._fabric.nodes)
        for node in (*changes.remade, *changes.restarted):
            # In a real cloud the routers themselves must wait for each other; here the lab does.
            self._end(node, Booted.stop)
            if node in changes.remade:
                self._boot([node])
            else:
                self._booted[node.name] = boot_again(node, self._image)
            tell(f"{node.name} was started anew")
            self.converge(tell)

    def deploy(self, stated: Path) -> None:
        """Deploys a stack file and waits until every router runs what it was told of.

        Raises LabError when it is not deployed, or a router stays with another bundle.
        """
        deploy.update(self._folder, self._run.engine, self.stack, stated, None)
        self.follow(lambda words: None)
        self.converge(lambda words: None)
        if others := other_bundles(self.scene(), read_facts(self.scene())):
            raise LabFault("; ".join(others))

    @property
    def stack(self) -> str:
        """The name of the stack that runs."""
        return self._run.stack

    def _read_promises(self) -> None:
        self._world = World.load(self._folder / "world.json")
        self._outputs = json.loads((self._folder / "outputs.json").read_text())

    def pids(self) -> dict[str, int]:
        """Each router's first process, in the lab's process namespace."""
        return {name: booted.pid for name, booted in self._booted.items()}

    def namespaces(self) -> list[str]:
        """Every named network namespace of the lab."""
        return sorted(path.name for path in NAMED.iterdir())

    def written_parameters(self) -> tuple[str, ...]:
        """Parameters in AWS that no stack deployed: while a router has its pair's roll-out lock, that is one."""
        return self._api.written_parameters()

    def scene(self) -> Scene:
        """The lab as it is now, with the routers that run."""
        running = {name: booted for name, booted in self._booted.items() if booted.is_running()}
        return Scene(fabric=self._fabric, booted=running, world=self._world, outputs=self._outputs)
