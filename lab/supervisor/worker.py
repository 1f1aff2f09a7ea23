"""The lab at work inside its namespaces: builds, boots, waits, proves, reports, and then answers requests."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from lab.clouds.view import Clouds
from lab.command import run
from lab.drills.drilling import Drilling
from lab.errors import LabError
from lab.picture import svg
from lab.proof.result import Broken, Proof
from lab.report import report, unproved, write
from lab.supervisor import control
from lab.supervisor.events import EventWriter
from lab.supervisor.folder import LabFolder, Run, write_atomically
from lab.supervisor.memory import all_processes, proportional_mib
from lab.supervisor.running import RunningLab
from lab.world import World

PRIVATE_FOLDERS = ("/run/netns", "/run/wireguard")
"""What the host's labs would share by name: each lab has its own."""

Result = TypeVar("Result")


def work(name: str, events_fd: int) -> int:
    """Exit status of the lab's worker: 0 after `stop`."""
    folder, events = LabFolder(name), EventWriter(events_fd)
    try:
        for private in PRIVATE_FOLDERS:
            run(["mkdir", "-p", private])
            run(["mount", "-t", "tmpfs", "-o", "mode=0755", "lab", private])
        run(["ip", "link", "set", "lo", "up"])
        worker = Worker(folder, Run.load(folder), events)
        worker.bring_up()
    except Exception as fault:  # the caller is told in one line, the log has the rest
        traceback.print_exc()
        events.tell("failed", f"{type(fault).__name__}: {fault}")
        return 1
    control.serve(folder, worker.verbs(), events.finish)
    return 0


class Worker:
    """One lab from its first namespace to its last request."""

    def __init__(self, folder: LabFolder, run: Run, events: EventWriter) -> None:
        self._folder, self._run, self._events = folder, run, events
        self._lab = RunningLab(folder, run)
        self._drilling: Drilling | None = None
        self._seconds: dict[str, float] = {"deploy": run.deploy_s}
        self._peak_memory_mib = run.deploy_memory_mib

    def bring_up(self) -> None:
        """Builds, boots, waits and proves. A lab that cannot be built is reported and stays up as far as it came."""
        try:
            self._timed("boot", "building the network and booting the routers", self._lab.boot)
            self._timed("converge", "waiting for sessions and tunnels", self._converge)
            proof = self._prove()
        except LabError as fault:
            traceback.print_exc()
            proof = self._failed(fault)
        self._seconds["total"] = time.monotonic() - self._run.started_s
        self._report(proof)

    def _failed(self, fault: LabError) -> Proof:
        hop = getattr(fault, "hop", "gateway")
        return unproved(0, Broken(hop=hop, rule=str(fault), seen="while the lab was built"))

    def _timed(self, stage: str, words: str, step: Callable[[], Result]) -> Result:
        self._events.tell(stage, words)
        started = time.monotonic()
        try:
            return step()
        finally:
            self._seconds[stage] = time.monotonic() - started
            self._measure_memory()

    def _converge(self) -> None:
        self._lab.converge(lambda left: self._events.tell("converge", left))

    def _prove(self) -> Proof:
        return self._timed("prove", "proving every path with packets", self._lab.prove)

    def _measure_memory(self) -> None:
        self._peak_memory_mib = max(self._peak_memory_mib, proportional_mib(all_processes()))

    def _report(self, proof: Proof) -> dict[str, Any]:
        content = report(self._run, proof, self._seconds, self._peak_memory_mib)
        write(self._folder, content)
        write_atomically(self._folder / "path.svg", svg(content))
        return content

    def verbs(self) -> dict[str, control.Handler]:
        """What the running lab answers to."""
        return {
            "status": self._status,
            "prove": self._prove_again,
            "resync": self._resync,
            "update": self._update,
            "drill": self._drill,
        }

    def _status(self, request: Mapping[str, Any]) -> dict[str, Any]:
        return {"routers": self._lab.pids(), "namespaces": self._lab.namespaces()}

    def _prove_again(self, request: Mapping[str, Any]) -> dict[str, Any]:
        self._lab.converge(lambda left: None)
        return {"report": self._report(self._lab.prove())}

    def _drill(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Breaks one thing, mends it, and says what it cost; the lab before the first drill is the measure of all."""
        self._drilling = self._drilling or Drilling(self._lab)
        return self._drilling.answer(request)

    def _update(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Takes over what was deployed since, and proves it."""
        self._run = Run.load(self._folder)
        self._seconds = {"deploy": self._run.deploy_s}
        self._timed("boot", "changing the network and the routers", lambda: self._lab.follow(lambda words: None))
        self._timed("converge", "waiting for sessions and tunnels", self._converge)
        proof = self._prove()
        self._seconds["total"] = time.monotonic() - self._run.started_s
        return {"report": self._report(proof)}

    def _resync(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Takes over what `clouds.json` and `world.json` say now, boots some routers anew, and proves the outcome."""
        started = time.monotonic()
        self._seconds = {}
        try:
            self._timed("boot", "changing the network", lambda: self._take_over(request.get("rebuild", ())))
            self._timed("converge", "waiting for sessions and tunnels", self._converge)
            proof = self._prove()
        except LabError as fault:
            traceback.print_exc()
            proof = self._failed(fault)
        self._seconds["total"] = time.monotonic() - started
        return {"report": self._report(proof)}

    def _take_over(self, rebuild: Sequence[str]) -> None:
        self._lab.resync(Clouds.load(self._folder / "clouds.json"), World.load(self._folder / "world.json"), rebuild)
