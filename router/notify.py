"""Telling systemd how a service of `Type=notify` is (sd_notify(3))."""

from __future__ import annotations

import os
import socket


def ready() -> None:
    """The service has started. Does nothing when systemd did not start this process."""
    _say(b"READY=1")


def alive() -> None:
    """The watchdog need not bite."""
    _say(b"WATCHDOG=1")


def _say(words: bytes) -> None:
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    # A leading @ stands for the NUL of an abstract socket.
    name = "\0" + address[1:] if address.startswith("@") else address
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notifier:
        notifier.sendto(words, name)
