from __future__ import annotations

import sys
import textwrap

import pytest

from router.aws import Aws
from router.errors import AwsError
from router.patience import Patience

CHILD = """
    import json, os, sys
    for line in sys.stdin:
        request = json.loads(line)
        if request.get("name") == "/die":
            sys.exit(3)
        if request.get("name") == "/hang":
            import time
            time.sleep(60)
        if request.get("name") == "/garbage":
            print("not json", flush=True)
        elif request.get("name") == "/absent":
            print(json.dumps({"error": "AWS answers ParameterNotFound: None"}), flush=True)
        elif request["call"] == "object":
            print(json.dumps({"base64": "AAEC"}), flush=True)
        else:
            print(json.dumps({"value": f"{request['name']} from {os.getpid()}" + "x" * 200_000}), flush=True)
"""


def aws(timeout_s: float = 10) -> Aws:
    return Aws((sys.executable, "-c", textwrap.dedent(CHILD)), answer_timeout_s=timeout_s)


def test_one_child_answers_every_request_of_a_fetch() -> None:
    with aws() as calls:
        first, second = calls.parameter("r", "/a"), calls.parameter("r", "/b")
        data = calls.object("r", "bucket", "key", "v1")

    assert first.startswith("/a from ")
    assert first.strip("x").split()[-1] == second.strip("x").split()[-1], "both answers are from the same process"
    assert data == b"\x00\x01\x02"


def test_a_refusal_names_the_parameter() -> None:
    with aws() as calls, pytest.raises(AwsError, match="parameter /absent: AWS answers ParameterNotFound"):
        calls.parameter("r", "/absent")


def test_a_child_that_died_is_told_and_replaced_at_the_next_request() -> None:
    with aws() as calls:
        with pytest.raises(AwsError, match="parameter /die: the AWS child ended"):
            calls.parameter("r", "/die")

        assert calls.parameter("r", "/a").startswith("/a from ")


def test_a_child_that_says_nothing_is_ended_in_time() -> None:
    with aws(timeout_s=0.3) as calls, pytest.raises(AwsError, match="/hang: no answer within"):
        calls.parameter("r", "/hang")


def test_an_answer_that_is_no_json_is_refused() -> None:
    with aws() as calls, pytest.raises(AwsError, match="gave no JSON"):
        calls.parameter("r", "/garbage")


def test_the_child_loads_while_the_agent_still_looks_for_its_boot_object(tmp_path) -> None:
    loaded = tmp_path / "loaded"
    child = f"import sys; open({str(loaded)!r}, 'w').close(); sys.stdin.read()"

    with Aws((sys.executable, "-c", child)):
        found = Patience(seconds=10).until_true(loaded.exists, every_s=0.01)

    assert found, "nothing was asked, and still it must have started"
