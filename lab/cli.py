"""The lab's command line: exit 0 done, 1 what was measured failed, 2 bad input, 3 this machine lacks something."""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from lab import account, picture
from lab import bench as bench_module
from lab import diff as diff_module
from lab import resync as resync_module
from lab import up as up_module
from lab import update as update_module
from lab.deploy import stack_name
from lab.drills.cli import drills, soak
from lab.errors import BadInput, LabError
from lab.machine import become_root
from lab.stacks import trial
from lab.supervisor import control, launch
from lab.supervisor.folder import CHECKOUT, LabFolder

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)
console = Console(highlight=False, soft_wrap=True)
errors = Console(stderr=True, highlight=False, soft_wrap=True)

PICTURE_WIDTH = 150
"""Characters, in a file or pipe; a terminal that is narrower than the picture gets it in parts."""

ENGINES = ("auto", "sdk", "cli")

INTERRUPTED = 128 + signal.SIGINT
"""Typer's code for Ctrl-C, as a shell would give it."""


def main() -> None:
    """Runs one verb and exits with its code."""
    for ends in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ends, signal.default_int_handler)  # also where a caller had it ignored
    try:
        code = app(standalone_mode=False)
    except LabError as fault:
        errors.print(escape(str(fault)), style="red")
        sys.exit(fault.exit_code)
    except Exception as fault:
        usage = getattr(fault, "format_message", None)
        if usage is None:
            raise
        errors.print(escape(usage()), style="red")
        sys.exit(BadInput.exit_code)
    if code == INTERRUPTED:
        errors.print("interrupted: what this command started has ended", style="red")
    sys.exit(code or 0)


@app.command()
def up(
    stack: Annotated[str, typer.Option(help="The stack: Pulumi.STACK.yaml, or another file called so.")] = "lab",
    name: Annotated[str, typer.Option(help="The lab's name; the stack's where none is given.")] = "",
    engine: Annotated[str, typer.Option(help="Who drives the program: auto, sdk or cli.")] = "auto",
    clouds: Annotated[str, typer.Option(help="Boot this clouds.json without deploying.")] = "",
    world: Annotated[str, typer.Option(help="The outside world, where it is not as the stack file says.")] = "",
) -> None:
    """Deploys a stack on the emulated clouds, boots its routers, and proves every path with packets."""
    if engine not in ENGINES:
        raise BadInput([f"{engine!r}: there is no such engine (ENGINE); choose one of {', '.join(ENGINES)}"])
    wish = up_module.Wish(
        stack=stack,
        name=name or stack_name(stack),
        engine=engine,
        clouds=_file(clouds, "CLOUDS"),
        world=_file(world, "WORLD"),
    )
    become_root(sys.argv[1:])
    with console.status("starting") as status:

        def tell(stage: str, words: str) -> None:
            status.update(f"{stage}: {words}")
            if not console.is_terminal:
                console.print(f"{stage}: {escape(words)}")

        report = up_module.up(wish, tell)
    _show(LabFolder(wish.name), report)
    raise typer.Exit(0 if report["ok"] else 1)


def _file(text: str, option: str) -> Path | None:
    """The file an option names; None for an option that is not given. Raises BadInput when there is no such file."""
    if text and not Path(text).is_file():
        raise BadInput([f"{option}={text}: there is no such file; state another"])
    return Path(text).resolve() if text else None


