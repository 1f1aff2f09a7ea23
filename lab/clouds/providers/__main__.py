"""`python -m lab.clouds.providers PACKAGE ENGINE`: serves one emulated cloud to the Pulumi CLI over gRPC.

The store's path is in the environment: the CLI passes nothing else on to its plugins.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from pathlib import Path

from pulumi.provider.experimental import server

from lab.clouds.store import Store
from lab.engine.project import STORE_VARIABLE
from lab.engine.providers import CLOUDS

_LOOK_EVERY_S = 1.0


def main() -> int:
    """Serves until the engine ends it. Exit 2 when called without a package or a store."""
    package = sys.argv.pop(1) if len(sys.argv) > 1 else ""
    store = os.environ.get(STORE_VARIABLE)
    if package not in CLOUDS or not store:
        print(f"usage: {STORE_VARIABLE}=FILE python -m lab.clouds.providers {'|'.join(CLOUDS)} ENGINE", file=sys.stderr)
        return 2
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    provider = CLOUDS[package](Store(Path(store)))
    server.main(sys.argv[1:], provider.version, provider)
    return 0


def _end_with(engine: int) -> None:
    """Ends this process when the engine that started it is gone: one that was killed ends none of its plugins."""
    while os.getppid() == engine:
        time.sleep(_LOOK_EVERY_S)
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main())
