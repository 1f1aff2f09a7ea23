"""Changes of stack `lab`: each edits `path` of the stack file as an operator would."""

from __future__ import annotations

from typing import Any

Intent = dict[str, Any]


def a_site_added(path: Intent) -> None:
    path["sites"].append({"id": 9, "name": "store-009", "prefixes": ["192.168.9.0/24"]})


def a_site_with_bgp_added(path: Intent) -> None:
    path["sites"].append(
        {"id": 9, "name": "plant-09", "prefixes": ["192.168.9.0/24"], "bgp": {"asn": 65109, "address": "172.16.0.29"}}
    )


def a_site_removed(path: Intent) -> None:
    del path["sites"][0]


def a_vpc_added(path: Intent) -> None:
    path["vpcs"].append({"id": 3, "name": "batch", "cidr": "10.22.0.0/20", "zones": ["a", "c"]})


def a_vpc_removed(path: Intent) -> None:
    del path["vpcs"][0]


def another_ami(path: Intent) -> None:
    path["images"]["aws_ami"] = "ami-0fedcba9876543210"


def one_sakura_router_rebuilt(path: Intent) -> None:
    path["rebuild"] = {"sakura-a": 2}


def every_list_reordered(path: Intent) -> None:
    for site in path["sites"]:
        site["prefixes"].reverse()
    for vpc in path["vpcs"]:
        vpc["zones"].reverse()
    for entries in (path["sites"], path["vpcs"], path["aws"]["zones"]):
        entries.reverse()


def a_site_renamed(path: Intent) -> None:
    path["sites"][0]["name"] = "flagship"


def a_vpc_renamed(path: Intent) -> None:
    path["vpcs"][0]["name"] = "webshop"


def an_existing_vpc_added(path: Intent) -> None:
    path["vpcs"].append(
        {
            "id": 4,
            "name": "legacy",
            "cidrs": ["10.23.0.0/20"],
            "aggregates": ["192.168.0.0/16"],
            "existing": {
                "vpc_id": "vpc-0abc0123456789def",
                "subnet_ids": {"a": "subnet-0a0123456789abcde", "c": "subnet-0c0123456789abcde"},
                "route_table_ids": ["rtb-0a0123456789abcde"],
            },
        }
    )
