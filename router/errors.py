"""What the agent says when something is not as it must be; every message names value, rule, place and way out."""

from __future__ import annotations


class AgentError(Exception):
    """Anything the agent can name; its text is written for the operator and holds no secret."""


class BootObjectError(AgentError):
    """The boot object is absent or malformed."""


class AwsError(AgentError):
    """An AWS call did not answer, was refused, or found nothing."""


class BundleError(AgentError):
    """A bundle or its pointer is truncated, has the wrong digest, or holds what a bundle must not hold."""


class CommandError(AgentError):
    """A program on this machine failed."""


class FrrError(AgentError):
    """An FRR daemon did not answer."""


class CheckError(AgentError):
    """Something that worked before a change does not work after it."""
