"""What a change of the clouds is to the machines of a running lab: pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from lab.fabric import Node


@dataclass(frozen=True, kw_only=True)
class MachineChanges:
    """What a change of the clouds is to the machines; whoever is in none of these runs on untouched."""

    gone: tuple[Node, ...]
    remade: tuple[Node, ...]
    """Another machine, or the same from another disk: an instance refresh, a rebuilt Sakura server."""
    restarted: tuple[Node, ...]
    """Shut down for a change and started again from the same disk."""
    new: tuple[Node, ...]


def machine_changes(before: Iterable[Node], after: Iterable[Node]) -> MachineChanges:
    """Compares machines by name: notes and tags are read at a first boot only, so they change no running machine."""
    old, new = {node.name: node for node in before}, {node.name: node for node in after}
    both = [(old[name], node) for name, node in new.items() if name in old]
    remade = [now for was, now in both if (was.instance_id, was.disk_id) != (now.instance_id, now.disk_id)]
    return MachineChanges(
        gone=tuple(node for name, node in old.items() if name not in new),
        remade=tuple(remade),
        restarted=tuple(now for was, now in both if now not in remade and was.shape != now.shape),
        new=tuple(node for name, node in new.items() if name not in old),
    )
