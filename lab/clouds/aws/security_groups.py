"""Security groups and their rules; a group starts without any, for the provider removes AWS's default egress."""

from __future__ import annotations

from lab.clouds.aws.account import ACCOUNT_ID, REGIONAL, ec2_arn
from lab.clouds.aws.vpc import VPC
from lab.clouds.declaration import Fields, network, refers_to, text, whole
from lab.clouds.kind import AutomaticName, Kind, Proposal, Refusals, Refused, prefixed

SECURITY_GROUP = "aws:ec2/securityGroup:SecurityGroup"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"

_WITH_PORTS = ("tcp", "udp", "icmp", "6", "17", "1")
_IDENTITY = ("ipProtocol", "fromPort", "toPort", "cidrIpv4", "referencedSecurityGroupId")

_RULE: Fields = {
    **REGIONAL,
    "securityGroupId": refers_to(SECURITY_GROUP, absent="InvalidGroup.NotFound", required=True, replaces=True),
    "ipProtocol": text(
        pattern=r"-1|tcp|udp|icmp|[0-9]{1,3}", meaning="tcp, udp, icmp, a protocol number or -1", required=True
    ),
    "fromPort": whole(-1, 65535),
    "toPort": whole(-1, 65535),
    "cidrIpv4": network(),
    "referencedSecurityGroupId": refers_to(SECURITY_GROUP, absent="InvalidGroup.NotFound"),
    "description": text(most=255),
}


def _one_source(rule: Proposal) -> Refusals:
    stated = [key for key in ("cidrIpv4", "referencedSecurityGroupId") if rule.inputs.get(key)]
    if len(stated) != 1:
        said = "a rule names exactly one of cidrIpv4 and referencedSecurityGroupId"
        yield Refused("InvalidParameterCombination", said)


def _ports_fit_the_protocol(rule: Proposal) -> Refusals:
    protocol, first, last = (rule.inputs.get(key) for key in ("ipProtocol", "fromPort", "toPort"))
    if protocol in _WITH_PORTS and (first is None or last is None):
        yield Refused("MissingParameter", f"protocol {protocol} needs fromPort and toPort")
    if protocol not in _WITH_PORTS and (first is not None or last is not None):
        yield Refused("InvalidParameterValue", f"protocol {protocol} has no ports; leave fromPort and toPort out")
    if protocol in ("tcp", "udp") and isinstance(first, int) and isinstance(last, int) and not 0 <= first <= last:
        yield Refused("InvalidParameterValue", f"ports {first} to {last} are no range")


def _rule_is_new(rule: Proposal) -> Refusals:
    for other in rule.others(rule.type):
        same = all(other.inputs.get(key) == rule.inputs.get(key) for key in _IDENTITY)
        if same and other.inputs["securityGroupId"] == rule.inputs["securityGroupId"]:
            yield Refused("InvalidPermission.Duplicate", f"the same rule exists already as {other.id}")


def _rule(type_: str) -> Kind:
    return Kind(
        type=type_,
        inputs=_RULE,
        identify=prefixed("sgr"),
        outputs=lambda rule: {"arn": ec2_arn(rule, "security-group-rule"), "securityGroupRuleId": rule.id},
        rules=(_one_source, _ports_fit_the_protocol, _rule_is_new),
    )


KINDS = (
    Kind(
        type=SECURITY_GROUP,
        inputs={
            **REGIONAL,
            "name": text(most=255, replaces=True),
            "description": text(most=255, replaces=True, default="Managed by Pulumi"),
            "vpcId": refers_to(VPC, absent="InvalidVpcID.NotFound", replaces=True),
        },
        identify=prefixed("sg"),
        outputs=lambda group: {"arn": ec2_arn(group, "security-group"), "ownerId": ACCOUNT_ID},
        automatic_name=AutomaticName(property="name", most=255),
        in_use="DependencyViolation",
    ),
    _rule(INGRESS),
    _rule(EGRESS),
)
