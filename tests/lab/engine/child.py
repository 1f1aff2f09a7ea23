"""One run of the lab's engine in a process of its own, forked from one that has imported everything."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Awaitable, Callable
from multiprocessing import get_context
from pathlib import Path
from typing import Any

# Only to have them imported before the fork.
import components.aws.wireguard_router_pair
import components.router_bundle
import components.sakura.wireguard_router_pair  # noqa: F401
from lab.clouds.kind import Refused
from lab.clouds.provider import EmulatedProvider
from lab.engine import sdk  # noqa: F401
from lab.engine.__main__ import main

Method = Callable[[EmulatedProvider, Any], Awaitable[Any]]

_FORKS = get_context("forkserver")
_FORKS.set_forkserver_preload([__name__])


def run(argv: list[str], said: Path, fault: str = "") -> int:
    """The exit code of `python -m lab.engine ARGV`; what it prints goes to `said`, refusals to `said` + `.errors`.

    `fault` is `create|update|delete URN-ENDING`, which the cloud refuses, or `kill URN-ENDING`, at whose creation the
    engine dies.
    """
    child = _FORKS.Process(target=_work, args=(argv, said, fault))
    child.start()
    child.join()
    assert child.exitcode is not None
    return child.exitcode


def _work(argv: list[str], said: Path, fault: str) -> None:
    for descriptor, path in ((1, said), (2, said.with_name(f"{said.name}.errors"))):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), descriptor)
    if fault:
        verb, ending = fault.split()
        name = "create" if verb == "kill" else verb
        setattr(EmulatedProvider, name, _failing(getattr(EmulatedProvider, name), ending, is_killed=verb == "kill"))
    sys.argv = ["lab.engine", *argv]
    sys.exit(main())


def _failing(method: Method, ending: str, *, is_killed: bool) -> Method:
    async def call(provider: EmulatedProvider, request: Any) -> Any:
        if request.urn.endswith(ending):
            if is_killed:
                os.kill(os.getpid(), signal.SIGKILL)
            raise Refused("InternalError", "an internal error has occurred")
        return await method(provider, request)

    return call
