"""Telling systemd that a service of `Type=notify` has started (sd_notify(3))."""

from __future__ import annotations

import os
import socket


def ready() -> None:
    """Does nothing when systemd did not start this process."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    # A leading @ stands for the NUL of an abstract socket.
    name = "\0" + address[1:] if address.startswith("@") else address
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notifier:
        notifier.sendto(b"READY=1", name)