def _show(folder: LabFolder, report: dict[str, Any]) -> None:
    """The picture, what is broken, the stack outputs and the times."""
    width = console.width if console.is_terminal else PICTURE_WIDTH
    for part in picture.terminal(report, width):
        Console(width=width).print(part)
        console.print()
    for path in report["paths"]:
        both = {(True, True): "both ways", (True, False): "forward only", (False, True): "backward only"}
        ways = both.get((path["forward"], path["backward"]), "not at all")
        console.print(f"{path['site']} > {path['vpc']}: {ways}, packets of up to {path['mtu']} bytes")
    blocked = [tried["blocked"] for tried in report["denied"]]
    console.print(f"must not pass: {blocked.count(True)} of {len(blocked)} tried were blocked")
    for tried in report["denied"]:
        if not tried["blocked"]:
            console.print(f"not blocked: {tried['from']} > {tried['to']} {tried['port']}", style="red")
    for entry in report["broken"]:
        words = f"broken: {entry['hop']}: {entry['rule']} ({entry['seen']}) {' '.join(entry['paths'])}"
        console.print(escape(words.rstrip()), style="red")
    console.print("\nstack outputs:", style="bold")
    console.print(escape(json.dumps(json.loads((folder / "outputs.json").read_text()), indent=1, sort_keys=True)))
    seconds = ", ".join(f"{stage} {value:.1f} s" for stage, value in report["seconds"].items())
    console.print(f"\n{seconds}; {report['peak_memory_mib']} MiB", style="bold")
    console.print(f"WireGuard: {report['wireguard']}, GRE: {report['gre']}, engine: {report['engine']}")
    for stand_in in report["stand_ins"]:
        console.print(f"stand-in: {escape(stand_in)}")
    console.print(f"report: {os.path.relpath(folder / 'report.json')}, picture: {os.path.relpath(folder / 'path.svg')}")
    ends = f"make lab-down NAME={folder.name}"
    verdict = "the lab runs and every promise was seen" if report["ok"] else "the lab runs, but not as promised"
    console.print(f"{verdict}; end it with {ends}", style="bold green" if report["ok"] else "bold red")


@app.command()
def update(
    name: Annotated[str, typer.Option(help="The running lab.")] = "lab",
    stack_file: Annotated[str, typer.Option(help="Deploy this file; its stack's own where none is given.")] = "",
    world: Annotated[str, typer.Option(help="The outside world, where it is not as the stack file says.")] = "",
) -> None:
    """Deploys what the stack file says now into a running lab, shows what that changed, and proves it again."""
    folder, stated, outside = LabFolder(name), _file(stack_file, "STACK_FILE"), _file(world, "WORLD")
    become_root(sys.argv[1:])
    with console.status("changing the lab"):
        table, report = update_module.update(folder, stated, outside)
    _show(folder, report)
    console.print(escape(f"\n{table}"))
    raise typer.Exit(0 if report["ok"] else 1)


@app.command()
def destroy(name: Annotated[str, typer.Option(help="The lab.")] = "lab") -> None:
    """Deletes all that the stack made in both emulated clouds, as a real destroy would, and ends the lab."""
    folder = LabFolder(name)
    become_root(sys.argv[1:])
    console.print(escape(update_module.destroy(folder)))
    console.print(f"lab {name}: ended; what its owner had before is left in its clouds")


@app.command()
def down(
    name: Annotated[str, typer.Option(help="The lab to end.")] = "lab",
    all_labs: Annotated[bool, typer.Option("--all", help="Every lab of this checkout.")] = False,
) -> None:
    """Ends a lab and keeps its reports."""
    folders = [LabFolder(name)]
    become_root(sys.argv[1:])
    if all_labs:
        labs = folders[0].labs
        folders = [LabFolder(path.name) for path in sorted(labs.iterdir()) if path.is_dir()] if labs.is_dir() else []
    for folder in folders:
        ran = launch.is_running(folder)
        launch.end(folder)
        console.print(f"lab {folder.name}: {'ended' if ran else 'was not running'}")


@app.command()
def shell(
    node: Annotated[str, typer.Option(help="A router, or any network namespace of the lab.")] = "",
    name: Annotated[str, typer.Option(help="The lab.")] = "lab",
    command: Annotated[str, typer.Option(help="Run this instead of an interactive shell.")] = "",
) -> None:
    """Opens a shell in a router, a site, a probe host or another namespace of a running lab."""
    folder = LabFolder(name)
    become_root(sys.argv[1:])
    status = control.ask(folder, "status")
    routers, namespaces = status["routers"], status["namespaces"]
    if node not in namespaces:
        raise BadInput([f"{node!r}: no such node in lab {name} (NODE); there are: {', '.join(namespaces)}"])
    inner = ["bash", *(["-c", command] if command else ["-l"])]
    if node in routers:
        enter = ["nsenter", f"--target={routers[node]}", "--all", "--", *inner]
    else:
        enter = ["ip", "netns", "exec", node, *inner]
    outer = ["nsenter", f"--target={launch.first_process(folder)}", "--mount", "--net", "--pid", "--"]
    os.chdir(CHECKOUT)
    os.execvp(outer[0], [*outer, *enter])


