"""`python -m lab <verb>`: the lab's command line."""

from __future__ import annotations

from lab.cli import main

main()
