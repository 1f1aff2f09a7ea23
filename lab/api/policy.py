"""Evaluates IAM policies: who may do what to which resource, under which conditions.

Rules: IAM User Guide, "Policy evaluation logic" and "IAM JSON policy elements: Condition operators".
What it does not know never grants anything: a condition with an unknown operator fails in an Allow and holds in a Deny.
"""

from __future__ import annotations

import enum
import ipaddress
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

Statement = Mapping[str, Any]
Context = Mapping[str, str]
"""Condition keys in lower case, with this request's values."""


class Decision(enum.Enum):
    """What policies say of one request."""

    ALLOWED = "allowed"
    NOT_ALLOWED = "no identity-based policy allows"
    DENIED = "an explicit deny in a policy forbids"


def decide(policies: Iterable[Mapping[str, Any]], action: str, resource: str, context: Context) -> Decision:
    """What a role's identity-based policies say."""
    return _decide((s for policy in policies for s in statements(policy)), action, resource, context)


def decide_of_resource(
    policy: Mapping[str, Any], action: str, resource: str, context: Context, principals: frozenset[str]
) -> Decision:
    """What a resource's own policy says to these principals (ARNs, an account id)."""
    named = (s for s in statements(policy) if _names_principal(s.get("Principal"), principals))
    return _decide(named, action, resource, context)


def trusts(policy: Mapping[str, Any], service: str, context: Context) -> bool:
    """Whether a role's trust policy lets a service, such as `ec2.amazonaws.com`, take the role."""
    allowed = False
    for statement in statements(policy):
        principal = statement.get("Principal")
        services = _listed(principal.get("Service")) if isinstance(principal, Mapping) else ()
        if service in services and _matches_any(statement.get("Action"), "sts:AssumeRole", ignore_case=True):
            is_allow = statement.get("Effect") == "Allow"
            if _conditions_hold(statement, context, unknown=not is_allow):
                if not is_allow:
                    return False
                allowed = True
    return allowed


def statements(policy: Mapping[str, Any]) -> tuple[Statement, ...]:
    """The statements of a policy document, of which a single one needs no list."""
    found = policy.get("Statement", ())
    return (found,) if isinstance(found, Mapping) else tuple(found)


def _decide(found: Iterable[Statement], action: str, resource: str, context: Context) -> Decision:
    decision = Decision.NOT_ALLOWED
    for statement in found:
        is_allow = statement.get("Effect") == "Allow"
        if not (
            _concerns(statement, "Action", action, context) and _concerns(statement, "Resource", resource, context)
        ):
            continue
        if not _conditions_hold(statement, context, unknown=not is_allow):
            continue
        if not is_allow:
            return Decision.DENIED
        decision = Decision.ALLOWED
    return decision


def _concerns(statement: Statement, element: str, value: str, context: Context) -> bool:
    ignore_case = element == "Action"
    if f"Not{element}" in statement:
        return not _matches_any(statement[f"Not{element}"], value, context, ignore_case=ignore_case)
    return _matches_any(statement.get(element), value, context, ignore_case=ignore_case)


def _names_principal(principal: object, principals: frozenset[str]) -> bool:
    if principal == "*":
        return True
    listed = _listed(principal.get("AWS")) if isinstance(principal, Mapping) else ()
    return any(entry == "*" or entry in principals for entry in listed)


def _matches_any(patterns: object, value: str, context: Context | None = None, *, ignore_case: bool = False) -> bool:
    return any(_like(pattern, value, context or {}, ignore_case=ignore_case) for pattern in _listed(patterns))


def _listed(value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    if isinstance(value, (list, tuple)):
        return tuple(_text(entry) for entry in value)
    return (_text(value),)


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _like(pattern: str, value: str, context: Context, *, ignore_case: bool = False) -> bool:
    """Whether a value matches a pattern with `*`, `?` and policy variables; an unknown variable matches nothing."""
    variables = re.findall(r"\$\{([^}]*)\}", pattern)
    if any(name.lower() not in context for name in variables if name not in "*?$"):
        return False
    expression = ""
    for part in re.split(r"(\$\{[^}]*\}|\*|\?)", pattern):
        if part.startswith("${"):
            name = part[2:-1]
            expression += re.escape(name if name in "*?$" else context[name.lower()])
        else:
            expression += {"*": ".*", "?": "."}.get(part) or re.escape(part)
    return re.fullmatch(expression, value, re.DOTALL | (re.IGNORECASE if ignore_case else 0)) is not None


def _in_network(network: str, value: str, _context: Context) -> bool:
    return ipaddress.ip_address(value) in ipaddress.ip_network(network, strict=False)


_OPERATORS: Mapping[str, Callable[[str, str, Context], bool]] = {
    "StringEquals": lambda wanted, value, _: wanted == value,
    "StringEqualsIgnoreCase": lambda wanted, value, _: wanted.lower() == value.lower(),
    "StringLike": _like,
    "ArnEquals": _like,
    "ArnLike": _like,
    "Bool": lambda wanted, value, _: wanted.lower() == value.lower(),
    "IpAddress": _in_network,
}
_NEGATED = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
    "NotIpAddress": "IpAddress",
}


def _conditions_hold(statement: Statement, context: Context, *, unknown: bool) -> bool:
    conditions = statement.get("Condition") or {}
    return all(
        _condition_holds(operator, key.lower(), _listed(wanted), context, unknown=unknown)
        for operator, keys in conditions.items()
        for key, wanted in keys.items()
    )


def _condition_holds(operator: str, key: str, wanted: tuple[str, ...], context: Context, *, unknown: bool) -> bool:
    name = operator.removeprefix("ForAnyValue:").removeprefix("ForAllValues:")
    plain = name.removesuffix("IfExists")
    if plain == "Null":
        return (key not in context) == (wanted[0].lower() == "true")
    positive = _NEGATED.get(plain, plain)
    if positive not in _OPERATORS:
        return unknown
    if key not in context:
        # A missing key fulfils a negated operator, ...IfExists, and ForAllValues.
        return plain in _NEGATED or name != plain or operator.startswith("ForAllValues:")
    matched = any(_OPERATORS[positive](entry, context[key], context) for entry in wanted)
    return matched != (plain in _NEGATED)
