"""`flets-to-vpc boot | apply | status | watch | drain | undrain | unlock | keys`: the agent's verbs.

Exit 0: done; 1: not done, and why is said; 2: wrong use; 130: interrupted.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence

from router.bundle import VERSION_DIGITS
from router.errors import AgentError
from router.journal import warn
from router.machine import Machine

INTERRUPTED = 130


def main(argv: Sequence[str] | None = None, machine: Machine | None = None) -> int:
    """Runs one verb; gives the exit code."""
    stated = _parser().parse_args(argv)
    try:
        return _carry_out(stated, machine or Machine())
    except AgentError as error:
        warn(str(error))
        return 1
    except KeyboardInterrupt:
        warn(f"{stated.verb}: interrupted")
        return INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="flets-to-vpc", description="The agent of a flets-to-vpc router.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("boot", help="fetch and install this router's bundle, and start the path")
    apply = verbs.add_parser("apply", help="take the bundle that the pointer names, without resetting sessions")
    apply.add_argument("--bundle", type=_version, metavar="VERSION", help="wait until the pointer names this one")
    status = verbs.add_parser("status", help="one page about this router; exit 1 when something expected is down")
    status.add_argument("--json", action="store_true", help="the same for programs")
    verbs.add_parser("watch", help="judge for ever whether this router can carry the path, and act on it")
    drain = verbs.add_parser("drain", help="take this router out of the path, losing no packet, behind the pair's lock")
    drain.add_argument("--stopping", action="store_true", help="the machine goes down in any case: wait less")
    verbs.add_parser("undrain", help="put it back, and wait until it is ready")
    verbs.add_parser("unlock", help="give the pair's roll-out lock back when this router has it")
    keys = verbs.add_parser("keys", help="give a WireGuard interface its keys (wg-quick's PostUp)")
    keys.add_argument("interface")
    return parser


def _version(text: str) -> str:
    if not re.fullmatch(f"[0-9a-f]{{{VERSION_DIGITS}}}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not {VERSION_DIGITS} hexadecimal digits")
    return text


def _carry_out(stated: argparse.Namespace, machine: Machine) -> int:
    # Each verb loads its own modules: `keys` runs once an interface at every boot and must be quick.
    if stated.verb == "boot":
        from router.boot import boot

        boot(machine)
    elif stated.verb == "apply":
        from router.apply import apply

        apply(machine, stated.bundle)
    elif stated.verb == "watch":
        from router.watch import watch

        watch(machine)
    elif stated.verb in ("drain", "undrain", "unlock"):
        _planned_stop(stated, machine)
    elif stated.verb == "keys":
        from router.keys import give_keys

        give_keys(machine, stated.interface)
    else:
        from router.status_page import status

        return status(machine, as_json=stated.json)
    return 0


def _planned_stop(stated: argparse.Namespace, machine: Machine) -> None:
    from router import drain

    if stated.verb == "drain":
        drain.drain(machine, is_stopping=stated.stopping)
    elif stated.verb == "undrain":
        drain.undrain(machine)
    else:
        drain.unlock(machine)


if __name__ == "__main__":
    sys.exit(main())
