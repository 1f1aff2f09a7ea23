"""The report has exactly the keys others rely on, and the picture is drawn from it."""

from __future__ import annotations

import json
import os
from xml.etree import ElementTree

import pytest
from rich.console import Console

from lab.picture import columns, svg, terminal
from lab.proof.result import Broken, DeniedResult, PathResult, Proof
from lab.report import report, write
from lab.supervisor.folder import LabFolder, Run

RUN = Run(
    stack="lab",
    engine="sdk",
    wireguard="kernel",
    gre="userspace",
    stand_ins=("a",),
    started_s=0.0,
    deploy_s=1.0,
    deploy_memory_mib=100,
)
HOPS = ("site:one", "closed-network", "sakura-a", "tunnel:sakura-a/aws-a", "aws-a", "gre:aws-a", "gateway", "vpc:app")
PROOF = Proof(
    usable_mtu=1440,
    paths=(PathResult(site="one", vpc="app", forward=True, backward=True, mtu=1440, hops=HOPS),),
    denied=(DeniedResult(source="stranger", target="aws-a", port="tcp/22", blocked=True),),
    broken=(Broken(hop="tunnel:sakura-b/aws-a", rule="sg-1 lacks <a rule>", seen="nothing"),),
    hop_packets={},
)


@pytest.fixture
def written() -> dict[str, object]:
    return json.loads(json.dumps(report(RUN, PROOF, {"deploy": 1.234, "total": 9}, 321)))


def test_the_report_has_the_keys_of_the_interface(written):
    assert list(written) == [
        *("schema", "ok", "stack", "engine", "wireguard", "gre", "stand_ins", "seconds", "peak_memory_mib"),
        *("paths", "denied", "broken"),
    ]
    assert written["seconds"] == {"deploy": 1.23, "boot": 0.0, "converge": 0.0, "prove": 0.0, "total": 9}
    assert set(written["paths"][0]) == {"site", "vpc", "forward", "backward", "mtu", "hops"}
    assert set(written["denied"][0]) == {"from", "to", "port", "blocked"}
    assert set(written["broken"][0]) == {"hop", "rule", "seen", "paths"}
    assert written["ok"] is False, "a redundancy that is gone is a failure although packets pass"


def test_the_last_report_is_linked(tmp_path, written):
    folder = LabFolder("one", checkout=tmp_path)
    folder.path.mkdir(parents=True)
    write(folder, written)

    assert json.loads((folder.labs / "report.json").read_text()) == written
    assert sorted(path.name for path in folder.path.iterdir()) == ["report.json"], "no draft is left"


def test_the_picture_is_an_svg_with_every_hop_seen_or_broken(written):
    texts = [element.text for element in ElementTree.fromstring(svg(written)).iter() if element.text]

    for hop in (*HOPS, "tunnel:sakura-b/aws-a"):
        assert hop.partition(":")[2] or hop in texts
    assert "sakura-b/aws-a" in texts


def drawn(written: dict[str, object], width: int) -> str:
    with open(os.devnull, "w") as nowhere:
        console = Console(width=width, record=True, file=nowhere)
        for part in terminal(written, width):
            console.print(part)
    return console.export_text()


def test_the_picture_in_the_terminal_marks_what_is_broken(written):
    text = drawn(written, 150)

    assert "✘ sakura-b/aws-a" in text
    assert "● one" in text


@pytest.mark.parametrize(("width", "parts"), [(150, 1), (80, 2), (40, 3)])
def test_the_picture_comes_in_parts_where_the_terminal_is_narrow_and_no_word_is_cut(written, width, parts):
    text = drawn(written, width)

    assert len(terminal(written, width)) == parts
    assert all(len(line) <= width for line in text.splitlines())
    for word in ("closed network", "tunnels", "VPCs", "● sakura-a/aws-a", "✘ sakura-b/aws-a", "● app"):
        assert word in text


def test_the_picture_has_one_box_for_a_vpc_that_shares_its_name(written):
    path = written["paths"][0]
    path["hops"] = [*HOPS[:-1], "vpc:app-1a2b"]
    assert columns(written)[-1] == ["vpc:app-1a2b"]


def test_the_picture_has_the_ends_of_a_path_that_carried_nothing(written):
    written["paths"][0]["hops"] = []
    assert [columns(written)[place] for place in (0, -1)] == [["site:one"], ["vpc:app"]]
