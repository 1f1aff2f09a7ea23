"""`python -m lab.engine preview|up|refresh|destroy`: one run of an engine, ours or the Pulumi CLI.

Exit codes: 0 done; 1 a cloud refused, what exists is in the state; 2 the program or the stack file refused, nothing was
created.
"""

from __future__ import annotations

import argparse
import gc
import sys
import warnings
from pathlib import Path

from lab.engine.stack_file import PROJECT, StackFile
from lab.engine.steps import Step, table
from lab.errors import BadInput
from lab.world import World


def main() -> int:
    """Runs one command; refusals go to standard error, the table of steps to standard output."""
    warnings.filterwarnings("ignore", category=DeprecationWarning)
    from lab.engine.deployment import DeploymentFailed, ProgramRefused

    options = _options().parse_args()
    sys.path.insert(0, str(options.program))
    try:
        print(table(_steps(options)))
    except (ProgramRefused, BadInput, ValueError, OSError) as refusal:
        print(refusal, file=sys.stderr)
        return 2
    except DeploymentFailed as failure:
        print(failure, file=sys.stderr)
        return 1
    return 0


def _steps(options: argparse.Namespace) -> list[Step]:
    from lab.engine import cli, sdk  # after the filters: they import the SDK
    from lab.engine.deployment import Deployment, Engine

    deployment = Deployment(
        program=options.program,
        stack=options.stack,
        store=options.store,
        state=options.state,
        out=options.out.resolve(),
        beside=tuple(options.beside),
    )
    engine: Engine = sdk
    if options.engine == "cli":
        engine = cli
        if options.beside:
            raise BadInput(["--beside: the Pulumi CLI knows the stacks of its own backend only; take --engine sdk"])
    stack_file = StackFile.load(options.stack_file, deployment.project)
    if options.command == "destroy":
        return engine.destroy(deployment, stack_file)
    if options.command == "refresh":
        if options.engine == "sdk":
            raise BadInput(["refresh: the lab's own engine has none; run it with --engine cli"])
        return cli.refresh(deployment, stack_file)
    run = engine.preview if options.command == "preview" else engine.up
    if deployment.project != PROJECT and not options.world:
        # Another program than this one knows no sites: nothing was there before it.
        return run(deployment, stack_file, lambda store: None)
    try:
        world = World.load(options.world or options.stack_file)
    except (BadInput, ValueError):
        # The program's refusal lists every problem of the file, the world's only the first it meets.
        sdk.require_consent(deployment, stack_file)
        raise
    return run(deployment, stack_file, world.seed)


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m lab.engine", description=__doc__)
    parser.add_argument("command", choices=("preview", "up", "refresh", "destroy"))
    parser.add_argument("--engine", choices=("sdk", "cli"), default="sdk", help="ours, or the Pulumi CLI on PATH")
    parser.add_argument("--stack-file", type=Path, required=True, help="Pulumi.<stack>.yaml")
    parser.add_argument("--stack", required=True, help="name of the stack")
    parser.add_argument("--store", type=Path, required=True, help="SQLite file of the emulated clouds")
    parser.add_argument("--state", type=Path, required=True, help="what the engine remembers: a file, a folder for cli")
    parser.add_argument("--out", type=Path, required=True, help="folder for clouds.json, outputs.json, steps.json")
    parser.add_argument("--world", type=Path, help="world.json to use in place of the stack file's world")
    parser.add_argument("--beside", type=Path, action="append", default=[], help="state of another stack on the clouds")
    parser.add_argument("--program", type=Path, default=Path.cwd(), help="folder of __main__.py (default: this one)")
    return parser


if __name__ == "__main__":
    # A run is short and keeps what it makes; looking through the SDK's classes again and again took a third of it.
    gc.disable()
    sys.exit(main())
