"""Two nodes and the API in namespaces of their own; prints what was seen as one JSON object.

aws-a -- vpc-router (metadata) -- internet -- api (192.0.2.10)
sakura-a ----------------------------'
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

from lab.api import ApiServer, start
from lab.clouds.store import Store
from lab.fabric.inventory import Node, StartupNote
from lab.machine import Tools
from lab.nodes import Booted, Image, boot, boot_again, prepare
from tests.lab.api import deployment
from tests.lab.api.deployment import ACTIVATION, BUCKET, CODE, NOTE, REGION, SERVER, VPC, parameter_name

NETWORK = """
set -e
mount -t tmpfs netns /run/netns
for name in internet api vpc-router aws-a sakura-a; do ip netns add "$name"; ip -n "$name" link set lo up; done
wire() { # NAMESPACE DEVICE ADDRESS NAMESPACE DEVICE ADDRESS
    ip link add "$2" netns "$1" type veth peer name "$5" netns "$4"
    ip -n "$1" address add "$3" dev "$2"; ip -n "$1" link set "$2" up
    ip -n "$4" address add "$6" dev "$5"; ip -n "$4" link set "$5" up
}
wire internet to-api 192.0.2.1/24 api eth0 192.0.2.10/24
wire internet to-sakura 198.51.100.1/24 sakura-a internet 198.51.100.10/24
wire internet to-vpc 203.0.113.1/24 vpc-router igw 203.0.113.2/24
wire vpc-router eni-aws-a 10.255.0.1/28 aws-a internet 10.255.0.10/28
ip -n api route add default via 192.0.2.1
ip -n sakura-a route add default via 198.51.100.1
ip -n vpc-router route add default via 203.0.113.1
ip -n aws-a route add default via 10.255.0.1
ip -n internet route add 10.255.0.0/28 via 203.0.113.2
ip -n vpc-router address add 169.254.169.254/32 dev lo
for name in internet vpc-router; do ip netns exec "$name" sysctl -qw net.ipv4.ip_forward=1; done
"""

AWS = """
import boto3, sys
def tried(call):
    try:
        return str(call())
    except Exception as error:
        return getattr(error, "response", {}).get("Error", {}).get("Code") or type(error).__name__
