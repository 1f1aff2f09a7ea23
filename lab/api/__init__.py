"""AWS as the routers meet it: the API under its real names, instance metadata, and Systems Manager's agents.

moto is the data plane behind it; who may do what is decided by the deployed roles.
"""

from __future__ import annotations

from lab.api.client import ApiServer, CommandResult, start

__all__ = ["ApiServer", "CommandResult", "start"]
