"""The documents of AWS's managed policies, from the list that moto carries."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from typing import Any

from lab.errors import LabFault


@functools.cache
def managed_policy(arn: str) -> Mapping[str, Any]:
    """The current document of a managed policy. Raises LabFault with the ARN of an unknown one."""
    # Imported here: four megabytes of text, of which a few lines are kept.
    from moto.iam.aws_managed_policies import aws_managed_policies_data

    name = arn.rsplit("/", 1)[-1]
    marker = f'\n "{name}":'
    start = aws_managed_policies_data.find(marker)
    if start >= 0:
        entry, _ = json.JSONDecoder().raw_decode(aws_managed_policies_data, start + len(marker))
        if arn == f"arn:aws:iam::aws:policy{entry['Path']}{name}":
            document: Mapping[str, Any] = entry["Document"]
            return document
    raise LabFault(f"{arn}: no managed policy of AWS that the lab knows; attach another, or write it inline")