ssm, s3 = (boto3.client(name, region_name=sys.argv[1]) for name in ("ssm", "s3"))
for router in ("aws-a", "sakura-a"):
    name = f"/flets-to-vpc/test/{router}/private-key/1"
    print(tried(lambda: ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"]))
    found = dict(Bucket=sys.argv[2], Key=f"{router}/bundle.tar.gz", VersionId=f"version-of-{router}")
    print(tried(lambda: s3.get_object(**found)["Body"].read().decode()))
"""

POLL_S = 20.0
"""Shorter than the agent's own patience with a call: one whose answer is refused asks anew only then."""
RULES = """
flush ruleset
table inet path {
    chain input { type filter hook input priority filter; policy drop; ct state established,related accept; }
}
"""
BROKEN_UNIT = "[Service]\nType=oneshot\nExecStart=/bin/sh -c 'echo the disk is on fire; exit 7'\n"


def node(name: str, notes: tuple[StartupNote, ...] = ()) -> Node:
    """A node as the fabric describes it."""
    cloud = "aws" if name.startswith("aws") else "sakura"
    return Node(
        name=name,
        cloud=cloud,
        netns=name,
        resource_id=SERVER,
        instance_id=name,
        region=REGION,
        zone="a",
        nics=(),
        tags={},
        startup_notes=notes,
        host_name=name if cloud == "sakura" else "",
    )


def shell(booted: Booted, script: str) -> str:
    """What a script prints in a node."""
    done = booted.run(["/bin/sh", "-c", script])
    return (done.stdout + done.stderr).strip()


def await_nodes(api: ApiServer, count: int) -> list[str]:
    """Names of the nodes whose agent has reached the API, and whose association has run."""
    deadline = time.monotonic() + 15
    while sum(c.exit_code is not None for c in api.commands()) < count and time.monotonic() < deadline:
        time.sleep(0.05)
    return [name for name, _ in api.nodes()]


def observe_aws(aws: Booted) -> dict[str, object]:
    """What can be seen on the EC2 node."""
    return {
        "host_name": shell(aws, "hostname"),
        "pid_1": shell(aws, "cat /proc/1/comm"),
        "real_time": shell(aws, "chrt -f 10 true && echo works"),
        "root": shell(aws, "ls -A /").split("\n"),
        "hidden": shell(aws, "find /home /mnt /srv /opt /etc/wireguard -mindepth 1"),
        "kernel_setting": shell(aws, "echo 1 >/proc/sys/vm/swappiness && echo written"),
        "hierarchies": shell(aws, "grep -c ' cgroup ' /proc/self/mounts"),
        "aws": aws.run(["/usr/bin/python3", "-", REGION, BUCKET], stdin=AWS).stdout.split("\n"),
        "no_token": shell(aws, "curl -s -o /dev/null -w '%{http_code}' http://169.254.169.254/latest/meta-data/"),
    }


def replace_the_rules(aws: Booted, api: ApiServer) -> dict[str, object]:
    """Loads a bundle's kind of rules while the agent waits for a message; what came in before, and what comes now."""
    before = shell(aws, "nft list chain inet closed input")
    aws.run(["nft", "-f", "-"], stdin=RULES)
    return {"before": before, "message": api.run_command("aws-a", ["hostname"], POLL_S).output}


def break_a_unit(aws: Booted) -> list[str]:
    """Starts a unit that fails; what the node says of it."""
    aws.run(["tee", "/etc/systemd/system/broken.service"], stdin=BROKEN_UNIT)
    aws.run(["systemctl", "start", "broken.service"])
    return [str(failed) for failed in aws.failed() if failed.unit == "broken.service"]


def observe_sakura(sakura: Booted, api: ApiServer) -> dict[str, object]:
    """What can be seen on the Sakura node."""
    register = f"amazon-ssm-agent -register -id {ACTIVATION} -region {REGION} -y -code"
    closed = "nft 'add table ip closed; add chain ip closed out { type filter hook output priority 0; policy drop; }'"
    result = api.run_command("sakura-a", ["hostname", "exit 3"])
    return {
        "modes": shell(sakura, "stat -c %a /root/.aws/credentials /var/lib/amazon/ssm/registration").split("\n"),
        "boot_object": shell(sakura, "cat /etc/flets-to-vpc/boot.json"),
        "notes_left": shell(sakura, "ls /root/.sacloud-api/notes"),
        "aws": sakura.run(["/usr/bin/python3", "-", REGION, BUCKET], stdin=AWS).stdout.split("\n"),
        "run_command": [result.status, result.exit_code, result.output],
        "second_use": shell(sakura, f"{register} {CODE}"),
        "wrong_code": shell(sakura, f"{register} wrong"),
        "through_a_closed_filter": shell(sakura, f"{closed}; {register} wrong"),
    }


def restart(aws: Booted, image: Image, secret: Store) -> dict[str, object]:
    """The EC2 node shut down, booted from its disk, powered off, and booted from a new disk."""
    aws.run(["touch", "/var/lib/kept"])
    aws.stop()
    again = boot_again(node("aws-a"), image)
    kept = again.run(["test", "-e", "/var/lib/kept"]).returncode
    again.power_off()
    new = boot(node("aws-a"), image, secret.secret)
    return {"kept": kept, "gone": new.run(["test", "-e", "/var/lib/kept"]).returncode, "ended": not again.is_running()}


def main(folder: Path) -> None:
    """Runs it all."""
    subprocess.run(["/bin/sh", "-c", NETWORK], check=True)
    store_path, clouds_path = deployment.deploy(folder)
    store = Store(store_path)
    api = start(store_path, clouds_path, folder / "api", region=REGION)
    api.open("api")
    api.open_metadata("vpc-router", VPC)
    tools = Tools(wireguard="wireguard-go", gre="userspace")
    image = prepare(folder / "nodes", tools=tools, ca=api.ca_path, hosts=api.hosts)
    content = deployment.clouds(folder).get(NOTE).outputs["content"]
    sakura = boot(node("sakura-a", (StartupNote(id=NOTE, content=content, variables={}),)), image, store.secret)
    aws = boot(node("aws-a"), image, store.secret)
    seen: dict[str, object] = {"online": await_nodes(api, 2)}
    seen["associations"] = [[c.node, c.status, c.output] for c in api.commands() if c.association_id]
    seen |= {"aws": observe_aws(aws), "broken": break_a_unit(aws), "sakura": observe_sakura(sakura, api)}
    seen["rules"] = replace_the_rules(aws, api)
    name = parameter_name("aws-a", "bundle")
    deployment.change(folder, "aws:ssm/parameter:Parameter", name, value="another pointer")
    api.resync()
    seen["restart"] = restart(aws, image, store)
    print(json.dumps(seen))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
