"""The pair's roll-out lock: a parameter that only one router can create.

Every planned stop takes it first, so siblings never stop together.
It is given back by the same router's next ready moment, also after a reboot or a replacement.
"""

from __future__ import annotations

import json
import time

from router.aws import Aws
from router.boot_object import BootObject
from router.errors import AgentError, AwsError
from router.journal import say, warn

ABANDONED_AFTER_S = 900.0
"""A holder that has shown no progress for so long is not coming back by itself."""


class RollOutLock:
    """The lock of this router's pair."""

    def __init__(self, boot: BootObject) -> None:
        self._region = boot.region
        self._router = boot.router
        stack_path, _, router = boot.parameter_path.rpartition("/")
        self.name = f"{stack_path}/roll-out-lock/{router.rpartition('-')[0]}"

    def take(self, aws: Aws, now_s: float | None = None) -> None:
        """Takes it, or finds that this router has it. Raises AwsError while the sibling has it."""
        now_s = time.time() if now_s is None else now_s
        if aws.create(self._region, self.name, json.dumps({"router": self._router, "taken_at_s": int(now_s)})):
            return
        holder, taken_at_s = self._holder(aws)
        if holder == self._router:
            return
        age_s = now_s - taken_at_s
        if age_s <= ABANDONED_AFTER_S:
            raise AwsError(f"{holder} has the roll-out lock {self.name}")
        warn(f"ALARM: {holder} took the roll-out lock {age_s:.0f} s ago and never became ready; it is released")
        aws.delete(self._region, self.name)
        raise AwsError(f"the roll-out lock of {holder} was just released")

    def give_back(self, aws: Aws) -> None:
        """Deletes it when this router has it. Raises AwsError when AWS is away."""
        try:
            holder, _ = self._holder(aws)
        except NotHeld:
            return
        if holder == self._router:
            aws.delete(self._region, self.name)
            say(f"the roll-out lock {self.name} is given back")

    def _holder(self, aws: Aws) -> tuple[str, float]:
        try:
            stated = json.loads(aws.parameter(self._region, self.name))
            return str(stated["router"]), float(stated["taken_at_s"])
        except AwsError as error:
            if "ParameterNotFound" in str(error):
                raise NotHeld(f"nobody has the roll-out lock {self.name}") from error
            raise
        except (KeyError, TypeError, ValueError) as error:
            raise AgentError(
                f"parameter {self.name} is no roll-out lock ({error}); look who wrote it, and delete it"
            ) from error


class NotHeld(AwsError):
    """It was given back meanwhile."""
