"""Starts, reloads and stops the fabric's processes."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

from lab.errors import LabFault
from lab.fabric import runner
from lab.fabric.blueprint import Program

_READY_WITHIN_S = 60.0
_ENDS_WITHIN_S = 3.0
_LAST_LINES = 8
_REAL_TIME = ("chrt", "--rr", "10")
"""Below the routers' own daemons' need: forwarding in user space must not wait for the CPU.

Round robin, never fifo: of two threads that wait for each other, both get their turn.
"""


class Programs:
    """The running processes, by name."""

    def __init__(self, run_dir: Path) -> None:
        self._logs = run_dir / "log"
        self._logs.mkdir(parents=True, exist_ok=True)
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._has_real_time: bool | None = None

    def start(self, program: Program) -> None:
        """Writes its files and starts it. Raises LabFault when they are bad or it ends before it is ready."""
        _write_files(program)
        if program.check_argv:
            runner.run(program.check_argv)
        if program.ready_path:
            Path(program.ready_path).unlink(missing_ok=True)
        argv = [*(self._real_time() if program.is_real_time else []), *program.argv]
        with (self._logs / program.name).open("wb") as log:
            process = subprocess.Popen(
                runner.inside(program.netns, argv), stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        self._running[program.name] = process
        self._wait_until_ready(program, process)

    def reload(self, program: Program) -> None:
        """Writes its files and has it read them. Raises LabFault with what it complains about."""
        _write_files(program)
        for argv in (program.check_argv, program.reload_argv):
            if argv:
                runner.run(argv)

    def stop(self, name: str) -> None:
        """Ends one process; it may be gone already."""
        process = self._running.pop(name, None)
        if process is None:
            return
        process.terminate()
        try:
            process.wait(_ENDS_WITHIN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(_ENDS_WITHIN_S)

    def stop_all(self) -> None:
        """Ends all of them, the last started first."""
        for process in reversed(self._running.values()):
            process.terminate()
        for name in list(self._running):
            self.stop(name)

    def dead(self) -> dict[str, str]:
        """Processes that ended by themselves, with their last lines."""
        return {name: self._last_lines(name) for name, process in self._running.items() if process.poll() is not None}

    def _wait_until_ready(self, program: Program, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + _READY_WITHIN_S
        while program.ready_path and not Path(program.ready_path).exists():
            if process.poll() is not None or time.monotonic() > deadline:
                raise LabFault(
                    f"in namespace {program.netns}: {program.name} did not start: {self._last_lines(program.name)}"
                )
            time.sleep(0.005)

    def _last_lines(self, name: str) -> str:
        lines = (self._logs / name).read_text(errors="replace").splitlines()
        return " | ".join(lines[-_LAST_LINES:]) or "it said nothing"

    def _real_time(self) -> list[str]:
        if self._has_real_time is None:
            tried = subprocess.run([*_REAL_TIME, "true"], stdin=subprocess.DEVNULL, capture_output=True, check=False)
            self._has_real_time = tried.returncode == 0
        return [*_REAL_TIME] if self._has_real_time else []


def _write_files(program: Program) -> None:
    for name, content in program.files.items():
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
        for owned in (path.parent, path):
            shutil.chown(owned, program.owner, program.owner)
        os.chmod(path, 0o640)
