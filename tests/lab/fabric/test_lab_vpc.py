"""A VPC routes by destination and filters at each interface, as the clouds' state says.

stranger -- internet -- igw -- [vpc-router] -- aws-a, aws-b, probe hosts
                                    |
                                [gateway] -- [vpc-app] -- probe hosts
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.lab.fabric.outside import Lab

pytestmark = pytest.mark.netns


def test_hosts_of_one_vpc_reach_each_other_across_subnets(lab: Lab) -> None:
    assert lab.pings("host-app-a", "10.20.3.254")


def test_vpcs_do_not_reach_each_other(lab: Lab) -> None:
    assert not lab.pings("host-app-a", "10.21.1.254")
    assert lab.dropped("gateway vpcs blackholes 10.21.1.254")


def test_a_next_hop_in_another_subnet_means_nothing(lab: Lab) -> None:
    """aws-a hands a packet for a site to its sibling, as iBGP would have it; the VPC looks at the destination only."""
    lab.run("aws-b", "ip", "address", "add", "192.168.77.1/32", "dev", "lo")
    via = ["via", "10.255.0.26", "dev", "internet", "onlink"]
    lab.run("aws-a", "ip", "route", "add", "192.168.77.0/24", *via)
    assert not lab.connects("aws-a", "192.168.77.1", 443)
    # It went where the table of the sender's subnet says: by the default route, out to the Internet.
    assert lab.dropped("has no route to 192.168.77.1 but the one to the Internet")


def test_no_route_means_dropped_and_names_the_table(lab: Lab) -> None:
    assert not lab.pings("host-app-a", "8.8.8.8")
    assert lab.dropped("vpc:app rtb-app-hosts has no route to 8.8.8.8")


def test_a_security_group_without_a_rule_drops_and_is_named(lab: Lab) -> None:
    lab.udp("host-router-a", "10.255.0.10", 4784, 4784)
    assert lab.dropped("aws-a sg-aws-a has no inbound rule for udp/4784 from 10.255.0.14")


def test_a_rule_admits_what_it_names_only(lab: Lab) -> None:
    before = lab.dropped("sg-aws-b has no inbound rule for udp/4784 from 10.255.0.10")
    lab.udp("aws-a", "10.255.0.26", 4784, 49152)
    assert lab.dropped("sg-aws-b has no inbound rule for udp/4784 from 10.255.0.10") == before
    lab.udp("aws-a", "10.255.0.26", 4785, 49152)
    assert lab.dropped("sg-aws-a has no outbound rule for udp/4785 to 10.255.0.26")


def test_what_both_ends_start_is_never_admitted_as_a_reply(lab: Lab) -> None:
    """The sibling's rule is gone, and a flow that this side started does not stand in for it."""
    lab.deployed.remove("vpc/SecurityGroupIngressRule", "Ingress-bfd-aws-b")
    lab.resync()
    lab.udp("aws-b", "10.255.0.10", 4784, 4784)
    lab.udp("aws-a", "10.255.0.26", 4784, 4784)
    assert lab.dropped("aws-b sg-aws-b has no inbound rule for udp/4784 from 10.255.0.10")


def test_a_client_gets_its_answer_through_the_internet_gateway(lab: Lab, api: int) -> None:
    assert lab.connects("aws-a", "192.0.2.10", 443)
    assert not lab.connects("aws-a", "192.0.2.10", 80)


def test_the_internet_sees_the_elastic_ip(lab: Lab, api: int) -> None:
    program = (
        "import socket; s = socket.create_connection(('192.0.2.10', 443), timeout=1); "
        "s.sendall(b'GET / HTTP/1.0\\r\\n\\r\\n'); s.recv(1)"
    )
    capture = lab.start("api", "sh", "-c", "exec tcpdump -nli internet -c1 tcp[13]=2 > /run/wireguard/seen 2>&1")
    lab.run("api", "sh", "-c", "until grep -q listening /run/wireguard/seen; do sleep 0.05; done")
    lab.run("aws-b", "python3", "-I", "-c", program)
    lab.run("api", "sh", "-c", "until grep -q Flags /run/wireguard/seen; do sleep 0.05; done")
    assert "203.0.113.11." in lab.run("api", "cat", "/run/wireguard/seen")
    lab.ask("stop", capture)


def test_a_stranger_reaches_no_router(lab: Lab) -> None:
    server = lab.serve("aws-a", 22)
    assert not lab.connects("stranger", "203.0.113.10", 22)
    assert lab.dropped("aws-a sg-aws-a has no inbound rule for tcp/22 from 192.0.2.66")
    lab.ask("stop", server)


def test_a_host_without_an_elastic_ip_gets_nowhere(lab: Lab) -> None:
    assert not lab.pings("host-router-a", "192.0.2.10")
    assert lab.dropped("host-router-a no Elastic IP for 10.255.0.14")


def test_packets_to_the_internet_are_at_most_1500_bytes(lab: Lab) -> None:
    status, said = lab.ask("run", "host-router-a", ["ping", "-n", "-c1", "-W0.5", "-Mdo", "-s1473", "192.0.2.10"], None)
    assert status != 0
    assert "mtu = 1500" in said


def test_the_source_check_drops_forwarded_packets(lab: Lab) -> None:
    lab.run("host-app-a", "ip", "address", "add", "192.168.99.1/32", "dev", "lo")
    assert not lab.pings("host-app-a", "10.20.3.254", "-I", "192.168.99.1")
    assert lab.dropped("host-app-a checks the source, and 192.168.99.1")


def test_instance_metadata_answers_an_interface_at_its_own_address_only(lab: Lab) -> None:
    server = lab.serve("vpc-router", 80)
    assert lab.connects("aws-a", "169.254.169.254", 80)
    assert not lab.connects("aws-a", "10.255.0.1", 80)
    assert not lab.connects("stranger", "203.0.113.10", 80)
    lab.ask("stop", server)


def test_without_an_internet_gateway_route_nothing_leaves(lab: Lab, api: int) -> None:
    lab.deployed.remove("ec2/Route", "r-0.0.0.0/0")
    lab.resync()
    assert not lab.connects("aws-a", "192.0.2.10", 443)
    assert lab.dropped("aws-a rtb-routers has no route to 192.0.2.10")


@pytest.fixture(scope="module")
def api(lab: Lab) -> Iterator[int]:
    number = lab.serve("api", 443)
    yield number
    lab.ask("stop", number)
