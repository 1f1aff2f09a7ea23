"""Boots a router as the image and its cloud would: systemd as PID 1 over the image's files, in a namespace of its own.

The lab's differences from a real machine are all in `differences.py`.
"""

from __future__ import annotations

from lab.nodes.boot import boot, boot_again
from lab.nodes.booted import Booted, FailedUnit
from lab.nodes.image import Image, prepare

__all__ = ["Booted", "FailedUnit", "Image", "boot", "boot_again", "prepare"]
