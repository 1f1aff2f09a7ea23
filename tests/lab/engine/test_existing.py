"""What the stack did not make is its owner's: deploys, changes and destroy leave every byte of it as it was.

The existing VPC is lived in: others' subnets, tables with routes, a security group and the owner's own gateway.
"""

from __future__ import annotations

import json
from pathlib import Path

from tests.lab.engine.changes import (
    Intent,
    a_site_added,
    a_vpc_removed,
    an_existing_vpc_added,
    one_sakura_router_rebuilt,
)
from tests.lab.engine.lab_stack import Stack


def several_changes_beside_it(path: Intent) -> None:
    for change in (an_existing_vpc_added, a_site_added, a_vpc_removed, one_sakura_router_rebuilt):
        change(path)


def test_up_changes_and_destroy_leave_every_byte_of_the_owners(tmp_path: Path) -> None:
    stack = Stack(tmp_path / "stack")
    stack.run("up", an_existing_vpc_added, fault="create transitGateway:TransitGateway::gateway")
    owned = stack.owners()
    kinds = {json.loads(resource)["type"].rpartition(":")[2] for resource in owned}
    assert kinds >= {
        "Vpc", "Subnet", "RouteTable", "RouteTableAssociation", "SecurityGroup", "InternetGateway",
        "TransitGateway", "VpcAttachment", "Ami", "Switch", "Server", "Archive",
    }  # fmt: skip

    stack.done("up", an_existing_vpc_added)
    assert stack.owners() == owned
    stack.done("up", several_changes_beside_it)
    assert stack.owners() == owned
    stack.done("destroy", an_existing_vpc_added)
    assert stack.owners() == owned
    assert stack.made() == set()


def test_of_an_existing_vpc_the_stack_makes_an_attachment_and_routes_in_named_tables(tmp_path: Path) -> None:
    stack = Stack(tmp_path / "stack")
    stack.done("up", an_existing_vpc_added)
    made = [r for r in stack.resources() if r["urn"] and "vpc-0abc0123456789def" in json.dumps(r["inputs"])]
    routes = [r for r in stack.resources() if "VpcOnPath$aws:ec2/route:Route::vpc-4" in r["urn"]]

    assert [r["type"].rpartition(":")[2] for r in made] == ["VpcAttachment"]
    assert {r["inputs"]["routeTableId"] for r in routes} == {"rtb-0a0123456789abcde"}
