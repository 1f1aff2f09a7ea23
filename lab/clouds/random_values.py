"""The `random` provider: passwords that stay until an input changes."""

from __future__ import annotations

import secrets
import string
from collections.abc import Mapping
from typing import Any, ClassVar

from lab.clouds.declaration import flag, text, texts, whole
from lab.clouds.kind import Kind, Proposal, Refusals, Refused
from lab.clouds.provider import EmulatedProvider, Function

_SPECIAL = "!@#$%&*()-_=+[]{}<>:?"
"""The real provider's default set."""


def _alphabets(password: Proposal) -> list[tuple[str, int]]:
    """The sets of characters in use, each with how many of it there must be."""
    inputs = password.inputs
    numeric = inputs.get("numeric", inputs.get("number", True))
    sets = (
        (inputs["upper"], string.ascii_uppercase, inputs["minUpper"]),
        (inputs["lower"], string.ascii_lowercase, inputs["minLower"]),
        (numeric, string.digits, inputs["minNumeric"]),
        (inputs["special"], inputs.get("overrideSpecial", _SPECIAL), inputs["minSpecial"]),
    )
    return [(characters, least) for used, characters, least in sets if used]


def _something_to_choose_from(password: Proposal) -> Refusals:
    alphabets = _alphabets(password)
    if not alphabets:
        yield Refused("Invalid Attribute Combination", "at least one of upper, lower, numeric, special must be true")
    least = sum(least for _, least in alphabets)
    if password.inputs["length"] < least:
        yield Refused("Invalid Attribute Value", f"length {password.inputs['length']} is less than the minima, {least}")


def _random_text(password: Proposal) -> dict[str, Any]:
    alphabets = _alphabets(password)
    demanded = [secrets.choice(characters) for characters, least in alphabets for _ in range(least)]
    anything = "".join(characters for characters, _ in alphabets)
    characters = demanded + [secrets.choice(anything) for _ in range(password.inputs["length"] - len(demanded))]
    secrets.SystemRandom().shuffle(characters)
    return {"result": "".join(characters)}


class RandomProvider(EmulatedProvider):
    """Emulates pulumi-random 4."""

    package = "random"
    version = "4.21.4"
    functions: ClassVar[Mapping[str, Function]] = {}
    kinds: ClassVar[Mapping[str, Kind]] = {
        "random:index/randomPassword:RandomPassword": Kind(
            type="random:index/randomPassword:RandomPassword",
            inputs={
                "length": whole(1, required=True, replaces=True),
                **{name: flag(default=True, replaces=True) for name in ("lower", "special", "upper")},
                **{name: flag(replaces=True) for name in ("number", "numeric")},
                **{f"min{of}": whole(0, default=0, replaces=True) for of in ("Lower", "Numeric", "Special", "Upper")},
                "overrideSpecial": text(replaces=True),
                "keepers": texts(replaces=True),
            },
            identify=lambda _: "none",
            outputs=_random_text,
            rules=(_something_to_choose_from,),
            secret_outputs=frozenset({"result"}),
        )
    }
