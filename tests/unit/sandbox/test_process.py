"""The real server: its command line, its client, its faults on a real connection."""

from __future__ import annotations

import http.client
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from airflow_provider_circle.sandbox.client import READY, Sandbox, start_sandbox

PIPELINE = "/circleci/api/v2/project/gh/acme/web/pipeline"
COMMAND = [sys.executable, "-m", "airflow_provider_circle.sandbox"]

pytest_plugins = ["pytester"]


@pytest.fixture(scope="module")
def server() -> Iterator[Sandbox]:
    with start_sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def running(server: Sandbox) -> Sandbox:
    server.reset()
    return server


def post(sandbox: Sandbox, timeout_s: float = 10.0) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(urlsplit(sandbox.url).netloc, timeout=timeout_s)
    try:
        connection.request("POST", PIPELINE, b"{}", {"Circle-Token": sandbox.token})
        reply = connection.getresponse()
        return reply.status, reply.read()
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("kind", "error", "pipelines", "status"),
    [
        ("reset", ConnectionResetError, 0, None),
        ("reset_after", ConnectionResetError, 1, None),
        ("cut", http.client.IncompleteRead, 1, 201),
    ],
)
def test_fault_breaks_the_connection(
    running: Sandbox, kind: str, error: type[Exception], pipelines: int, status: int | None
) -> None:
    running.add_fault(kind, times=1)
    with pytest.raises(error):
        post(running)
    assert len(running.pipelines()) == pipelines
    assert [(record["status"], record["fault"]) for record in running.requests()] == [(status, kind)]
    assert post(running)[0] == 201


def test_stalled_reply_leaves_a_pipeline_and_a_record(running: Sandbox) -> None:
    running.add_fault("stall", seconds=30, times=1)
    with pytest.raises(TimeoutError):
        post(running, timeout_s=0.1)
    assert len(running.pipelines()) == 1
    assert len(running.requests(method="POST", path="/pipeline$")) == 1


def test_slow_body_arrives_whole(running: Sandbox) -> None:
    running.add_fault("slow", seconds=0.05)
    status, body = post(running)
    assert (status, json.loads(body)["number"]) == (201, 1)


def test_client_reaches_every_control(running: Sandbox) -> None:
    running.set_default(scenario="failed", duration_s=8, project_slug="gh/acme/web")
    running.hide_mine(5)
    running.set_limit(100)
    running.set_speed(0)
    before = running.now()
    post(running)
    running.advance(8)
    running.add_fault("empty")
    assert [fault["hits"] for fault in running.faults()] == [0]
    running.clear_faults()
    running.clear_requests()
    assert running.requests() == running.faults() == []
    assert running.now() == before + 8
    assert [workflow["status"] for workflow in running.pipelines()[0]["workflows"]] == ["failed"]


def test_client_explains_what_was_refused(running: Sandbox) -> None:
    with pytest.raises(ValueError, match="kind must be one of"):
        running.add_fault("nonsense")


def test_connection_leads_to_the_service(running: Sandbox) -> None:
    connection = json.loads(running.connection_json())
    assert connection == {"conn_type": "circleci", "host": f"{running.url}/circleci", "password": running.token}


def test_sandbox_that_cannot_start_says_why(running: Sandbox) -> None:
    taken = urlsplit(running.url).port or 0
    with pytest.raises(RuntimeError, match=f"cannot listen on 127.0.0.1 port {taken}"), start_sandbox(port=taken):
        pass


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_signal_ends_the_server_cleanly(number: signal.Signals) -> None:
    with subprocess.Popen(
        [*COMMAND, "--port", "0"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith(f"{READY}http://127.0.0.1:")
        process.send_signal(number)
        _, errors = process.communicate(timeout=20)
    assert (process.returncode, errors) == (0, "")


def test_host_that_others_can_reach_is_refused() -> None:
    done = subprocess.run([*COMMAND, "--host", "192.0.2.1"], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "loopback only" in done.stderr


def test_server_imports_no_airflow() -> None:
    code = "import sys, airflow_provider_circle.sandbox.__main__; sys.exit('airflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], timeout=60, check=False).returncode == 0


def test_fixture_gives_a_sandbox_as_good_as_new(pytester: pytest.Pytester) -> None:
    pytester.makeconftest("from airflow_provider_circle.sandbox.pytest_plugin import *")
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.parametrize("attempt", [1, 2])
        def test_it(circle_sandbox, attempt):
            assert circle_sandbox.faults() == []
            circle_sandbox.add_fault("empty")
        """
    )
    pytester.runpytest_inprocess("-p", "no:cacheprovider", "-p", "no:asyncio").assert_outcomes(passed=2)


def test_missing_server_library_is_named_with_the_extra_that_brings_it() -> None:
    program = (
        "import sys; sys.modules['uvicorn'] = None; import runpy; runpy.run_module('airflow_provider_circle.sandbox')"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "pip install 'airflow-provider-circle[sandbox]'" in done.stderr
