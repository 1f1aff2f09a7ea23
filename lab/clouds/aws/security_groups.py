"""Security groups and their rules; a group starts without any, for the provider removes AWS's default egress."""

from __future__ import annotations

from lab.clouds.aws.account import ACCOUNT_ID, REGIONAL, ec2_arn
from lab.clouds.aws.vpc import VPC
from lab.clouds.declaration import Fields, Tie, network, refers_to, text, whole
from lab.clouds.kind import AutomaticName, Kind, Proposal, Quota, Refusals, Refused, prefixed
from lab.clouds.schema import Schema

SECURITY_GROUP = "aws:ec2/securityGroup:SecurityGroup"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"

_WITH_PORTS = ("tcp", "udp", "icmp", "6", "17", "1")
_IDENTITY = ("securityGroupId", "ipProtocol", "fromPort", "toPort", "cidrIpv4", "referencedSecurityGroupId")
_RULES_PER_GROUP = 60
"""In each direction (VPC quotas)."""
_IN_PLACE = "ModifySecurityGroupRules changes it in place"

_RULE: Fields = {
    **REGIONAL,
    "securityGroupId": refers_to(
        SECURITY_GROUP, absent="InvalidGroup.NotFound", required=True, replaces=True, tie=Tie.PART
    ),
    "ipProtocol": text(
        pattern=r"-1|tcp|udp|icmp|[0-9]{1,3}", meaning="tcp, udp, icmp, a protocol number or -1", required=True
    ),
    "fromPort": whole(-1, 65535),
    "toPort": whole(-1, 65535),
    "cidrIpv4": network(),
    "referencedSecurityGroupId": refers_to(SECURITY_GROUP, absent="InvalidGroup.NotFound"),
    "description": text(
        pattern=r"[\w .:/()#,@\[\]+=&;{}!$*-]{0,255}", meaning="at most 255 of a-z, A-Z, 0-9 and ._-:/()#,@[]+=&;{}!$*"
    ),
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


def _other_group_is_of_the_vpc(rule: Proposal) -> Refusals:
    named = rule.inputs.get("referencedSecurityGroupId")
    own = rule.the(SECURITY_GROUP, rule.inputs["securityGroupId"]).inputs.get("vpcId")
    if named and rule.the(SECURITY_GROUP, named).inputs.get("vpcId") != own:
        yield Refused("InvalidGroup.NotFound", f"the security group '{named}' does not exist in {own}")


def _rule(type_: str, schema: str, source: str) -> Kind:
    return Kind(
        type=type_,
        inputs=_RULE,
        schema=Schema(
            schema,
            names={
                "securityGroupId": "GroupId",
                "cidrIpv4": "CidrIp",
                "referencedSecurityGroupId": f"{source}SecurityGroupId",
            },
            not_alike=dict.fromkeys(
                ("ipProtocol", "fromPort", "toPort", "cidrIpv4", "referencedSecurityGroupId"), _IN_PLACE
            ),
        ),
        identify=prefixed("sgr"),
        outputs=lambda rule: {"arn": ec2_arn(rule, "security-group-rule"), "securityGroupRuleId": rule.id},
        quotas=(
            Quota(
                most=_RULES_PER_GROUP, per=("securityGroupId",), code="RulesPerSecurityGroupLimitExceeded",
                rule="{securityGroupId} has at most {most} rules in this direction",
            ),
            Quota(
                most=1, per=_IDENTITY, code="InvalidPermission.Duplicate",
                rule="{securityGroupId} has this rule already",
            ),
        ),
        rules=(_one_source, _ports_fit_the_protocol, _other_group_is_of_the_vpc),
    )  # fmt: skip


def _name_is_no_id(group: Proposal) -> Refusals:
    if str(group.inputs["name"]).startswith("sg-"):
        yield Refused("InvalidParameterValue", "a group's name may not begin with sg-")


KINDS = (
    Kind(
        type=SECURITY_GROUP,
        inputs={
            **REGIONAL,
            "name": text(most=255, replaces=True),
            "description": text(replaces=True, default="Managed by Pulumi"),
            "vpcId": refers_to(VPC, absent="InvalidVpcID.NotFound", replaces=True),
        },
        schema=Schema("AWS::EC2::SecurityGroup", names={"name": "GroupName", "description": "GroupDescription"}),
        identify=prefixed("sg"),
        outputs=lambda group: {"arn": ec2_arn(group, "security-group"), "ownerId": ACCOUNT_ID},
        automatic_name=AutomaticName(property="name", most=255),
        quotas=(
            Quota(
                most=1,
                per=("vpcId", "name"),
                code="InvalidGroup.Duplicate",
                rule="the security group '{name}' already exists for VPC '{vpcId}'",
            ),
        ),
        rules=(_name_is_no_id,),
        in_use="DependencyViolation",
    ),
    _rule(INGRESS, "AWS::EC2::SecurityGroupIngress", "Source"),
    _rule(EGRESS, "AWS::EC2::SecurityGroupEgress", "Destination"),
)