@app.command()
def prove(name: Annotated[str, typer.Option(help="The lab.")] = "lab") -> None:
    """Proves a running lab again and writes its report."""
    folder = LabFolder(name)
    become_root(sys.argv[1:])
    report = control.ask(folder, "prove", timeout_s=300)["report"]
    _show(folder, report)
    raise typer.Exit(0 if report["ok"] else 1)


@app.command()
def bench(
    stack: Annotated[str, typer.Option(help="The stack to measure: Pulumi.STACK.yaml.")] = "lab",
    runs: Annotated[int, typer.Option(min=1, help="How many labs, one after another.")] = 3,
) -> None:
    """Measures several labs and the growth of their parts; writes build/bench/report.json and judges no time."""
    become_root(sys.argv[1:])
    path = bench_module.bench(stack, runs, lambda stage, words: console.print(f"{stage}: {escape(words)}"))
    content = json.loads(path.read_text())
    for line in bench_module.lines(content):
        console.print(escape(line))
    console.print(f"report: {os.path.relpath(path)}", style="bold")
    raise typer.Exit(0 if content["ok"] else 1)


@app.command()
def resync(
    name: Annotated[str, typer.Option(help="The running lab.")] = "lab",
    clouds: Annotated[str, typer.Option(help="What the clouds hold now; the lab's own clouds.json if not given.")] = "",
    world: Annotated[str, typer.Option(help="The outside world now; the lab's own world.json if not given.")] = "",
    rebuild: Annotated[str, typer.Option(help="Routers to boot from new disks, joined by commas.")] = "",
) -> None:
    """Changes a running lab to an edited clouds.json or world, and proves it again."""
    folder, edited, outside = LabFolder(name), _file(clouds, "CLOUDS"), _file(world, "WORLD")
    become_root(sys.argv[1:])
    with console.status("changing the lab and proving it again"):
        report = resync_module.resync(folder, edited, outside, tuple(filter(None, rebuild.split(","))))
    _show(folder, report)
    raise typer.Exit(0 if report["ok"] else 1)


@app.command()
def diff(
    stack: Annotated[str, typer.Option(help="The stack: Pulumi.STACK.yaml.")] = "lab",
    base: Annotated[str, typer.Option(help="The commit to compare this checkout with.")] = "main",
) -> None:
    """Writes what this checkout changes in a stack, its resources and rendered files, as a comment for reviewers."""
    _print_written(diff_module.diff(stack, base, _diff_folder()))


@app.command()
def preview(
    stack: Annotated[str, typer.Option(help="The stack: Pulumi.STACK.yaml.")] = "prod",
    key_path: Annotated[str, typer.Option(help="Parameter Store path of the Sakura Cloud key.")] = "",
) -> None:
    """Writes what `pulumi preview` says of a stack in its account as a part of the same comment."""
    _print_written(account.preview(stack, _diff_folder(), key_path))


@app.command()
def deploy(
    stack: Annotated[str, typer.Option(help="The stack: Pulumi.STACK.yaml.")] = "prod",
    key_path: Annotated[str, typer.Option(help="Parameter Store path of the Sakura Cloud key.")] = "",
) -> None:
    """Runs `pulumi up` of a stack in its account."""
    raise typer.Exit(1 if account.deploy(stack, key_path) else 0)


def _diff_folder() -> Path:
    folder = CHECKOUT / "build/diff"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _print_written(path: Path) -> None:
    console.print(escape(path.read_text()))
    console.print(f"written: {os.path.relpath(path)}", style="bold")


@app.command("test-stacks")
def try_stacks(
    count: Annotated[int, typer.Option(min=1, help="How many stacks.")] = 3,
    seed: Annotated[int, typer.Option(min=0, help="What they are drawn by; 0 draws a seed too.")] = 0,
) -> None:
    """Draws stacks, boots each in a lab of its own, and keeps the files of those that do not come up."""
    become_root(sys.argv[1:])
    report = trial.run(count, seed or trial.new_seed(), lambda words: console.print(escape(words)))
    console.print(f"report: {os.path.relpath(trial.REPORT)}", style="bold")
    raise typer.Exit(0 if report["ok"] else 1)


app.command()(drills)
app.command()(soak)
