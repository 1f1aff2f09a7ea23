"""The command line of amazon-ssm-agent: without flags it serves, with `-register` it registers this machine."""

from __future__ import annotations

import argparse
import sys

from .calls import CallFailed
from .identity import REGISTRATION, register
from .service import serve


def main() -> int:
    """Exit status 0, or 1 when the registration failed."""
    parser = argparse.ArgumentParser(prog="amazon-ssm-agent")
    parser.add_argument("-register", action="store_true", help="register this machine with an activation")
    parser.add_argument("-code", default="", help="activation code")
    parser.add_argument("-id", default="", help="activation id")
    parser.add_argument("-region", default="", help="region of the activation")
    parser.add_argument("-clear", action="store_true", help="with -register: forget the registration")
    parser.add_argument("-y", action="store_true", help="register again without asking")
    arguments = parser.parse_args()
    if not arguments.register:
        serve()
        return 0
    if arguments.clear:
        REGISTRATION.unlink(missing_ok=True)
        return 0
    if REGISTRATION.exists() and not arguments.y:
        print("this machine is registered already; -y registers it again", file=sys.stderr)
        return 1
    try:
        instance_id = register(arguments.code, arguments.id, arguments.region)
    except CallFailed as fault:
        print(f"ERROR Registration failed due to error registering the instance with AWS SSM. {fault}", file=sys.stderr)
        return 1
    print(f"INFO Successfully registered the instance with AWS SSM using Managed instance-id: {instance_id}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
